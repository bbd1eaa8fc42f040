// @ts-check
// What is done to a message goes to the server as the wished state, so that a repetition is
// harmless. The answer brings the row, or a sentence.
import { isOurs, post, say } from '../answer.js'
import { emit, live } from '../dom.js'
import { urlOf } from './row.js'

/** take puts an answer into the page. If that fails, the stream brings it once more. */
export async function take(text) {
  try {
    await htmx.swap({ sourceElement: live(), target: live(), swap: 'none', text })
  } catch (error) {
    console.error(error)
    emit('resync')
  }
}

/** send does something to the message of a row.
 * @type {(row: HTMLElement, verb: string, fields?: object) => Promise<void>} */
export async function send(row, verb, fields = {}) {
  const answer = await post(urlOf(row, verb), fields)
  if (!answer) return say('unreachable')
  const text = await answer.text().catch(() => '')
  if (!isOurs(answer)) return say('unheard')
  return take(text)
}

/** react is the wish for a reaction; '' takes it away. */
export const react = (row, emoji) => send(row, 'react', { emoji })
