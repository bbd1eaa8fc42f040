// @ts-check
// The composer: what is typed becomes a draft, and a message when it is sent.
import { act } from './act.js'
import { $, box, composing, onGlass } from './dom.js'
import { grow, startGrow } from './grow.js'
import { toLatest } from './log.js'
import { outbox } from './outbox.js'
import { shown } from './reading.js'

// The first line keeps its indentation, as on the server.
const trimmed = text => text.trimEnd().replace(/^(?:[^\S\n]*\n)+/, '')

// What leaves ink. The server knows a few characters more that do not.
const ink = /[^\p{Cc}\p{Z}\p{DI}\u2800]/u

function fault(body, files) {
  const isLong = [...body].length > Number(box().dataset.max)
  if (isLong) return 'A message has at most 10,000 characters.'
  if (!ink.test(body) && !files.length && box().value) return 'Write something first.'
  return ''
}

function submit(event) {
  const composer = event.target
  if (composer.id !== 'composer') return
  const conversation = Number(composer.dataset.conversation)
  event.preventDefault()
  const body = trimmed(box().value)
  const mode = outbox.modes[conversation]
  const files = !mode?.rev && outbox.trays[conversation] || []
  box().setCustomValidity(fault(body, files))
  if (!composer.reportValidity()) return
  if (mode?.rev) return act('edit', body)
  if (!body && !files.length) return
  const url = composer.getAttribute('action')
  const reply = mode && { reply: mode.id, quote: mode }
  $('#mode')?.remove()
  delete outbox.modes[conversation]
  outbox.add({ body, read: shown(), files: files.splice(0), url, conversation, ...reply })
  box().focus()
  $('#pane .new')?.remove() // a person who answers has seen it
  toLatest()
}

function type({ target }) {
  if (target !== box()) return
  target.setCustomValidity('')
  outbox.write(composing(), target.value)
  grow()
}

// Enter sends, Shift+Enter breaks the line; on glass, where there is no Shift+Enter, Enter breaks
// it. Ctrl+Enter sends everywhere. Enter that ends an IME's composition does neither.
function key(event) {
  if (event.target !== box() || event.key !== 'Enter' || event.shiftKey) return
  if (event.isComposing || event.keyCode === 229) return
  if (onGlass.matches && !event.ctrlKey && !event.metaKey) return
  event.preventDefault()
  if (!event.repeat) event.target.form.requestSubmit()
}

export function startComposer() {
  document.addEventListener('submit', submit)
  document.addEventListener('input', type)
  document.addEventListener('keydown', key)
  startGrow()
}
