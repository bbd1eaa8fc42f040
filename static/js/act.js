// @ts-check
// What people do with messages. The script for it comes when they turn to one.
import { say } from './answer.js'
import { $, box, log } from './dom.js'
import { load } from './load.js'

const rowOf = target => target.closest?.('#pane [role=log] .msg[data-rev]')

const near = 10 // pixels

const clicks = {
  '.log .acts button': 'openMenu',
  '.log a.quote': 'jump',
  '#mode .cancel': 'leave',
  '.field .emoji': 'pickEmoji',
}

let loaded = false

/** act calls a function of the script for messages.
 * @type {(name: string, ...args: any[]) => void} */
export function act(name, ...args) {
  load($('#actions').dataset.script).then(script => {
    loaded = true
    script[name](...args)
  }, () => {
    if (name !== 'turn') say('unreachable')
  })
}

const isPlain = event => !event.ctrlKey && !event.metaKey && !event.shiftKey

function click(event) {
  const { target } = event
  if (!isPlain(event)) return
  for (const [selector, name] of Object.entries(clicks)) {
    const found = target.closest?.(selector)
    if (!found) continue
    event.preventDefault()
    act(name, found)
  }
}

// The bundle has its own keys once it is there.
function key(event) {
  const { target, key } = event
  if (target === box() && key === 'ArrowUp' && !target.value && isPlain(event)) act('editLast')
  else if (!loaded && log()?.contains(target)) act('key', event)
}

function turn({ target }) {
  if (!loaded && rowOf(target)) act('turn')
}

/** @type {TouchEvent | null} the finger that is down on a message before the script is there */
let held = null

// A finger never rests quite still.
function rests({ type, touches }) {
  if (type !== 'touchmove' || !held) return false
  const [{ clientX, clientY }, then] = [touches[0], held.touches[0]]
  return Math.hypot(clientX - then.clientX, clientY - then.clientY) < near
}

function touch(event) {
  if (loaded || rests(event)) return
  held = event.type === 'touchstart' && rowOf(event.target) ? event : null
  if (held) act('turn', () => held)
}

const touches = ['touchstart', 'touchmove', 'touchend', 'touchcancel']

export function startActs() {
  document.addEventListener('click', click)
  document.addEventListener('keydown', key)
  for (const type of ['pointerover', 'focusin']) document.addEventListener(type, turn)
  for (const type of touches) document.addEventListener(type, touch, { passive: true })
}
