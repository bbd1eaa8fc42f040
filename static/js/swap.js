// @ts-check
// Swaps: before and after whatever the server sends.
import { $, $$, box, log } from './dom.js'
import { heldEnd, hold, lastSeq, leaveLog, openLog, release, reopen } from './log.js'
import { outbox } from './outbox.js'
import { divide, look } from './reading.js'
import { isUpdate, restrict } from './range.js'
import { genOf, position, report } from './socket.js'
import { localise } from './time.js'
import { sorted, upsert } from './upsert.js'

const versionOf = headers => Number(headers?.get('DChat-Version') ?? Infinity)

/** skip keeps Tab from the buttons of rows: the arrows walk the log, and Tab comes to one. */
export function skip(from) {
  for (const button of $$('.msg .acts button', from)) button.tabIndex = -1
}

// silence keeps a row from being announced: what is there already, what is history, and what one
// has just written oneself.
function silence(row, known, last) {
  const { key, seq } = row.dataset
  if (known || Number(seq) <= last || key && $(`[data-pending="${key}"]`)) row.ariaLive = 'off'
}

const isPager = element => element?.matches?.('.older, .newer')

/** @type {HtmxHook} */
function note(_, { ctx }) {
  if (isPager(ctx.sourceElement)) ctx.rev = position.rev
}

// A pager whose log has changed meanwhile would leave a gap.
function isLeft(ctx) {
  if (!isPager(ctx.sourceElement) || ctx.sourceElement.isConnected) return false
  delete ctx.rev
  return true
}

// A log that comes anew finds no place if the page shows another part of the conversation.
function missesLog(tasks) {
  const older = $('[role=log]:not([id]) > .older')
  return older && tasks.some(task => !task.target && $('#' + older.id, task.fragment))
}

const isLog = ({ fragment }) => !!fragment && !!$('.older', fragment)

// What the server wrote before it heard of this pane need not follow on it: rows would be missing
// above, and be read unseen, and a log that comes anew may be older. The answer to the report
// brings all of them.
function skipUnheard(tasks, upserts) {
  const heard = tasks.find(task => task.target?.id === 'cursor')
  if (!heard || genOf(heard.fragment) >= position.opened) return
  for (const task of upserts) {
    if (isUpdate(task)) task.fragment.replaceChildren()
  }
  for (const task of tasks.filter(isLog)) tasks.splice(tasks.indexOf(task), 1)
}

// An answer that is older than the stream does not count; a row that is there is not announced
// again.
/** @type {HtmxHook} */
function prepare(_, { ctx, tasks }) {
  const version = Number($('#cursor').textContent.split('.')[1])
  const isOld = versionOf(ctx.response?.headers) < version
  if (isOld || isLeft(ctx)) tasks.length = 0
  const fragments = tasks.map(task => task.fragment).filter(Boolean)
  fragments.forEach(localise)
  fragments.forEach(skip)
  const last = lastSeq(log())
  for (const row of fragments.flatMap(fragment => $$('.msg[data-rev]', fragment))) {
    silence(row, document.getElementById(row.id), last)
  }
  const upserts = tasks.filter(task => task.swapSpec?.style === 'upsert')
  skipUnheard(tasks, upserts)
  upserts.forEach(task => restrict(task, log()))
  sorted(tasks)
  hold()
  if (missesLog(tasks)) reopen()
}

// A change to a row that was not there yet has gone by, and the answer to its pager may be older:
// what came since the pager asked comes again. A log that has come to its end takes new messages.
function follow(l, rev) {
  const joins = !l.id && !$('.newer', l)
  if (!joins && rev === position.rev) return
  const gen = position.gen + 1
  Object.assign(position, { rev, gen })
  if (joins) {
    l.id = 'messages-' + position.conversation
    position.opened = gen
  }
  report()
}

/** @type {(element?: Element, detail?: Pick<HtmxDetail, 'ctx'>) => void} */
export function settle(_, detail) {
  const l = log()
  const head = l || $('#pane').firstElementChild // going back keeps #pane and swaps what is in it
  outbox.show()
  const relation = $('#pane > .relation')
  if (head !== position.head) open(head, l)
  else if (relation !== position.relation) report() // what passes between contacts is shown anew
  position.relation = relation
  mark()
  const rev = detail?.ctx?.rev
  if (l && rev !== undefined) follow(l, rev)
  if (l) divide(l, heldEnd(l)) // as it was before the swap
  release()
  look()
}

// Of many rows only those are touched that change.
function mark() {
  for (const row of [...$('#chats').children, ...$('#archived').children]) {
    const isHere = row.getAttribute('href') === location.pathname
    if (isHere !== row.hasAttribute('aria-current')) row.ariaCurrent = isHere ? 'page' : null
  }
}

// A pane was rendered at some moment; what came after it is asked for now that it is in place.
function open(head, l) {
  const { version = Infinity } = $('#pane').dataset
  const conversation = l ? Number($('.older', l).id.split('-')[1]) : 0
  const rev = conversation && Number(l.dataset.rev)
  const gen = position.gen + 1
  Object.assign(position, { head, conversation, rev, version, gen, opened: gen })
  report()
  leaveLog()
  if (!l) return
  openLog(l)
  if (!$('.here', l) && matchMedia('(pointer: fine)').matches) box()?.focus()
}

/** swaps is what the htmx extension does for swaps. */
export const swaps = {
  htmx_before_request: note,
  htmx_before_swap: prepare,
  handle_swap: upsert,
  htmx_finally_swap: settle,
}
