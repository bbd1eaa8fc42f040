// @ts-check
// The page as its person sees it, for the time without a connection: the shell and the pane apart,
// so that any pane fits into the latest shell. What belongs to this tab only is left out.
import { $, $$ } from '../dom.js'
import { slot } from './names.js'

const passing = '[data-pending], #mode, #other, .new, .presence > *, .types > *, .compose > .error'
const emptied = '#hears, #notice, #results, .tray, .field textarea'

/** @type {(root: ParentNode) => void} */
function clean(root) {
  for (const element of $$(passing, root)) element.remove()
  for (const element of $$(emptied, root)) element.replaceChildren()
  for (const row of $$('.here', root)) row.classList.remove('here')
  // Words such as "Yesterday" are wrong later.
  for (const time of $$('time[data-here]', root)) delete time.dataset.here
  for (const dialog of $$('dialog', root)) dialog.removeAttribute('open')
}

// What disappears would not do so in time. The row stays, older than any that the server sends, and
// what is returned is the revision after which they all come.
function blank(log, rev) {
  let from = rev
  for (const row of $$('.msg[data-expires]', log)) {
    from = Math.min(from, Number(row.dataset.rev) - 1)
    row.dataset.rev = '0'
    const text = document.createElement('p')
    text.textContent = 'A disappearing message. It is shown with a connection.'
    row.replaceChildren(text)
  }
  return from
}

// So does the last line in the sidebar, which comes with all others once there is a connection.
function blankLines(root) {
  const lines = $$('.last[data-expires]', root)
  for (const line of lines) line.replaceChildren()
  const cursor = $('#cursor', root)
  if (lines.length) cursor.textContent = cursor.textContent.replace(/\.\d+/, '.0')
}

// Everything but the pane, whose rows are many.
function copy(element, pane) {
  if (element === pane) return document.createElement('main')
  if (!element.contains(pane)) return element.cloneNode(true)
  const fresh = element.cloneNode(false)
  for (const child of element.childNodes) fresh.append(copy(child, pane))
  return fresh
}

// Styles of scripts come with them once more, and the icon has the count of this moment.
function tidy(root) {
  for (const sheet of $$('link[rel=stylesheet] ~ link[rel=stylesheet]', root)) sheet.remove()
  const icon = $('link[rel=icon]', root)
  if (icon?.dataset.plain) icon.setAttribute('href', icon.dataset.plain)
  $('#live', root).removeAttribute('hx-ws:connect')
}

/** shellOf is the page without its pane. */
export function shellOf() {
  const pane = $('#pane')
  const root = copy(document.documentElement, pane)
  clean(root)
  tidy(root)
  blankLines(root)
  root.className = 'offline kept'
  const main = $('.shell > main', root)
  main.outerHTML = slot
  return '<!DOCTYPE html>' + root.outerHTML
}

function titled(text, pane) {
  const title = document.createElement('title')
  title.textContent = text
  return title.outerHTML + pane.outerHTML
}

/** partOf is the pane of a conversation with its title. It is as new as what the page has heard of
 * it: what came later comes once there is a connection.
 * @type {(position: { version: any, rev: any }, path: string) => string} */
export function partOf({ version, rev }, path) {
  const pane = $('#pane').cloneNode(true)
  clean(pane)
  pane.dataset.version = Math.min($('#cursor').textContent.split('.')[1], version)
  const l = $('[role=log]', pane)
  if (l) l.dataset.rev = blank(l, rev)
  $('#composer', pane)?.setAttribute('action', path + '/messages')
  return titled(`${$('h1', pane).textContent} · DChat`, pane)
}

/** otherOf is the pane in the place of those that are not kept. */
export function otherOf() {
  const pane = document.createElement('main')
  Object.assign(pane, { id: 'pane', className: 'pane blank unkept', tabIndex: -1 })
  pane.dataset.at = 'list'
  pane.setAttribute('hx-history-elt', '')
  pane.append($('#unkept').content.cloneNode(true))
  return titled('DChat', pane)
}

/** assetsOf are the scripts and styles that the page asks for, now or later.
 * @type {(isAsset: (path: string) => boolean) => string[]} */
export function assetsOf(isAsset) {
  const all = [...$$('head *'), ...$$('[data-script], [data-style], [data-keep]')]
  const values = all.flatMap(element => [...element.attributes].map(({ value }) => value))
  return [...new Set(values.filter(isAsset))]
}
