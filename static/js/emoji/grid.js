// @ts-check
// The grid: a search, the groups, and in each its emoji. One of them is reached by Tab, the others
// by the arrows.
import { $, $$ } from '../dom.js'
import { all, names } from './data.js'
import { recent } from './recent.js'
import { matches } from './search.js'

const popover = $('#emoji')

/** @type {(tag: string, properties?: object, ...children: (Node | string)[]) => any} */
function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties)
  element.append(...children)
  return element
}

function cell(emoji) {
  const name = names.get(emoji) ?? emoji
  const named = { ariaLabel: name, title: name, className: 'cell' }
  return make('button', { type: 'button', tabIndex: -1, ...named }, emoji)
}

function group(title, list) {
  const cells = make('div', { className: 'cells' }, ...list.map(cell))
  return make('section', { ariaLabel: title }, make('h2', {}, title), cells)
}

const search = make('input', {
  type: 'search', placeholder: 'Search emoji', ariaLabel: 'Search emoji',
  autocomplete: 'off', spellcheck: false,
})
const tabs = make('nav', { ariaLabel: 'Groups' })
const body = make('div', { className: 'body' })
const hidden = { className: 'none', hidden: true, role: 'status' }
const none = make('p', hidden, 'No emoji of this name.')
const last = group('Recent', [])
const sections = all.map(({ title, list }) => group(title, list.map(({ emoji }) => emoji)))

function tab(section) {
  const { ariaLabel } = section
  const button = make('button', { type: 'button', ariaLabel, title: ariaLabel })
  button.textContent = $('.cell', section)?.textContent ?? ''
  button.onclick = () => {
    search.value = ''
    filter()
    section.scrollIntoView({ block: 'start' })
  }
  return button
}

/** cells are the emoji that are shown. */
export const cells = () => $$('section:not([hidden]) .cell:not([hidden])', body)

// The one that Tab comes to.
function offer(at = cells()[0]) {
  for (const old of $$('.cell[tabindex="0"]', body)) old.tabIndex = -1
  if (at) at.tabIndex = 0
}

export function go(at) {
  if (!at) return
  offer(at)
  at.focus()
}

function filter() {
  const query = search.value
  last.hidden = !!query || !$('.cell', last)
  for (const section of sections) {
    for (const cell of $$('.cell', section)) cell.hidden = !matches(cell.title, query)
    section.hidden = !$('.cell:not([hidden])', section)
  }
  none.hidden = cells().length > 0
  body.scrollTop = 0
  offer()
}

/** reset shows all emoji, and those that were used last first. */
export function reset() {
  $('.cells', last).replaceChildren(...recent().filter(emoji => names.has(emoji)).map(cell))
  search.value = ''
  filter()
}

/** build fills the popover and returns its search box. */
export function build() {
  search.oninput = filter
  tabs.append(...sections.map(tab))
  body.append(last, ...sections, none)
  popover.append(search, tabs, body)
  return search
}
