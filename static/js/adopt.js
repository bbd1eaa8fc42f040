// @ts-check
// A mode of the composer that the server has rendered becomes part of the draft, as those that the
// script begins.
import { $, box, composing } from './dom.js'

/** adopt takes over the mode of the open composer. What was edited already keeps its text.
 * @type {(outbox: Pick<Outbox, 'drafts' | 'modes' | 'times'>) => void} */
export function adopt({ drafts, modes, times }) {
  const bar = $('#mode:not([data-of])')
  if (!bar) return
  const at = composing()
  const { name, value } = $('input', bar)
  const was = modes[at]
  const before = was?.rev ? was.before : drafts[at]
  const text = $('.excerpt', bar).textContent
  bar.dataset.of = ''
  times[at] = Date.now() + Math.random()
  history.replaceState(history.state, '', location.pathname)
  if (name === 'reply') {
    modes[at] = { id: value, name: $('.name', bar).textContent, text }
    drafts[at] = before ?? ''
    return
  }
  const id = box().form.getAttribute('action').split('/').at(-2)
  if (was?.rev && was.id === id) return
  modes[at] = { id, rev: value, text, before }
  drafts[at] = box().value
}
