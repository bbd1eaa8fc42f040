// @ts-check
// The modes of the composer: it answers a message, or edits one. They are part of the draft, and
// the bar above the field says which it is.
import { isOurs, post, sentenceOf, whyNot } from '../answer.js'
import { $, box, composing, log } from '../dom.js'
import { borrow } from '../lend.js'
import { take } from '../take.js'
import { authorOf, briefOf, idOf, isWhole, rows, textOf, urlOf } from './row.js'

const outbox = borrow()
const current = () => outbox?.modes[composing()]
const found = mode => document.getElementById('message-' + mode.id)

/** @type {(mode: Mode) => void} */
function enter(mode) {
  leave()
  if (!outbox) return
  outbox.modes[composing()] = mode
  outbox.changed()
}

function focus() {
  const field = box()
  field?.focus({ preventScroll: true })
  field?.setSelectionRange(field.value.length, field.value.length)
}

/** reply makes the composer answer the message of a row. */
export function reply(row) {
  if (!box()) return
  enter({ id: idOf(row), name: authorOf(row), text: briefOf(row) })
  focus()
}

/** editRow makes the composer edit the message of a row. */
export function editRow(row) {
  if (!box() || !outbox) return
  leave()
  const at = composing()
  const before = outbox.drafts[at]
  outbox.write(at, textOf(row))
  enter({ id: idOf(row), rev: row.dataset.rev, text: briefOf(row), before })
  focus()
}

/** editLast edits the last message of one's own. */
export function editLast() {
  const row = rows('.mine').filter(isWhole).at(-1)
  if (row && log().id && !box().value) editRow(row)
}

/** leave ends the mode. The draft of before an edit comes back. */
export function leave() {
  const mode = current()
  if (!mode || !outbox) return
  const at = composing()
  delete outbox.modes[at]
  if (mode.rev) outbox.write(at, mode.before)
  outbox.changed()
}

function fill(mode) {
  const bar = $(mode.rev ? '#edit-mode' : '#reply-mode').content.firstElementChild.cloneNode(true)
  $('.excerpt', bar).textContent = mode.text
  if (!mode.rev) $('.name', bar).textContent = mode.name
  $('.cancel', bar).href = log().dataset.path
  return bar
}

/** showMode brings the bar up to date. */
export function showMode() {
  const form = $('#composer')
  const answered = current()?.rev ? null : current() && found(current())
  if (answered?.matches('.gone, .void')) return leave() // what was deleted is not shown here either
  const mode = current()
  const bar = $('#mode')
  const of = mode ? `${mode.rev ? 'edit' : 'reply'} ${mode.id}` : undefined
  if (!form || bar?.dataset.of === of) return
  form.setAttribute('action', log().dataset.path + '/messages')
  bar?.remove()
  if (!mode) return
  const fresh = fill(mode)
  fresh.dataset.of = of
  $('.field', form).before(fresh)
}

function refuse(sentence) {
  const why = $('#mode .error') ?? document.createElement('p')
  Object.assign(why, { className: 'error', role: 'alert', textContent: sentence })
  $('#mode')?.append(why)
  focus()
}

/** edit posts the text of the composer as that of the message that is edited. What is refused
 * stays. */
export async function edit(body) {
  const mode = current()
  const row = mode && found(mode)
  const form = $('#composer')
  if (!mode?.rev || form.ariaBusy === 'true') return
  form.ariaBusy = 'true'
  const url = row ? urlOf(row, 'edit') : `${log().dataset.path}/messages/${mode.id}/edit`
  const answer = await post(url, { body, rev: mode.rev })
  const text = await answer?.text().catch(() => '')
  form.ariaBusy = null
  const ours = isOurs(answer)
  if (!ours || !answer.ok) {
    if (current() === mode) refuse(ours && sentenceOf(text) || whyNot(answer))
    return
  }
  if (current() === mode) leave()
  await take(text)
}

function key(event) {
  if (event.key !== 'Escape' || event.target !== box() || !current() || event.isComposing) return
  if ($(':popover-open')) return
  event.preventDefault()
  leave()
}

function type({ target }) {
  if (target === box()) $('#mode .error')?.remove()
}

export function startMode() {
  document.addEventListener('dchat:shown', showMode)
  document.addEventListener('keydown', key)
  document.addEventListener('input', type)
}
