// @ts-check
// Files in the tray of the composer and in the bubbles of messages that wait.
import { $ } from '../dom.js'
import { isStopped, outbox, trayOf } from './queue.js'

const composer = () => $('#composer')

/** focus goes to the composer. A finger does not want the keyboard of the screen for this. */
export function focus() {
  const { body, attachment } = composer()?.elements ?? {}
  const field = matchMedia('(pointer: fine)').matches ? body : attachment
  field?.focus()
}

// Rows are moved only where they are not yet: one of them may have the focus.
function fill(list, uploads) {
  const rows = uploads.map(upload => upload.row).filter(Boolean) // another tab's have none yet
  const same = rows.length === list.children.length
  if (!same || rows.some((row, i) => row !== list.children[i])) list.replaceChildren(...rows)
}

// fault is why the message of a tray cannot be sent.
function fault(tray, max) {
  if (tray.length > max) return `A message has at most ${max} files.`
  const stopped = tray.find(isStopped)
  return stopped ? `${stopped.why} Or remove ${stopped.name}.` : ''
}

function fillTray(form) {
  const tray = trayOf(form.dataset.conversation)
  fill($('.tray', form), tray)
  const { attachment } = form.elements
  attachment.setCustomValidity(fault(tray, attachment.dataset.max))
}

function fillBubble(item) {
  const bubble = item.files.length && $(`[data-pending="${item.key}"]`)
  if (!bubble) return
  fill($('.tray', bubble), item.files)
  const forget = () => item.files.forEach(upload => upload.forget())
  $('.discard', bubble).addEventListener('click', forget, { once: true })
}

function giveReason(item, { name, why }) {
  Object.assign(item, { why: `${name}: ${why}`, final: true })
  return true
}

// A message whose Retry was pressed has no reason any more; its files may still have one.
function retryFiles() {
  let given = false
  for (const item of outbox.items) {
    const stopped = !item.why && item.files.find(isStopped)
    if (!stopped) continue
    if (stopped.state === 'failed') stopped.again()
    else given = giveReason(item, stopped)
  }
  return given
}

/** show puts the rows in their places, once the outbox has shown its messages. */
export function show() {
  if (retryFiles()) outbox.showPending()
  outbox.items.forEach(fillBubble)
  if (composer()) fillTray(composer())
}
