// @ts-check
// The focus: where a button vanishes in a swap, it goes on to what is nearest.
import { $, $$, live, onGlass } from './dom.js'

const focusable = 'textarea, input:not([type=hidden]), button, a[href], summary, [role=log]'

const again = ({ element, id }) => element.isConnected ? element : document.getElementById(id)
const isInSight = element => element.checkVisibility() && !element.disabled
const point = element => element && { element, id: element.id }

/** around remembers where the focus is: its element and what holds it, each with its neighbours. */
export function around(element = document.activeElement) {
  const way = []
  for (let at = element; at && at !== document.body && at.id !== 'pane'; at = at.parentElement) {
    const { nextElementSibling: next, previousElementSibling: previous } = at
    way.push({ ...point(at), next: point(next), previous: point(previous) })
  }
  const label = element?.matches('button') && element.textContent?.trim()
  return { way, label, log: element?.closest('[role=log]') }
}

// An answer to several requests goes on with the same button of the next. On glass a text field
// would open the keyboard.
function within(element, label) {
  if (!element) return null
  const all = [element, ...$$(focusable, element)].filter(e => e.matches(focusable) && isInSight(e))
  const same = all.find(e => e.matches('button') && e.textContent.trim() === label)
  const fields = all.filter(e => e.matches('textarea'))
  if (fields.length) return onGlass.matches ? null : fields[0]
  return same ?? all.find(e => e.matches('button, .btn')) ?? all[0]
}

function near({ way, label, log }) {
  if (way[0]?.id && again(way[0])) return again(way[0])
  for (const place of way.slice(1)) {
    const here = again(place)
    if (here && here === log) return log
    const beside = side => side && within(again(side), label)
    const found = within(here, label) ?? beside(place.next) ?? beside(place.previous)
    if (found) return found
  }
  return null
}

/** refocus gives the focus, if a swap has taken it, to what is nearest to where it was. */
export function refocus(place) {
  const now = document.activeElement
  if (!place.way.length || now && now !== document.body && isInSight(now)) return
  const to = near(place) ?? $('#pane')
  to.focus({ preventScroll: true })
  if (!to.matches('[role=log], #pane')) to.scrollIntoView({ block: 'nearest' })
}

// A key that is held down presses a button once: the next one has come into its place.
function key(event) {
  if (!event.repeat || event.key !== 'Enter') return
  if (event.target.closest?.('form[hx-post] button')) event.preventDefault()
}

// What one chose is done: the menu makes room.
function close({ target }) {
  if (target.closest('#side')) $('#menu')?.hidePopover()
}

export function startFocus() {
  document.addEventListener('submit', close)
  if (live()) document.addEventListener('keydown', key)
}
