// @ts-check
// Rows find their places among those that are there. The extension's own way compares each with
// all; with a thousand contacts that takes a second.
const numberOf = (row, key) => Number(row.getAttribute(key) ?? NaN)

/** spotFor is the index of the first row that comes after a number.
 * @type {(rows: any[], number: number, key: string, sign: number) => number} */
export function spotFor(rows, number, key, sign) {
  let [low, high] = [0, rows.length]
  while (low < high) {
    const middle = low + high >> 1
    if (sign * (numberOf(rows[middle], key) - number) > 0) high = middle
    else low = middle + 1
  }
  return low
}

/** upsert is the swap that puts rows with a number into a list that is sorted by it.
 * @type {HtmxSwap} */
export function upsert(style, list, fragment, { key, sort }) {
  if (style !== 'sorted') return false
  const sign = sort === 'desc' ? -1 : 1
  const rows = [...list.children].filter(row => !isNaN(numberOf(row, key)))
  for (const row of [...fragment.children]) {
    const known = row.id && document.getElementById(row.id)
    if (known) {
      const at = rows.indexOf(known)
      if (at < 0 || numberOf(known, key) === numberOf(row, key)) {
        if (at >= 0) rows[at] = row
        known.replaceWith(row)
        continue
      }
      rows.splice(at, 1)
      known.remove()
    }
    const at = spotFor(rows, numberOf(row, key), key, sign)
    list.insertBefore(row, rows[at] ?? rows.at(-1)?.nextSibling ?? null)
    rows.splice(at, 0, row)
  }
  return true
}

/** sorted makes upserts by a number ours.
 * @type {(tasks: HtmxTask[]) => void} */
export function sorted(tasks) {
  for (const { swapSpec } of tasks) {
    if (swapSpec?.style === 'upsert' && swapSpec.key && swapSpec.sort) swapSpec.style = 'sorted'
  }
}
