// @ts-check
// Reading: only what one looks at is read.
import { isOurs, post } from './answer.js'
import { $, $$, log, seqOf } from './dom.js'
import { atEnd, below } from './log.js'
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

/** look brings the title and the pill up to date, and reads what is in sight. */
export function look() {
  const l = log()
  document.documentElement.classList.toggle('reading', looks(l))
  const reading = looks(l) && $('#chats [aria-current]')
  const badges = $$('#chats .badge').filter(badge => !reading || !reading.contains(badge))
  const sum = badges.reduce((sum, badge) => sum + Number(badge.dataset.unread), 0)
  entitle(sum ? `(${sum}) ` : '')
  tell(sum)
  if (!l) return
  $('#latest').hidden = l.id && below(l) < 300
  const here = $('#chats [aria-current] .badge')
  const count = $('#latest .count')
  const unread = here?.dataset.unread || ''
  if (count.textContent !== unread) count.textContent = unread
  const seq = looks(l) && unseen(l).map(seqOf).at(-1)
  if (!seq) return
  clearTimeout(timer)
  timer = setTimeout(read, 50, l, seq)
}

async function read(l, seq) {
  const answer = await post(l.dataset.path + '/read', { seq })
  if (!isOurs(answer) || !answer.ok) return // with the next look it is tried again
  l.dataset.read = Math.max(seq, seen(l))
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
}
