// @ts-check
// What people do with messages: their menu, keys, the modes of the composer, emoji, jumps. act.js
// loads it when they turn to a message.
import { startContext } from './context.js'
import { startCopy } from './copy.js'
import { startKeys } from './keys.js'
import { startMenu } from './menu.js'
import { startMode } from './mode.js'
import { press, startTouch } from './touch.js'

export { pickEmoji } from './emoji.js'
export { jump } from './jump.js'
export { key } from './keys.js'
export { openMenu } from './menu.js'
export { edit, editLast, leave, showMode } from './mode.js'

/** turn does little for a person who only looks at a message. But a finger may be down on one since
 * before the script was there.
 * @type {(held?: () => TouchEvent | null) => void} */
export function turn(held) {
  const event = held?.()
  if (event) press(event)
}

startContext()
startCopy()
startKeys()
startMenu()
startMode()
startTouch()
