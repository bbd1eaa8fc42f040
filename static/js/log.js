// @ts-check
// The log: nothing moves under the reader's eyes.
import { $, $$, emit, exchange, log, seqOf, toField } from './dom.js'
import { around, refocus } from './focus.js'
import { forget, loadLog, remember, restore, seek, startPlaces } from './place.js'
import { point } from './point.js'

const longest = 350 // messages in the page
const enough = 300 // what is longer is cut to

/** @type {any} */
let held = null // what stays in place during a swap
let wasAtEnd = true

export const below = l => l.scrollHeight - l.scrollTop - l.clientHeight
export const atEnd = l => below(l) < 48
export const toEnd = l => { l.scrollTop = l.scrollHeight }

export function toLatest() {
  const l = log()
  if (!l) return
  forget(l)
  if (l.id) return toEnd(l)
  loadLog(l.dataset.path)
}

/** hold remembers what the reader looks at, until release. */
export function hold() {
  if (held) return
  const l = log()
  const end = l?.id && atEnd(l)
  const top = l?.getBoundingClientRect().top
  const inSight = row => row.getBoundingClientRect().bottom > top
  const anchor = l && !end && $$('.msg, .day', l).find(inSight)
  const offset = anchor && anchor.getBoundingClientRect().top
  held = { l, end, anchor, offset, top, focus: around() }
}

/** reopen loads what the reader looks at once more, with the messages around it. */
export function reopen() {
  const { l, anchor } = held
  if (anchor) loadLog(`${l.dataset.path}?before=${Math.ceil(seqOf(anchor)) + 25}`)
}

/** keepEnd leaves a log at its end that was there before a change; during a swap, release does. */
export function keepEnd(change) {
  const l = log()
  const end = l && held?.l !== l && atEnd(l)
  change()
  if (end) toEnd(l)
}

/** lastSeq is the number of the last message that a log shows. */
export function lastSeq(l) {
  let row = l?.lastElementChild
  while (row && !row.matches('.msg[data-rev]')) row = row.previousElementSibling
  return row ? seqOf(row) : 0
}

/** heldEnd says whether a log was at its end before the swap; undefined if it was not there. */
export const heldEnd = l => held?.l === l ? held.end : undefined

export function release() {
  const { l, end, anchor, offset, focus } = held || {}
  held = null
  if (focus) refocus(focus)
  if (!l || l !== log()) return
  trim(l, end)
  if (end) toEnd(l)
  else if (anchor?.isConnected) l.scrollTop += anchor.getBoundingClientRect().top - offset
  seek()
}

function trim(l, end) {
  if (l.childElementCount <= longest) return
  const rows = $$('.msg[data-rev]', l)
  if (rows.length <= longest) return
  const [first, last] = [rows.at(-enough), rows[enough - 1]]
  const { top, bottom } = l.getBoundingClientRect()
  if (end || first.getBoundingClientRect().bottom < top - l.clientHeight) trimTop(l, first)
  else if (last.getBoundingClientRect().top > bottom + l.clientHeight) trimEnd(l, last)
}

// What goes can be paged back in.
function pager(l, name, query, label) {
  const fresh = $('.older', l).cloneNode()
  const link = document.createElement('a')
  fresh.className = name
  fresh.id = fresh.id.replace('older', name)
  fresh.setAttribute('hx-get', `${l.dataset.path}/messages?${query}`)
  link.href = `${l.dataset.path}?${query}`
  link.textContent = label
  fresh.append(link)
  return fresh
}

// What the other has received and read is of no row: it stays.
function drop(row, end) {
  while (row !== end) {
    const next = row.nextElementSibling
    if (!row.matches('.receipt')) row.remove()
    row = next
  }
}

// At the end of a long log, what is far above goes.
function trimTop(l, first) {
  const older = $('.older', l)
  while (first.previousElementSibling.matches('.day, .new')) first = first.previousElementSibling
  drop(older.nextElementSibling, first)
  exchange(older, pager(l, 'older', 'before=' + Math.ceil(seqOf(first)), 'Earlier messages'))
}

// Far up in a long log, its end goes. Without its id nothing new lands in it, until its end is
// loaded again.
function trimEnd(l, last) {
  drop(last.nextElementSibling, null)
  l.removeAttribute('id')
  const newer = pager(l, 'newer', 'after=' + seqOf(last), 'Later messages')
  delete newer.dataset.seq
  l.append(newer)
  htmx.process(newer)
}

// The composer grows, a keyboard opens.
const sizes = new ResizeObserver(() => {
  if (log() && wasAtEnd) toEnd(log())
})

/** leaveLog remembers where one was in the log that a swap has taken. */
export function leaveLog() {
  if (!held) return
  const { l, anchor, offset, top } = held
  remember(l, anchor, offset - top)
  held.l = null
}

/** openLog scrolls a log that has just come to the message it was opened at, or to what is new in
 * it. */
export function openLog(l) {
  const here = $('.here', l)
  const divider = $('.new', l)
  if (here) point(here)
  else if (divider) l.scrollTop = divider.offsetTop - l.offsetTop - l.clientHeight / 3
  else if (!restore(l)) toEnd(l)
  wasAtEnd = atEnd(l)
  sizes.disconnect()
  sizes.observe(l)
}

function click(event) {
  if (!event.target.closest('#latest')) return
  event.preventDefault()
  toLatest()
  toField()
}

function scroll(event) {
  if (event.target !== log()) return
  wasAtEnd = atEnd(log())
  emit('look')
}

export function startLog() {
  document.addEventListener('click', click)
  startPlaces()
  document.addEventListener('scroll', scroll, { capture: true, passive: true })
}
