// @ts-check
// What is done to a message goes to the server as the wished state, so that a repetition is
// harmless. The answer brings the row, or a sentence.
import { isOurs, post, say } from '../answer.js'
import { take } from '../take.js'
import { urlOf } from './row.js'

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
