// @ts-check
// The page for the time without a connection. The script comes some seconds after the page, brings
// the service worker, and keeps what is seen.
import { $, live, log } from '../dom.js'
import { borrow, borrowPosition } from '../lend.js'
import { isConversation, other, pagesOf, shell } from './names.js'
import { otherOf, partOf, shellOf } from './snapshot.js'
import { write, writeAssets } from './store.js'

const soon = 2000 // milliseconds after a pane has come
const later = 15_000 // between what changes in it

const { as = '' } = live().dataset
const outbox = borrow()
const position = borrowPosition()
const isOffline = () => document.documentElement.classList.contains('offline')

let isReady = false
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer
let at = '' // the pane that is kept

// A log without its end is not what was seen last.
function isWhole(path) {
  const l = log()
  const isOpen = position.head === (l || $('#pane').firstElementChild)
  return isConversation(path) && isOpen && !!$('#pane[data-with]') && (!l || !!l.id)
}

function entries(path) {
  const part = isWhole(path) && { [path]: partOf(position, path) }
  return { ...part, [shell]: shellOf(), [other]: otherOf() }
}

// A page that is over, or has no connection, knows nothing new.
async function keep() {
  clearTimeout(timer)
  timer = undefined
  if (!isReady || isOffline() || outbox?.stopped || !live()) return
  const path = location.pathname
  const isKept = await write(as, entries(path)).catch(console.info)
  at = isKept ? path : ''
}

// Work for when the page is idle.
const whenIdle = window.requestIdleCallback ?? setTimeout

function change() {
  const pause = at === location.pathname ? later : soon
  timer ??= setTimeout(() => whenIdle(keep), pause)
}

/** @param {any} event */
function leave(event) {
  if (timer && event.detail?.ctx?.target?.id === 'pane') keep()
}

function hide() {
  if (document.visibilityState === 'hidden') keep()
}

// The session is over: nothing of it stays, and the worker has nothing under way.
function end() {
  clearTimeout(timer)
  isReady = false
  navigator.serviceWorker.controller?.postMessage('forget')
  caches.delete(pagesOf(as))
}

// A page that came without its pane gets that with the connection.
function complete() {
  if (!$('#pane.unkept') || isOffline()) return
  const url = location.pathname + location.search
  htmx.ajax('GET', url, { target: '#pane', swap: 'outerHTML settle:0' })
}

async function begin() {
  await navigator.serviceWorker.register('/sw.js', { scope: '/', updateViaCache: 'none' })
  const { active } = await navigator.serviceWorker.ready
  if (!await caches.has(pagesOf(as))) active?.postMessage('begin')
  isReady = true
  change()
  await writeAssets()
}

document.addEventListener('dchat:ended', end)
document.addEventListener('dchat:line', complete)
document.addEventListener('dchat:shown', change)
document.addEventListener('htmx:before:swap', leave)
document.addEventListener('visibilitychange', hide)
navigator.serviceWorker.addEventListener('message', change) // it knows whose the browser is
complete()
begin().catch(console.info)
