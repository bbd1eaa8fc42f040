// Reading: only what one looks at is read.
import { $, $$, formOf, log, seqOf } from './dom.js'
import { atEnd, below } from './log.js'

let timer

const seen = l => Number(l.dataset.read)
const unseen = l => $$('.msg:not(.mine)[data-rev]', l).filter(row => seqOf(row) > seen(l))

function looks(l, end = l && atEnd(l)) {
  return !!l?.id && document.visibilityState === 'visible' && document.hasFocus() && end
}

/** look brings the title and the pill up to date, and reads what is in sight. */
export function look() {
  const l = log()
  document.documentElement.classList.toggle('reading', looks(l))
  const badges = $$('#chats .row:not(.reading [aria-current]) .badge')
  const sum = badges.reduce((sum, badge) => sum + Number(badge.dataset.unread), 0)
  document.title = (sum ? `(${sum}) ` : '') + document.title.replace(/^\(\d+\) /, '')
  if (!l) return
  $('#latest').hidden = l.id && below(l) < 300
  const here = $('#chats [aria-current] .badge')
  $('#latest .count').textContent = here?.dataset.unread || ''
  const seq = looks(l) && unseen(l).map(seqOf).at(-1)
  if (!seq) return
  clearTimeout(timer)
  timer = setTimeout(read, 50, l, seq)
}

async function read(l, seq) {
  const answer = await fetch(l.dataset.path + '/read', formOf({ seq })).catch(() => null)
  if (answer?.ok) l.dataset.read = Math.max(seq, seen(l)) // else again with the next look
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
