// @ts-check
// What passes: that one types, and that one is there.
import { $, box, composing } from './dom.js'
import { sign } from './socket.js'
import { typist } from './typist.js'

const isVisible = () => document.visibilityState === 'visible'
const show = () => sign(isVisible() ? 'visible' : 'hidden')

let timer

// The server says after how many milliseconds a visible page says so again.
function stay() {
  if (isVisible()) show()
  clearTimeout(timer)
  timer = setTimeout(stay, Number($('#hears').textContent) || 20_000)
}

export function startPassing() {
  const { write, send } = typist(sign)
  document.addEventListener('input', ({ target }) => {
    if (target === box()) write(composing(), box().value.trim())
  })
  document.addEventListener('submit', send)
  document.addEventListener('visibilitychange', show)
  document.addEventListener('dchat:heard', stay)
}
