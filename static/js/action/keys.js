// @ts-check
// Keys in the log: the arrows walk its messages, and letters act on the one that has the focus.
import { log, toField } from '../dom.js'
import { pickEmoji } from './emoji.js'
import { openMenu } from './menu.js'
import { editRow, reply } from './mode.js'
import { focusRow, isMine, isWhole, rove, rowOf, rows } from './row.js'

const fields = 'input, textarea, select, audio, video, summary'

function isInSight(row) {
  const [{ top, bottom }, around] = [row.getBoundingClientRect(), log().getBoundingClientRect()]
  return bottom > around.top && top < around.bottom
}

// What goes on beyond the edge is read first.
function isCut(row, by) {
  const [{ top, bottom }, around] = [row.getBoundingClientRect(), log().getBoundingClientRect()]
  return by > 0 ? bottom > around.bottom + 2 : top < around.top - 2
}

function next(row, by) {
  const step = by > 0 ? 'nextElementSibling' : 'previousElementSibling'
  let to = row[step]
  while (to && !to.matches('.msg[data-rev]:not(.void)')) to = to[step]
  return to
}

// From the log itself one comes to what is in sight: upwards to its last message.
function walk(row, by) {
  if (row) return isCut(row, by) ? null : next(row, by)
  return rows().filter(isInSight).at(by > 0 ? 0 : -1)
}

const acts = {
  e: row => isMine(row) && isWhole(row) && editRow(row),
  r: row => isWhole(row) && reply(row),
  '+': row => isWhole(row) && pickEmoji(row),
  enter: row => openMenu(row),
  delete: row => openMenu(row, 'delete'),
  escape: () => toField(),
}

/** key does what a key in the log means, and reports whether it means something. */
export function key(event) {
  const { target, ctrlKey, metaKey, altKey, defaultPrevented } = event
  if (defaultPrevented || ctrlKey || metaKey || altKey || !log()?.contains(target)) return
  if (target.closest(fields)) return
  const row = rowOf(target)
  const by = { ArrowUp: -1, ArrowDown: 1 }[event.key]
  const to = by && walk(row, by)
  const act = row && target === row && acts[event.key.toLowerCase()]
  if (!to && !act) return
  event.preventDefault()
  if (to) focusRow(to)
  else act(row)
}

function turn() {
  const row = rowOf(document.activeElement)
  if (row) rove(row)
}

export function startKeys() {
  document.addEventListener('keydown', key)
  document.addEventListener('focusin', turn)
  document.addEventListener('dchat:shown', turn)
}
