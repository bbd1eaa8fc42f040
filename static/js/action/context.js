// @ts-check
// The menu of the browser gives way to that of a message.
import { openMenu } from './menu.js'
import { rowOf } from './row.js'

const native = 'a, img, audio, video' // they have a menu of the browser's

let selected = false // before the press: some systems select the word that is pressed

function press() {
  selected = !getSelection()?.isCollapsed
}

// A finger has the menu of the browser on links alone, a pointer on pictures and a selection too.
function isNative({ target, shiftKey, pointerType }) {
  if (pointerType === 'touch') return target.closest('a:not(.picture)')
  return shiftKey || target.closest(native) || selected
}

function menu(event) {
  const row = rowOf(event.target)
  if (!row || isNative(event)) return
  event.preventDefault()
  openMenu(row, event)
}

export function startContext() {
  addEventListener('pointerdown', press, true)
  document.addEventListener('contextmenu', menu)
}
