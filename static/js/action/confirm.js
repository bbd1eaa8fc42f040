// @ts-check
// Deleting for everyone asks once.
import { $ } from '../dom.js'
import { focusRow } from './row.js'
import { send } from './send.js'

/** confirmDelete deletes the message of a row for everyone, once that is confirmed. */
export function confirmDelete(row) {
  const dialog = $('#confirm')
  const now = () => document.getElementById(row.id)
  dialog.returnValue = ''
  dialog.onclose = () => {
    const at = now()
    focusRow(at)
    if (at && dialog.returnValue === 'delete') send(at, 'delete')
  }
  dialog.showModal()
}
