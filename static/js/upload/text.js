// @ts-check
// What a file is called, and how large it is.

const photos = /\.(a?png|avif|gif|hei[cf]|jpe?g|webp)$/i

/** @type {(upload: {name: string, file?: File}) => boolean} */
export function isPhoto({ name, file }) {
  return photos.test(name) || /^image\/(?!svg)/.test(file?.type ?? '')
}

/** characters are those that people see, where the browser knows them.
 * @type {(text: string) => string[]} */
export function characters(text) {
  if (!Intl.Segmenter) return [...text]
  return [...new Intl.Segmenter().segment(text)].map(part => part.segment)
}

/** halves cuts a name so that its end stays in view, as where the server shows it.
 * @type {(name: string) => [start: string, end: string]} */
export function halves(name) {
  const dot = name.lastIndexOf('.')
  const stem = characters(dot < 0 || name.length - dot > 12 ? name : name.slice(0, dot))
  const start = stem.length > 8 ? stem.slice(0, -4).join('') : ''
  return [start, name.slice(start.length)]
}

/** bytes writes a size as the server does.
 * @type {(n: number) => string} */
export function bytes(n) {
  if (n === 1) return '1 byte'
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  let unit = 0
  for (; n >= 999.5 && unit < 4; unit++) n /= 1000
  const number = unit && n < 9.95 ? n.toFixed(1).replace('.0', '') : Math.round(n)
  return `${number} ${units[unit]}`
}
