// @ts-check
// What one types, said as seldom as will do.
const again = 3000 // milliseconds until the same is said again
const soon = 1000 // in which a sign may come after the message that it went before
const fades = 6000 // until the other's page shows it no longer

/** typist says which of its texts are worth a sign: {write, send}.
 * @type {(say: (text: string) => void, now?: () => number) => any} */
export function typist(say, now = Date.now) {
  let [of, at] = ['', -Infinity]
  return {
    write(conversation, text) {
      const isFresh = of === conversation && now() - at < again
      if (text && isFresh) return
      if (text) {
        [of, at] = [conversation, now()]
        say('typing.' + conversation)
      } else if (of === conversation) {
        if (now() - at < fades) say('typed.' + conversation)
        of = ''
      }
    },
    // A message ends it on the other's page, unless the sign is still on its way.
    send() {
      if (of && now() - at < soon) say('typed.' + of)
      of = ''
    },
  }
}
