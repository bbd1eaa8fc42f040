// @ts-check
// A message in the log, and what the page knows of it.
import { $, $$, live, log } from '../dom.js'

const shown = row => $(':scope > :is(p, .body):not(.empty)', row)?.textContent ?? ''

/** @type {(selector?: string) => any[]} */
export const rows = (selector = '') => $$(`.msg[data-rev]:not(.void)${selector}`, log())
export const rowOf = element => element?.closest?.('#pane [role=log] .msg[data-rev]')
export const idOf = row => row.id.replace('message-', '')
export const buttonOf = row => $('.acts button', row)
export const urlOf = (row, ...way) =>
  [log().dataset.path, 'messages', idOf(row), ...way].join('/')

/** isMine, and isWhole: not deleted, and no notice. */
export const isMine = row => row.matches('.mine')
export const isWhole = row => !row.matches('.gone, .notice')

/** textOf is the text of a message as it was typed, as far as the page knows. */
export function textOf(row) {
  return row.dataset.source ?? shown(row)
}

/** briefOf is one line for a message: its beginning, or the names of its files. */
export function briefOf(row) {
  const titles = $$('.file .name', row).map(name => name.title)
  const files = [...titles, ...$$('img[alt]', row).map(picture => picture.alt)]
  const line = shown(row).replace(/\s+/g, ' ').trim() || files.join(', ')
  const characters = [...line]
  return characters.length > 120 ? characters.slice(0, 120).join('') + '…' : line
}

/** authorOf is the name of the person who wrote a message. */
export function authorOf(row) {
  return isMine(row) ? live().dataset.name : $('#pane .top .name').textContent
}

/** focusRow gives a row the focus, and Tab its button. */
export function focusRow(row) {
  if (!row) return
  row.tabIndex = -1
  row.focus({ preventScroll: true })
  row.scrollIntoView({ block: 'nearest' })
}

/** rove makes the button of one row the only one that Tab comes to. */
export function rove(row) {
  for (const button of $$('.acts button[tabindex="0"]', log())) button.tabIndex = -1
  const button = row && buttonOf(row)
  if (button) button.tabIndex = 0
}
