// @ts-check
// Without a database what is written lasts as long as its tab, and one is told so.
import { say } from '../answer.js'
import { outbox } from './state.js'

const place = 'warned'

function isTold() {
  try {
    const told = !!sessionStorage.getItem(place)
    sessionStorage.setItem(place, 'yes')
    return told
  } catch {
    return true // a tab keeps nothing at all; it warns before it is left
  }
}

let isWatching = false

function tell() {
  if (!outbox.holds() || isTold()) return
  document.removeEventListener('dchat:kept', tell)
  say('fragile')
}

/** warn says it once in a tab, when something is written. */
export function warn() {
  if (isWatching) return
  isWatching = true
  document.addEventListener('dchat:kept', tell)
  tell()
}
