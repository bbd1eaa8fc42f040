// @ts-check
// The menu of a message. All messages share it; it shows the items that apply to one.
import { say } from '../answer.js'
import { $, $$, log } from '../dom.js'
import { confirmDelete } from './confirm.js'
import { pickEmoji } from './emoji.js'
import { editRow, reply } from './mode.js'
import { place } from './placing.js'
import { buttonOf, focusRow, isMine, isWhole, rowOf, textOf, urlOf } from './row.js'
import { react, send } from './send.js'
import { styled } from './style.js'

const quick = ['👍', '❤️', '😂', '😮', '😢', '🙏']
const menu = $('#actions')
const ready = styled(menu.dataset.style)

/** @type {{row: string, from: any, at: any} | null} what the menu is open for */
let open = null

/** @type {() => any} */
const row = () => open && document.getElementById(open.row)
const items = () => $$('[role^=menuitem]', menu).filter(item => item.checkVisibility())
const canWrite = () => !!$('#composer')

const applies = {
  reply: row => isWhole(row) && canWrite(),
  react: row => isWhole(row) && canWrite(),
  quick: row => isWhole(row) && canWrite(),
  edit: row => isWhole(row) && isMine(row) && canWrite(),
  delete: row => isWhole(row) && isMine(row) && canWrite(),
  hide: row => !row.matches('.notice'),
  forward: isWhole,
  save: row => isWhole(row) && !row.matches('.saved'),
  unsave: row => row.matches('.saved'),
  copy: row => isWhole(row) && !!textOf(row),
  info: () => true,
}

const acts = {
  reply,
  react: pickEmoji,
  edit: editRow,
  delete: confirmDelete,
  hide: row => send(row, 'hide'),
  forward,
  save: row => send(row, 'save', { saved: 'on' }),
  unsave: row => send(row, 'save', { saved: 'off' }),
  copy,
  info: visit,
}

const leads = ['reply', 'react', 'edit', 'delete', 'forward', 'info'] // they give the focus away

// The page of a message.
function visit(row) {
  const [target, swap] = ['#pane', 'outerHTML settle:0']
  return htmx.ajax('GET', urlOf(row), { source: row, target, swap, push: 'true' })
}

async function forward(row) {
  await visit(row)
  const part = $('#forward')
  if (!part) return
  part.open = true
  part.scrollIntoView({ block: 'nearest' })
  const first = $('input[type=checkbox]', part) ?? $('summary', part)
  first.focus()
}

// Where the clipboard is not to be had, on a host without HTTPS, the old way still works.
async function copy(row) {
  const text = textOf(row)
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    const field = document.createElement('textarea')
    field.value = text
    document.body.append(field)
    field.select()
    document.execCommand('copy')
    field.remove()
  }
  back()
  say('copied')
}

function fillQuick() {
  const own = $('.pill.own', row())?.form.parentElement
  const mine = own && $('.pill', own).textContent.trim()
  const buttons = quick.map(emoji => {
    const button = document.createElement('button')
    const checked = String(emoji === mine)
    const item = { role: 'menuitemradio', tabIndex: -1, ariaChecked: checked }
    Object.assign(button, { type: 'button', ...item })
    button.textContent = emoji
    button.ariaLabel = `React with ${emoji}`
    button.onclick = () => {
      const at = row()
      close()
      if (at) react(at, emoji === mine ? '' : emoji)
    }
    return button
  })
  $('.quick', menu).replaceChildren(...buttons)
}

function fill() {
  for (const [name, does] of Object.entries(applies)) {
    $('.' + name, menu).hidden = !does(row())
  }
}

/** openMenu shows the menu of a row: of its button, at the place of an event, or at one item. */
export async function openMenu(of, how) {
  const { id } = rowOf(of) ?? {}
  await ready
  if (!document.getElementById(id) || open?.row === id) return
  close()
  const at = how?.pointerType === 'mouse' ? how : of.matches('button') && buttonOf(rowOf(of))
  open = { row: id, from: document.activeElement, at }
  $('#pane').append(menu)
  menu.popover = 'manual' // a finger that is still down would close another one
  menu.showPopover()
  fillQuick()
  fill()
  place(menu, open.at, row())
  row().classList.add('chosen')
  const all = items().filter(item => item.role === 'menuitem')
  const first = how === 'delete' && all.find(item => item.matches('.delete, .hide'))
  ;(first || all[0])?.focus({ preventScroll: true })
}

function close() {
  if (!open) return
  row()?.classList.remove('chosen')
  if (menu.matches(':popover-open')) menu.hidePopover()
  document.body.append(menu) // a pane may go
  open = null
}

// The focus goes back to where it was; if that is gone, to the message.
function back(from = open?.from, of = row()) {
  const button = of && buttonOf(of)
  close()
  if (from?.isConnected && from !== document.body) from.focus({ preventScroll: true })
  else if (from?.matches('.acts button') && button) button.focus({ preventScroll: true })
  else focusRow(of)
}

function click(event) {
  const item = event.target.closest('[role=menuitem]')
  const of = row()
  const name = item && Object.keys(acts).find(name => item.matches('.' + name))
  if (!name || !of) return
  if (leads.includes(name)) close()
  else back()
  acts[name](of)
}

function step(by) {
  const all = items()
  const at = all.indexOf(document.activeElement)
  all.at((at + by + all.length) % all.length)?.focus()
}

const moves = {
  ArrowDown: () => leaveQuick() || step(1),
  ArrowUp: () => step(-1),
  ArrowRight: () => step(1),
  ArrowLeft: () => step(-1),
  Home: () => items()[0].focus(),
  End: () => items().at(-1).focus(),
  Escape: () => back(),
  Tab: () => back(),
}

// Down from the row of emoji is the item below it.
function leaveQuick() {
  if (!document.activeElement?.matches('[role=menuitemradio]')) return false
  items().find(item => item.role === 'menuitem')?.focus()
  return true
}

// A letter goes to the next item that begins with it.
function find(letter) {
  const all = items()
  const at = all.indexOf(document.activeElement)
  const order = [...all.slice(at + 1), ...all.slice(0, at + 1)]
  order.find(item => item.textContent.trim().toLowerCase().startsWith(letter))?.focus()
}

function key(event) {
  if (!open) return
  const letter = event.key.toLowerCase()
  if (moves[event.key]) moves[event.key]()
  else if (letter.length === 1 && /\p{L}/u.test(letter)) find(letter)
  else return
  event.preventDefault()
  event.stopPropagation()
}

function away({ target }) {
  if (open && !menu.contains(target)) close()
}

// The message may have changed, or gone, while its menu is open.
function refresh() {
  if (!open) return
  if (!row() || row().matches('.void') || !log()?.contains(row())) return back()
  fill()
  row().classList.add('chosen')
}

export function startMenu() {
  menu.onclick = click
  menu.onkeydown = key
  const early = { capture: true, passive: true }
  for (const type of ['pointerdown', 'wheel']) addEventListener(type, away, early)
  addEventListener('resize', () => close())
  document.addEventListener('dchat:shown', refresh)
}
