// @ts-check
// A quote leads to its message: in the page, or with the part of the conversation around it.
import { $, log } from '../dom.js'
import { loadLog } from '../place.js'
import { point } from '../point.js'

/** jump follows a quote. */
export function jump({ dataset: { to } }) {
  const row = $(`.msg[data-rev][data-seq="${to}"]:not(.void)`, log())
  if (!row) return loadLog(`${log().dataset.path}?at=${to}`)
  row.tabIndex = -1
  row.focus({ preventScroll: true })
  point(row)
}
