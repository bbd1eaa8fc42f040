// @ts-check

/** @type {Clock} */
const own = { now: () => performance.now(), later: (go, wait) => setTimeout(go, wait) }

/** paced returns a function that has send called with its latest value, at most once in a pause: at
 * once, or when the pause is over.
 * @type {<T>(send: (value: T) => void, pause: number, clock?: Clock) => (value: T) => void} */
export function paced(send, pause, clock = own) {
  let value
  let sent = -Infinity
  let waiting = false
  function go() {
    waiting = false
    sent = clock.now()
    send(value)
  }
  return next => {
    value = next
    if (waiting) return
    const wait = sent + pause - clock.now()
    if (wait <= 0) return go()
    waiting = true
    clock.later(go, wait)
  }
}
