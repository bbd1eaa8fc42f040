// @ts-check
// Emoji for a reaction and for a text. The grid of all comes when it is opened.
import { say } from '../answer.js'
import { $, box, toField } from '../dom.js'
import { load } from '../load.js'
import { buttonOf, focusRow, rowOf } from './row.js'
import { react } from './send.js'

function insert(emoji) {
  const field = box()
  if (!field) return
  field.setRangeText(emoji, field.selectionStart, field.selectionEnd, 'end')
  field.dispatchEvent(new Event('input', { bubbles: true }))
}

/** pickEmoji opens the grid: for a reaction to the message of a row, or for the composer. */
export function pickEmoji(of) {
  const id = rowOf(of)?.id
  const row = () => document.getElementById(id)
  const choose = emoji => id ? row() && react(row(), emoji) : insert(emoji)
  const back = () => id ? focusRow(row()) : toField()
  load($('#emoji').dataset.script).then(
    grid => grid.open(id ? buttonOf(row()) ?? row() : of, choose, back),
    () => say('unreachable'),
  )
}
