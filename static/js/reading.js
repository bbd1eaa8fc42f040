// @ts-check
// Reading: only what one looks at is read.
import { isOurs, post } from './answer.js'
import { $, $$, log, seqOf } from './dom.js'
import { atEnd, below } from './log.js'
import { now } from './time.js'
import { tell } from './unseen.js'

let timer
let bare = '' // the title without the count
let counted = '' // and with it

const seen = l => Number(l.dataset.read)

// Rows are in order, so what is unseen stands at the end: a long log is not gone through for it.
function unseen(l) {
  const rows = []
  const after = seen(l)
  let row = l.lastElementChild
  while (row && seqOf(row) > after) {
    if (row.matches('.msg:not(.mine)[data-rev]')) rows.unshift(row)
    row = row.previousElementSibling
  }
  return rows
}

function looks(l, end = l && atEnd(l)) {
  return !!l?.id && document.visibilityState === 'visible' && document.hasFocus() && end
}

/** shown is the last message of the open conversation that its reader has looked at. */
export function shown() {
  const l = log()
  if (!l) return 0
  return Math.max(seen(l), looks(l) ? unseen(l).map(seqOf).at(-1) ?? 0 : 0)
}

// A name may look like a count.
function entitle(count) {
  if (document.title !== counted) bare = document.title
  if (count + bare !== document.title) document.title = count + bare
  counted = document.title
}

// A conversation is muted until some time, which passes on an open page as well.
function unmute() {
  for (const row of $$('.row[data-muted]')) {
    if (Number(row.dataset.muted) <= now()) delete row.dataset.muted
  }
}

/** look brings the title and the pill up to date, and reads what is in sight. */
export function look() {
  const l = log()
  document.documentElement.classList.toggle('reading', looks(l))
  unmute()
  const reading = looks(l)
  const isRead = badge => reading && badge.matches('[aria-current] :not(.dot)')
  const badges = $$('#chats .row:not([data-muted]) .badge').filter(badge => !isRead(badge))
  const sum = badges.reduce((sum, badge) => sum + Number(badge.dataset.unread), 0)
  entitle(sum ? `(${sum}) ` : '')
  tell(sum)
  if (!l) return
  $('#latest').hidden = l.id && below(l) < 300
  const here = $(':is(#chats, #archived) [aria-current] .badge:not(.dot)')
  const count = $('#latest .count')
  const unread = here?.dataset.unread || ''
  if (count.textContent !== unread) count.textContent = unread
  if (!reading) return
  const seq = unseen(l).map(seqOf).at(-1) ?? ('marked' in l.dataset ? seen(l) : -1)
  if (seq < 0) return
  clearTimeout(timer)
  timer = setTimeout(read, 50, l, seq)
}

async function read(l, seq) {
  const answer = await post(l.dataset.path + '/read', { seq })
  if (!isOurs(answer) || !answer.ok) return // with the next look it is tried again
  l.dataset.read = Math.max(seq, seen(l))
  delete l.dataset.marked
}

/** divide puts a divider before the first message that arrived unseen. */
export function divide(l, end) {
  const [first] = unseen(l)
  const old = $('.new', l)
  if (!first || looks(l, end) || old && seqOf(old) > seen(l)) return
  first.before(old || $('#divider').content.firstElementChild.cloneNode(true))
  first.previousElementSibling.dataset.seq = seqOf(first) - 1 + '.7'
}

export function startReading() {
  for (const turn of ['focus', 'blur']) addEventListener(turn, look)
  document.addEventListener('dchat:look', look)
  setInterval(look, 30_000)
}
