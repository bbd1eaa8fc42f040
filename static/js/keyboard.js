// @ts-check
// The keyboard of the screen. Where it does not make the page smaller, but lies over it, the page
// makes room.
/** @type {VisualViewport | null} */
const view = window.visualViewport
const root = document.documentElement
const least = 80 // pixels: bars of the browser come and go, too

// Who magnifies the page sees a part of it, and no keyboard.
function covered() {
  if (!view || view.scale > 1.01) return 0
  const height = Math.round(innerHeight - view.height)
  return height < least ? 0 : height
}

function fit() {
  const height = covered()
  root.classList.toggle('keyboard', height > 0)
  root.style.setProperty('--covered', height + 'px')
  if (height) scrollTo(0, 0) // the browser has pushed the page up to the field
}

export function startKeyboard() {
  for (const event of ['resize', 'scroll']) view?.addEventListener(event, fit)
}
