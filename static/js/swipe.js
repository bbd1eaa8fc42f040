// @ts-check
// A finger that moves to the side. Two of them zoom.
const least = 50 // pixels

/** wayOf is -1 for a move to the right, as to the previous page, 1 to the left, and 0 for none.
 * @type {(from: number, to: number) => number} */
export function wayOf(from, to) {
  if (!(Math.abs(to - from) > least)) return 0
  return to > from ? -1 : 1
}

/** swipe calls step when a finger moves over an element.
 * @type {(element: HTMLElement, step: (by: number) => void) => void} */
export function swipe(element, step) {
  let from = NaN
  element.onpointerdown = event => {
    from = event.isPrimary && event.pointerType === 'touch' ? event.clientX : NaN
  }
  element.onpointerup = event => {
    const by = wayOf(from, event.clientX)
    if (by) step(by)
  }
}
