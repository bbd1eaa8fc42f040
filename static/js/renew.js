// @ts-check
// Files in messages. A picture opens large. Addresses run out after a day: what an open page shows
// by an old one gets a new one when it does not load, or is followed.
import { headers, isOurs, say } from './answer.js'
import { fetchAgain } from './connection.js'
import { $, $$ } from './dom.js'
import { load } from './load.js'

const often = 60_000 // what does not load by a new address either is not asked for again and again

/** @type {WeakMap<Element, number>} */
const renewed = new WeakMap()

/** @type {Promise<unknown>} */
let work = Promise.resolve()

const rowOf = element => element.closest?.('#pane [role=log] .msg[data-rev]')

function signed(row) {
  const attributes = $$('*', row).flatMap(element => [...element.attributes])
  return attributes.filter(({ value }) => value.startsWith('/files/'))
}

// One answer has new addresses for its whole page of messages.
async function renew(row) {
  if (Math.abs(Date.now() - (renewed.get(row) ?? 0)) < often) return
  const before = Number(row.dataset.seq) + 1
  const url = `${row.closest('[role=log]').dataset.path}/messages?before=${before}`
  const answer = await fetchAgain(url, { headers })
  if (!isOurs(answer) || !answer?.ok) return
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  for (const fresh of $$('.msg', page)) replace(document.getElementById(fresh.id), signed(fresh))
}

function replace(row, addresses) {
  if (!row || signed(row).length !== addresses.length) return
  renewed.set(row, Date.now())
  signed(row).forEach((attribute, i) => { attribute.value = addresses[i].value })
}

const unreachable = () => say('unreachable')

function queue(row) {
  work = work.then(() => row.isConnected && renew(row))
  return work
}

// Only the server knows whether an address is good: clocks differ.
const ask = link => fetchAgain(link.href, { method: 'HEAD' })
const asked = new WeakSet()

function isPlain(event) {
  return !event.ctrlKey && !event.metaKey && !event.shiftKey
}

async function follow(event) {
  const link = event.target.closest?.('a[href^="/files/"]')
  if (!link || !rowOf(link) || link.dataset.large || !isPlain(event) || asked.delete(link)) return
  event.preventDefault()
  event.stopImmediatePropagation()
  let answer = await ask(link)
  if (answer?.status === 404) {
    await queue(rowOf(link))
    answer = await ask(link)
  }
  if (!answer) return unreachable()
  asked.add(link)
  link.click()
}

function enlarge(event) {
  const picture = event.target.closest?.('a[data-large]')
  if (!picture) return
  event.preventDefault()
  const again = link => rowOf(link) && queue(rowOf(link))
  load($('#viewer').dataset.script).then(viewer => viewer.open(picture, again)).catch(unreachable)
}

function fail({ target }) {
  const row = rowOf(target)
  if (row) queue(row)
}

export function startRenew() {
  document.addEventListener('error', fail, true)
  document.addEventListener('click', follow, true)
  document.addEventListener('click', enlarge)
}
