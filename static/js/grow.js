// @ts-check
// The composer's box is as high as its text, where CSS alone cannot do it (field-sizing).
import { box } from './dom.js'

const byStyle = CSS.supports('field-sizing', 'content')

/** grow gives the box the height of its text; the style sheet bounds it. */
export function grow() {
  const field = box()
  if (byStyle || !field) return
  field.style.height = 'auto'
  // An empty box has the height of one line, however long the placeholder is.
  if (field.value) field.style.height = field.scrollHeight + 'px'
  field.scrollTop = field.scrollHeight
}

export function startGrow() {
  if (byStyle) return
  addEventListener('resize', grow)
  grow()
}
