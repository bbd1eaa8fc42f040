// @ts-check
// A page out of what was kept: the shell, and a pane with its title.
import { slot } from '../keep/names.js'

const title = /<title>[^]*?<\/title>/
// The shell says when it was made, and the page sets its clock by that.
const made = /(<div id="live"(?:[^>"]|"[^"]*")*? data-now=")[^"]*/

/** compose puts a pane into the shell.
 * @type {(shell: string, part: string, now: Date) => string} */
export function compose(shell, part, now) {
  const heading = part.match(title)?.[0] ?? ''
  const pane = part.replace(heading, () => '')
  return shell.replace(title, () => heading)
    .replace(slot, () => pane)
    .replace(made, (_, before) => before + now.toISOString())
}
