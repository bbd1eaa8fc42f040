// The log: nothing moves under the reader's eyes.
import { $, $$, box, exchange, log, seqOf } from './dom.js'
import { position } from './socket.js'

const longest = 350 // messages in the page
const enough = 300 // what is longer is cut to

let held = null // what stays in place during a swap
let wasAtEnd = true

export const below = l => l.scrollHeight - l.scrollTop - l.clientHeight
export const atEnd = l => below(l) < 48
export const toEnd = l => { l.scrollTop = l.scrollHeight }

export function toLatest() {
  const l = log()
  if (l?.id) return toEnd(l)
  const target = '#pane > .scroll > .log'
  htmx.ajax('GET', l.dataset.path, { target, select: '.log', swap: 'outerHTML settle:0' })
}

/** hold remembers what the reader looks at, until release. */
export function hold() {
  if (held) return
  const l = log()
  const end = l && atEnd(l)
  const top = l?.getBoundingClientRect().top
  const inSight = row => row.getBoundingClientRect().bottom > top
  const anchor = l && !end && $$('.msg, .day', l).find(inSight)
  const offset = anchor && anchor.getBoundingClientRect().top
  held = { l, end, anchor, offset, focus: document.activeElement }
}

/** heldEnd says whether a log was at its end before the swap; undefined if it was not there. */
export const heldEnd = l => held?.l === l ? held.end : undefined

export function release() {
  const { l, end, anchor, offset, focus } = held || {}
  held = null
  if (focus && !focus.isConnected && document.activeElement === document.body) {
    const again = document.getElementById(focus.id) ?? $('#pane')
    again.focus({ preventScroll: true })
  }
  if (!l || l !== log()) return
  trim(l, end)
  if (end) toEnd(l)
  else if (anchor?.isConnected) l.scrollTop += anchor.getBoundingClientRect().top - offset
}

function trim(l, end) {
  const rows = $$('.msg[data-rev]', l)
  if (rows.length <= longest) return
  if (end) trimTop(l, rows.at(-enough))
  else trimEnd(l, rows[enough - 1])
}

// At the end of a long log, what is far above goes; it can be paged back in.
function trimTop(l, first) {
  const older = $('.older', l)
  while (first.previousElementSibling.matches('.day, .new')) first = first.previousElementSibling
  while (older.nextElementSibling !== first) older.nextElementSibling.remove()
  const fresh = older.cloneNode()
  const before = Math.ceil(seqOf(first))
  fresh.setAttribute('hx-get', `${l.dataset.path}/messages?before=${before}`)
  exchange(older, fresh)
}

// Far up in a long log, its end goes. Without its id nothing new lands in it, until its end is
// loaded again.
function trimEnd(l, last) {
  if (last.getBoundingClientRect().top < l.getBoundingClientRect().bottom + l.clientHeight) return
  while (last.nextElementSibling) last.nextElementSibling.remove()
  l.removeAttribute('id')
  Object.assign(position, { conversation: 0, rev: 0, gen: position.gen + 1 })
}

// The composer grows, a keyboard opens.
const sizes = new ResizeObserver(() => {
  if (log() && wasAtEnd) toEnd(log())
})

/** openLog scrolls a log that has just come to what is new in it. */
export function openLog(l) {
  held = null
  const divider = $('.new', l)
  if (divider) l.scrollTop = divider.offsetTop - l.offsetTop - l.clientHeight / 3
  else toEnd(l)
  wasAtEnd = !divider
  sizes.disconnect()
  sizes.observe(l)
}

function click(event) {
  if (!event.target.closest('#latest')) return
  event.preventDefault()
  toLatest()
  box()?.focus()
}

function scroll(event) {
  if (event.target !== log()) return
  wasAtEnd = atEnd(log())
  document.dispatchEvent(new Event('dchat:look'))
}

export function startLog() {
  document.addEventListener('click', click)
  document.addEventListener('scroll', scroll, { capture: true, passive: true })
}
