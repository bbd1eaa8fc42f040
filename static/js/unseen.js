// @ts-check
// What a person who is not looking learns. The script for it comes with the first unread message,
// and where the browser may notify or can be set up for it.
import { $ } from './dom.js'
import { load } from './load.js'

let count = 0

/** @type {(use: (script: any) => void) => void} */
const withScript = use => { load($('#notifying').dataset.script).then(use, () => {}) }

/** tell hands over how many messages are unread, each time that it may have changed.
 * @type {(sum: number) => void} */
export function tell(sum) {
  if (!sum && !count && !$('#device[hidden]') && self.Notification?.permission !== 'granted') return
  count = sum
  withScript(script => script.look(sum))
}

/** forget ends what the browser was set up for by a person who is signed out now. */
export function forget() {
  if (navigator.serviceWorker?.controller && $('#notifying')) withScript(script => script.forget())
}
