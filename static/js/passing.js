// @ts-check
// What passes: that one types, and that one is there.
import { box, composing } from './dom.js'
import { sign } from './socket.js'
import { typist } from './typist.js'

const still = 20_000 // until a visible page says so again

const isVisible = () => document.visibilityState === 'visible'
const show = () => sign(isVisible() ? 'visible' : 'hidden')

export function startPassing() {
  const { write, send } = typist(sign)
  document.addEventListener('input', ({ target }) => {
    if (target === box()) write(composing(), box().value.trim())
  })
  document.addEventListener('submit', send)
  for (const event of ['dchat:heard', 'visibilitychange']) document.addEventListener(event, show)
  setInterval(() => { if (isVisible()) show() }, still)
}
