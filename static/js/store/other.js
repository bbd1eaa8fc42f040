// @ts-check
// The draft that another tab had is offered above the field.
import { $, box, composing } from '../dom.js'
import { grow } from '../grow.js'
import { others, outbox } from './state.js'

function discard() {
  others[composing()] = ''
  outbox.changed()
  box()?.focus()
}

function insert() {
  const at = composing()
  outbox.write(at, outbox.drafts[at], others[at])
  discard()
  grow()
}

/** showOther brings the offer up to date. */
export function showOther() {
  const text = box() && others[composing()]
  const bar = $('#other')
  if (bar && $('.excerpt', bar).textContent === text) return
  bar?.remove()
  if (!text) return
  const fresh = $('#other-draft').content.firstElementChild.cloneNode(true)
  $('.excerpt', fresh).textContent = text
  $('.insert', fresh).onclick = insert
  $('.discard', fresh).onclick = discard
  $('.field', box().form).before(fresh)
}
