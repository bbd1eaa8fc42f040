// @ts-check
// A long press on a message opens its menu. Some browsers tell of it themselves, and some do not.
import { openMenu } from './menu.js'
import { rowOf } from './row.js'

const long = 500 // milliseconds
const near = 10 // pixels that a finger may move meanwhile

/** @type {ReturnType<typeof setTimeout> | undefined} */
let waiting
let start = { clientX: 0, clientY: 0 }
let opened = false

function stop() {
  clearTimeout(waiting)
}

/** press waits with a finger that is down on a message. */
export function press(event) {
  stop()
  opened = false
  const row = rowOf(event.target)
  if (!row || event.touches.length > 1 || event.target.closest('a:not(.picture)')) return
  start = event.touches[0]
  waiting = setTimeout(() => {
    opened = true
    openMenu(row)
  }, long - (performance.now() - event.timeStamp))
}

function move(event) {
  const { clientX, clientY } = event.touches[0]
  if (Math.hypot(clientX - start.clientX, clientY - start.clientY) > near) stop()
}

// The finger that has opened the menu presses nothing when it leaves.
function lift(event) {
  stop()
  if (opened && event.cancelable) event.preventDefault()
}

export function startTouch() {
  document.addEventListener('touchstart', press, { passive: true })
  document.addEventListener('touchmove', move, { passive: true })
  document.addEventListener('touchend', lift, { passive: false })
  document.addEventListener('touchcancel', stop)
}
