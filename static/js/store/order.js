// @ts-check
// Messages of other tabs stand among one's own in the order of writing.
import { $$, log } from '../dom.js'
import { outbox } from './state.js'

/** orderBubbles moves the bubbles of messages that are not sent, if they stand in another order. */
export function orderBubbles() {
  const keys = outbox.items.map(item => item.key)
  const bubbles = $$('#pane [role=log] [data-pending]')
  const place = bubble => keys.indexOf(bubble.dataset.pending)
  const ordered = [...bubbles].sort((a, b) => place(a) - place(b))
  if (ordered.some((bubble, i) => bubble !== bubbles[i])) log().append(...ordered)
}
