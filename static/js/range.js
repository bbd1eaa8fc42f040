// @ts-check
// What an update may change in a log: rows that the log holds, and rows after its first one. What
// is older comes with its pagers, and so does what is later where the end is missing.
import { $, $$, seqOf } from './dom.js'

/** @type {(row: HTMLElement) => number} */
const revOf = row => Number(row.dataset.rev)

/** isUpdate tells what the stream and catch-ups bring from what a pager brings.
 * @type {(task: HtmxTask) => boolean} */
export const isUpdate = ({ target }) => /^#messages-/.test(target)

// The number of the first message that an update may add to a log.
function firstOf(l) {
  return $('.older[hx-get]', l) ? seqOf($('.msg[data-rev]', l)) : 0
}

/** isWanted reports whether a row enters a log: one that is known if it is newer than what stands,
 * another one if its place is loaded.
 * @type {(row: any, known: any, first: number) => boolean} */
export function isWanted(row, known, first) {
  return known ? revOf(row) > revOf(known) : seqOf(row) >= first
}

// The divider of a day comes with the first row of the day.
function drop(row, known) {
  const day = row.previousElementSibling
  if (!known && day?.matches('.day')) day.remove()
  row.remove()
}

// What its reader has done with a row: folded it out, come to it by keyboard.
function keep(row, known) {
  if ($('.rest[open]', known)) $('.rest', row)?.setAttribute('open', '')
  if (known.hasAttribute('tabindex')) row.tabIndex = -1
}

/** restrict leaves in an upsert what enters the open log. A log without its end has no id, so that
 * nothing new lands in it, but what it holds still changes.
 * @type {(task: HtmxTask, l: any) => void} */
export function restrict(task, l) {
  const update = isUpdate(task)
  const isHere = task.target === '#' + l?.id
  const bound = isHere ? firstOf(l) : Infinity
  for (const row of $$('.msg[data-rev]', task.fragment)) {
    const known = document.getElementById(row.id)
    if (!isWanted(row, known, update ? bound : 0)) drop(row, known)
    else if (known) keep(row, known)
  }
  if (update && !isHere && l) task.target = l
}
