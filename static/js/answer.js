// @ts-check
// Answers: nothing touches the page but what the server says to its person. A proxy, a captive
// portal or a session of another person may answer instead of it.
import { fetchAgain, fetchOnce } from './connection.js'
import { $, emit, live } from './dom.js'

/** as is the person for whom the page was rendered. */
export const { as } = live()?.dataset ?? {}

// For a request with all its repetitions, a file on a slow line, or a large page.
const longest = '10m'

/** headers go with every request of the page's script.
 * @type {Record<string, string>} */
export const headers = { 'HX-Request': 'true', 'DChat-As': as }

/** post sends fields as htmx would, twice if need be; null is no answer.
 * @type {(url: string, fields: any) => Promise<Response | null>} */
export function post(url, fields) {
  return fetchAgain(url, { method: 'POST', headers, body: new URLSearchParams(fields) })
}

/** whyNot tells why a message without our answer was not sent. */
export function whyNot(answer) {
  return answer ? 'Not sent: the server cannot answer right now.' : 'Not sent: no connection.'
}

/** sentenceOf is the text of an answer in HTML. */
export function sentenceOf(text) {
  return text && new DOMParser().parseFromString(text, 'text/html').body.textContent.trim()
}

/** say shows the sentence of a template for some seconds. */
export function say(template) {
  $('#notice')?.replaceChildren($('#' + template).content.cloneNode(true))
}

/** isOurs reports whether an answer is the server's to this page; if not, the page may be over.
 * @type {(answer: Response | null | undefined) => answer is Response} */
export function isOurs(answer) {
  const person = answer?.headers.get('DChat-As')
  if (person === as) return true
  if (person || signedOut(answer)) emit('ended')
  return false
}

// The server sends a script to sign-in by a header, and a browser that goes back by a redirect.
function signedOut(answer) {
  if (answer?.status === 401) return answer.headers.has('HX-Redirect')
  return answer?.redirected && new URL(answer.url).pathname === '/login'
}

// What is only looked at is asked for again until the server answers, or it is not wanted any more.
/** @type {(ctx: HtmxContext, url: string, request: RequestInit) => Promise<Response>} */
async function persist(ctx, url, request) {
  for (let pause = 1000; ; pause = Math.min(2 * pause, 8000)) {
    const answer = await fetchAgain(url, request)
    request.signal?.throwIfAborted()
    if (!ctx.target?.isConnected) throw new DOMException('', 'AbortError')
    if (isOurs(answer) && answer.status < 500) return answer
    say('unanswered')
    await new Promise(done => setTimeout(done, pause))
    request.signal?.throwIfAborted()
  }
}

// What changes something is sent once. With a file it takes as long as the line needs.
/** @type {(url: string, request: RequestInit) => Promise<Response>} */
async function send(url, request) {
  if (request.body instanceof FormData) return fetch(url, request)
  const answer = await fetchOnce(url, request)
  request.signal?.throwIfAborted()
  if (!answer) throw new TypeError('no answer')
  return answer
}

/** @type {HtmxHook} */
function prepare(_, { ctx }) {
  Object.assign(ctx.request.headers, { 'DChat-As': as })
  ctx.request.timeout = longest
  ctx.fetch = ctx.request.method === 'GET' ? (url, request) => persist(ctx, url, request) : send
}

/** @type {HtmxHook} */
function judge(_, { ctx }) {
  if (isOurs(ctx.response?.raw)) return true
  say('unheard')
  return false
}

/** @type {HtmxHook} */
function fail(_, { ctx }) {
  if (ctx && !ctx.response) say('unreachable')
}

/** answers is what the htmx extension does for requests and their answers. */
export const answers = {
  htmx_config_request: prepare,
  htmx_before_response: judge,
  htmx_error: fail,
}
