// @ts-check
// The emoji, in their groups, that this system can draw.
import { drawable } from './draw.js'
import groups from '../../vendor/emoji.json'

/** parse splits the lines of a group into emoji and names.
 * @type {(lines: string) => {emoji: string, name: string}[]} */
export function parse(lines) {
  return lines.split('\n').map(line => {
    const at = line.indexOf(' ')
    return { emoji: line.slice(0, at), name: line.slice(at + 1) }
  })
}

const parsed = groups.map(([title, lines]) => ({ title, list: parse(lines) }))
const canDraw = drawable(parsed.flatMap(({ list }) => list.map(({ emoji }) => emoji)))

/** all is the emoji by group: their title, and a list. */
export const all = parsed.map(({ title, list }) =>
  ({ title, list: list.filter(({ emoji }) => canDraw(emoji)) }))

const every = all.flatMap(({ list }) => list)
export const names = new Map(every.map(({ emoji, name }) => [emoji, name]))
