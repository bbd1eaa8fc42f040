// @ts-check
// The place in a conversation where one was stays as long as the page lives.
import { $, $$, log, seqOf } from './dom.js'

const farthest = 300 // rows: of a longer log the end would go

const places = new Map() // by the path of a conversation: {seq, offset} of the first row in sight
/** @type {{l: HTMLElement, seq: number, offset: number} | null} */
let sought = null // the place that a log is being loaded for

const rows = l => $$('.msg[data-rev]', l)
const rowOf = (l, seq) => $(`.msg[data-rev][data-seq="${seq}"]`, l)
const offsetOf = (l, row) => row.getBoundingClientRect().top - l.getBoundingClientRect().top

/** forget lets a conversation open at its end. */
export function forget(l) {
  places.delete(l.dataset.path)
  stop()
  l.dataset.left = ''
}

/** remember notes where one was in a log that is left: a row and how far below the log's top it
 * was. */
export function remember(l, row, offset) {
  const onTheWay = sought?.l === l
  stop()
  if (!l || onTheWay || 'left' in l.dataset) return
  while (row && !row.matches('.msg[data-rev]')) row = row.nextElementSibling
  if (row) places.set(l.dataset.path, { seq: seqOf(row), offset })
  else places.delete(l.dataset.path)
}

/** restore scrolls a log that has just come to where one was, and reports whether there is such a
 * place. */
export function restore(l) {
  const place = places.get(l.dataset.path)
  if (!place) return false
  sought = { l, ...place }
  seek()
  return true
}

/** seek goes on to the place that is sought, loading what is above until it is there. */
export function seek() {
  if (!sought) return
  const { l, seq, offset } = sought
  if (l !== log()) return stop()
  const row = rowOf(l, seq)
  if (row) {
    l.scrollTop += offsetOf(l, row) - offset
    return stop()
  }
  const [first] = rows(l)
  const last = rows(l).at(-1)
  if (!first || seqOf(first) < seq || !$('.older[hx-get]', l)) return stop()
  if (l.id && seqOf(last) - seq >= farthest) return jump(l, seq)
  l.scrollTop = 0 // what is above loads as it comes near
}

// Where it is far from the end, it opens as it was: without the end.
function jump(l, seq) {
  stop()
  l.dataset.left = ''
  l.scrollTop = l.scrollHeight
  loadLog(`${l.dataset.path}?before=${seq + 25}`)
}

/** loadLog puts another part of the conversation in the place of the open log. */
export function loadLog(url) {
  const target = '#pane > .scroll > .log'
  htmx.ajax('GET', url, { target, select: '.log', swap: 'outerHTML settle:0' })
}

function stop() {
  sought = null
}

export function startPlaces() {
  const turns = ['wheel', 'touchstart', 'mousedown']
  for (const turn of turns) addEventListener(turn, stop, { passive: true })
}
