// @ts-check
// The bubble of a message that is not stored yet.
import { $ } from './dom.js'

/** bubbleOf makes the bubble of a message.
 * @type {(item: Item) => any} */
export function bubbleOf(item) {
  const bubble = $('#pending').content.firstElementChild.cloneNode(true)
  bubble.dataset.pending = item.key
  bubble.dataset.seq = Number.MAX_SAFE_INTEGER // after everything that has a place
  $('p', bubble).textContent = item.body
  const { name, text } = item.quote ?? {}
  $('.quote b', bubble).textContent = name
  $('.quote span', bubble).textContent = text
  if (!item.reply) $('.quote', bubble).remove()
  return bubble
}
