// @ts-check
// What a system cannot draw as one sign it draws as several, or as a box.
const least = 0.7
const most = 1.3

/** drawable tells whether emoji are as wide as one that every system has. Where few are, the
 * measure is wrong, and all are shown.
 * @type {(list: string[]) => (emoji: string) => boolean} */
export function drawable(list) {
  const pen = document.createElement('canvas').getContext('2d')
  if (!pen) return () => true
  pen.font = '20px sans-serif'
  const width = text => pen.measureText(text).width
  const usual = width('😀')
  const fits = emoji => width(emoji) >= least * usual && width(emoji) <= most * usual
  const fitting = new Set(list.filter(fits))
  return 2 * fitting.size < list.length ? () => true : emoji => fitting.has(emoji)
}
