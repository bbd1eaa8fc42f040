// @ts-check
// Notifications, sound and badges of an open page. What arrives while no page is open is the
// business of the service worker.
import { badge } from './badge.js'
import { claim } from './claim.js'
import { press, prepare } from './device.js'
import { notify, withdraw } from './notification.js'
import { play } from './sound.js'

export { forget } from './device.js'

/** What the rows of the sidebar show: when their last message came, and how many are unread.
 * @type {Map<string, { at: number, unread: number }>} */
let known = new Map()

// A row that is not known yet is as old as the page, which loads this script with the first unread
// message.
const begun = { at: Date.parse(document.getElementById('live')?.dataset.now ?? ''), unread: 0 }

// A page in sight has the first word: it may be reading the message at this moment.
const patience = 600

/** @type {() => HTMLElement[]} */
const rows = () => {
  return [...document.querySelectorAll('#chats a.row')].filter(row => row instanceof HTMLElement)
}

const unreadIn = row => Number(row.querySelector('.badge')?.dataset.unread ?? 0)

// A row says in microseconds when its last message came; notifications say it in milliseconds.
const timeOf = row => Math.floor(Number(row.dataset.at) / 1000)

export const isInSight = () => document.visibilityState === 'visible' && document.hasFocus()

/** look compares the sidebar with what it was, and tells of what is new.
 * @type {(sum: number) => void} */
export function look(sum) {
  badge(sum)
  prepare().catch(() => {})
  const now = new Map()
  for (const row of rows()) {
    const state = { at: timeOf(row), unread: unreadIn(row) }
    const was = known.get(row.id) ?? begun
    now.set(row.id, state)
    if (state.unread > was.unread && state.at > was.at) arrive(row.id, state.at)
    if (!state.unread && (was.unread || was === begun)) withdraw(row.id, state.at)
  }
  known = now
}

const isRead = row => {
  const reading = document.documentElement.classList.contains('reading')
  return reading && row.getAttribute('aria-current') === 'page'
}

/** @type {(id: string, at: number) => Promise<void>} */
async function arrive(id, at) {
  const sight = isInSight()
  if (!sight) await new Promise(done => setTimeout(done, patience))
  const row = document.getElementById(id)
  if (!row || !unreadIn(row) || !await claim(id, at)) return
  if (isRead(row)) return
  const settings = document.getElementById('notifying')
  if (settings?.dataset.sound !== undefined) play()
  if (!sight) notify(row, at)
}

document.addEventListener('click', ({ target }) => {
  const button = target instanceof Element && target.closest('#device button')
  if (button instanceof HTMLElement) press(button)
})
