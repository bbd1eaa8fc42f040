// @ts-check
// The emoji that a person has used last, in this browser. Signing out empties the storage.
import { live } from '../dom.js'

const most = 24
const place = 'emoji-' + live()?.dataset.me

/** latest puts an emoji before the others.
 * @type {(list: string[], emoji: string) => string[]} */
export const latest = (list, emoji) => [emoji, ...list.filter(e => e !== emoji)].slice(0, most)

/** @type {() => string[]} */
export function recent() {
  try {
    const list = JSON.parse(localStorage.getItem(place) ?? '[]')
    return Array.isArray(list) ? list.filter(emoji => typeof emoji === 'string') : []
  } catch {
    return [] // no storage, or not what this version has written
  }
}

export function use(emoji) {
  try {
    localStorage.setItem(place, JSON.stringify(latest(recent(), emoji)))
  } catch {} // it may be full
}
