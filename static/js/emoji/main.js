// @ts-check
// Emoji: a popover with a search and those that were used last. It comes when it is opened.
import { $, onGlass } from '../dom.js'
import { place } from '../action/placing.js'
import { styled } from '../action/style.js'
import { build, cells, go, reset } from './grid.js'
import { use } from './recent.js'

const popover = $('#emoji')
const ready = styled(popover.dataset.style)
const search = build()

let chosen = _ => {}
let closed = () => {}

/** open shows the grid beside an element. choose gets the emoji; back gives the focus back. */
export async function open(beside, choose, back) {
  await ready
  chosen = choose
  closed = back
  reset()
  popover.showPopover()
  place(popover, null, beside)
  if (onGlass.matches) $('.cell[tabindex="0"]', popover)?.focus()
  else search.focus()
}

function close() {
  popover.hidePopover()
  closed()
}

popover.onclick = ({ target }) => {
  const cell = target.closest('.cell')
  if (!cell) return
  const emoji = cell.textContent
  use(emoji)
  close()
  chosen(emoji)
}

// As many as stand in one line above each other.
function beside(at, by) {
  const all = cells()
  const { left, top } = at.getBoundingClientRect()
  const rest = by > 0 ? all.slice(all.indexOf(at) + 1) : all.slice(0, all.indexOf(at)).reverse()
  const below = rest.find(cell => cell.getBoundingClientRect().top !== top)
  const line = below?.getBoundingClientRect().top
  const others = rest.filter(cell => cell.getBoundingClientRect().top === line)
  const far = cell => Math.abs(cell.getBoundingClientRect().left - left)
  return others.sort((a, b) => far(a) - far(b))[0]
}

// In a page from right to left the next one is on the left.
function step(at, by) {
  const all = cells()
  const sign = getComputedStyle(popover).direction === 'rtl' ? -1 : 1
  return all[all.indexOf(at) + by * sign]
}

const moves = {
  ArrowRight: at => step(at, 1),
  ArrowLeft: at => step(at, -1),
  ArrowDown: at => beside(at, 1),
  ArrowUp: at => beside(at, -1) ?? search,
  Home: () => cells()[0],
  End: () => cells().at(-1),
}

function inSearch({ key }) {
  if (key === 'ArrowDown') go(cells()[0])
  else if (key === 'Enter') cells()[0]?.click()
  else return false
  return true
}

function inGrid({ key, target }) {
  const to = moves[key]?.(target)
  if (to === search) search.focus()
  else go(to)
  return !!moves[key]
}

popover.onkeydown = event => {
  if (event.isComposing) return
  if (event.key === 'Escape') close()
  else if (!(event.target === search ? inSearch : inGrid)(event)) return
  event.preventDefault()
  event.stopPropagation()
}
