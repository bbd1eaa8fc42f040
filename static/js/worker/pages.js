// @ts-check
// Pages come from the network. If that fails they are what the person has seen last.
import { headers, isConversation, isPages, other, pagesOf, shared, shell } from '../keep/names.js'
import { compose } from './compose.js'

const longest = 30 * 864e5 // milliseconds since the server has answered the person
const soon = 8000 // milliseconds that a page which was kept waits for the server
const doors = ['/', '/login', '/signup'] // without a person there one is signed out

const copied = [
  'Content-Security-Policy', 'X-Content-Type-Options', 'Referrer-Policy',
  'Cross-Origin-Opener-Policy', 'DChat-As',
]

// What opens beside the pages fails as ever.
const beside = /^\/(files|static|dev|healthz|readyz|sw\.js)(\/|$)/

/** @type {(headers: Headers) => [string, string][]} */
const copy = headers => copied.flatMap(name => {
  const value = headers.get(name)
  return value ? [[name, value]] : []
})

/** forget deletes everything of people, but for one.
 * @type {(but?: string) => Promise<void>} */
export async function forget(but = '') {
  const names = await caches.keys()
  const gone = names.filter(name => isPages(name) && name !== but)
  if (gone.length || !but) gone.push(shared)
  await Promise.all(gone.map(name => caches.delete(name)))
}

/** settle learns from an answer of the server whose the browser is. What another person has left,
 * or one who is signed out, goes before the page is shown.
 * @type {(path: string, answer: Response) => Promise<void>} */
export async function settle(path, answer) {
  const person = answer.headers.get('DChat-As')
  if (!person) return answer.ok && doors.includes(path) ? forget() : undefined
  const name = pagesOf(person)
  await forget(name)
  if (path !== '/share') await caches.delete(shared) // it was not sent
  const cache = await caches.open(name)
  const now = String(Date.now())
  const entry = new Response('', { headers: [...copy(answer.headers), ['Kept', now]] })
  await cache.put(headers, entry)
}

/** kept opens the cache of the one person whose pages there are.
 * @returns {Promise<{ cache: Cache, known: Headers } | undefined>} */
export async function kept() {
  const names = (await caches.keys()).filter(isPages)
  if (names.length === 1) {
    const cache = await caches.open(names[0])
    const known = (await cache.match(headers))?.headers
    if (known && Math.abs(Date.now() - Number(known.get('Kept'))) < longest) return { cache, known }
  }
  if (names.length) await forget()
}

/** @type {(known: Headers) => [string, string][]} */
const html = known => [
  ...copy(known), ['Content-Type', 'text/html; charset=utf-8'], ['Cache-Control', 'no-store'],
]

// A pane for a page that is there; null is none.
async function pane(path) {
  const found = isConversation(path) && await kept()
  const part = found && await found.cache.match(path)
  return part ? new Response(part.body, { headers: html(found.known) }) : null
}

async function page(path) {
  const found = await kept()
  const frame = await found?.cache.match(shell)
  if (!found || !frame) return null
  const own = isConversation(path) && await found.cache.match(path)
  const part = own || await found.cache.match(other)
  if (!part) return null
  const text = compose(await frame.text(), await part.text(), new Date())
  return new Response(text, { headers: html(found.known) })
}

const isAway = answer => [502, 503, 504].includes(answer.status)

// A server that does not answer is waited for, unless there is something to show.
/** @type {(network: Promise<Response>, make: () => Promise<Response | null>) => Promise<Response>} */
async function orKept(network, make) {
  let timer
  const wait = new Promise(done => { timer = setTimeout(done, soon) })
  const late = wait.then(make).then(found => found ?? network)
  const first = await Promise.race([network, late]).catch(() => null)
  clearTimeout(timer)
  if (first && !isAway(first)) return first
  return await make() ?? first ?? Response.error()
}

async function fromNetwork(event, path) {
  const answer = await event.preloadResponse ?? await fetch(event.request)
  await settle(path, answer).catch(console.info) // a full disk holds no page up
  return answer
}

/** answerPage answers a navigation. */
export function answerPage(event) {
  const path = new URL(event.request.url).pathname
  const network = fromNetwork(event, path)
  return beside.test(path) ? network : orKept(network, () => page(path))
}

/** answerPane answers a page that asks for the pane of a conversation. */
export function answerPane(event) {
  const path = new URL(event.request.url).pathname
  return orKept(fetch(event.request), () => pane(path))
}
