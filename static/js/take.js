// @ts-check
// Answers of the server that become part of the page.
import { emit, live } from './dom.js'

/** take puts an answer into the page. If the page cannot show it, the stream brings it once more. */
export async function take(text) {
  try {
    await htmx.swap({ sourceElement: live(), target: live(), swap: 'none', text })
  } catch (error) {
    console.error(error)
    emit('resync')
  }
}
