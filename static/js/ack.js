// @ts-check
// Acknowledgements: the server learns what has come to the page, and tells the senders.
import { paced } from './paced.js'

const pause = 1000
const offer = /data-ack="([^"<>]*)">[^<]*<\/hx-partial>$/

/** acknowledger returns what is called with each frame that the page has taken in, and the cursor
 * after it. A server that knows no acknowledgements would end the line on one, so each frame says
 * how they begin.
 * @type {(send: (text: string) => void, clock?: Clock) => Acknowledger} */
export function acknowledger(send, clock) {
  let last = ''
  const soon = paced(send, pause, clock)
  return {
    heard(frame, cursor) {
      const [, prefix] = offer.exec(frame) ?? []
      const text = prefix + cursor.split('.').slice(0, 2).join('.')
      if (!prefix || text === last) return
      last = text
      soon(text)
    },
    // On another line the server has to hear it again: the last one may have been lost.
    reset() {
      last = ''
    },
  }
}
