// @ts-check
// Copying several messages: who wrote what, and when.
import { $, $$, live, log } from '../dom.js'

// selected is what a range has of a row.
function selected(row, range) {
  const part = document.createRange()
  part.selectNodeContents(row)
  if (row.contains(range.startContainer)) part.setStart(range.startContainer, range.startOffset)
  if (row.contains(range.endContainer)) part.setEnd(range.endContainer, range.endOffset)
  return part.cloneContents()
}

function lineOf(row, range) {
  const part = selected(row, range)
  const files = $$('.name', part).map(name => name.textContent)
  const pictures = $$('img[alt]', part).map(picture => picture.alt)
  const texts = $$('p, .body', part).map(text => text.textContent)
  const words = [...files, ...pictures, ...texts].filter(Boolean)
  if (!words.length) return ''
  const isOwn = row.matches('.mine')
  const name = isOwn ? live().dataset.name : $('.sr', row).textContent.replace(/:$/, '')
  return `${name}, ${$('time', row).firstChild.data.trim()}: ${words.join('\n')}`
}

function copy(event) {
  const selection = getSelection()
  if (event.target.closest?.('input, textarea') || !selection?.rangeCount || !log()) return
  const range = selection.getRangeAt(0)
  const whole = $$('.msg[id]:not(.gone, .notice, .void)', log())
  const rows = whole.filter(row => range.intersectsNode(row))
  const lines = rows.map(row => lineOf(row, range)).filter(Boolean)
  if (lines.length < 2) return // a piece of one message is copied as it is
  event.clipboardData.setData('text/plain', lines.join('\n'))
  event.preventDefault()
}

export function startCopy() {
  document.addEventListener('copy', copy)
}
