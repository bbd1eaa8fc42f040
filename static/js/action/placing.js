// @ts-check
// Where a popover stands: beside what it belongs to, and inside the screen.
const gap = 4 // pixels
const edge = 8

const within = (at, size, most) => Math.max(edge, Math.min(at, most - size - edge))

// The place of a pointer, or the corner of an element.
function corner(at, { width, height }) {
  const { left, right, top, bottom } = at.getBoundingClientRect?.() ??
    { left: at.clientX, right: at.clientX + width, top: at.clientY, bottom: at.clientY - gap }
  const isRight = left + right > innerWidth
  const x = isRight ? right - width : left
  const below = bottom + gap
  const y = below + height <= innerHeight - edge ? below : top - height - gap
  return { x, y }
}

/** place moves a popover to the place of an event or an element, else beside a row. */
export function place(popover, at, row) {
  const box = popover.getBoundingClientRect()
  const { x, y } = corner(at || row, box)
  popover.style.left = within(x, box.width, innerWidth) + 'px'
  popover.style.top = within(y, box.height, innerHeight) + 'px'
}
