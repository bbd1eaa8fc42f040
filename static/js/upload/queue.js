// @ts-check
// One file goes after the other: this says which.
import { borrow } from '../lend.js'

export const outbox = /** @type {Outbox} */ (borrow())

/** @type {Upload | null} */
let running = null

/** @type {() => Upload[]} */
export const everything = () => {
  return [...outbox.items.flatMap(item => item.files), ...Object.values(outbox.trays).flat()]
}

/** @type {(conversation: number | string) => Upload[]} */
export const trayOf = conversation => outbox.trays[conversation] ??= []

/** @type {(upload: Upload) => boolean} */
export const isStopped = upload => ['failed', 'refused', 'lost'].includes(upload.state)

/** current is the upload whose turn it is. */
export const current = () => running

/** yieldTurn gives the turn of an upload up, if it has it.
 * @type {(upload: Upload) => void} */
export function yieldTurn(upload) {
  if (running === upload) running = null
}

/** next begins with the next file, once the turn is free. */
export function next() {
  if (running) return
  running = everything().find(upload => upload.state === 'queued') ?? null
  running?.go()
}
