// @ts-check
// The row that shows a file on its way.
import { $ } from '../dom.js'
import { bytes, halves, isPhoto } from './text.js'

/** rowOf makes the row of an upload.
 * @type {(upload: Upload) => HTMLElement} */
export function rowOf(upload) {
  const row = $('#upload').content.firstElementChild.cloneNode(true)
  const { name } = upload
  const [start, end] = halves(name)
  $('.name', row).title = name
  $('.start', row).textContent = start
  $('.end', row).textContent = end
  $('.as-file', row).hidden = !isPhoto(upload)
  $('.as-file input', row).checked = upload.asFile
  $('.as-file input', row).onchange = ({ target }) => upload.choose(target.checked)
  $('.again', row).ariaLabel = `Retry ${name}`
  $('.cancel', row).onclick = () => upload.cancel()
  $('progress', row).ariaLabel = `Upload of ${name}`
  return row
}

/** showState writes the state of an upload into its row.
 * @type {(upload: Upload) => void} */
export function showState({ row, name, state, why, file }) {
  row.dataset.state = state
  $('.as-file input', row).disabled = !(file instanceof File)
  $('.note', row).textContent = why
  $('.cancel', row).ariaLabel = `${state === 'done' ? 'Remove' : 'Cancel'} ${name}`
}

/** showProgress writes how much of an upload has come.
 * @type {(upload: Upload) => void} */
export function showProgress({ row, state, sent, size }) {
  const part = state === 'running' ? `${bytes(sent)} of ` : ''
  $('.size', row).textContent = part + bytes(size)
  $('progress', row).value = sent / (size || 1)
}

/** showThumbnail puts a small picture of a file into a row.
 * @type {(row: HTMLElement, file: File) => void} */
export function showThumbnail(row, file) {
  const picture = new Image()
  picture.alt = ''
  picture.onload = picture.onerror = () => URL.revokeObjectURL(picture.src)
  picture.addEventListener('error', () => picture.remove())
  picture.src = URL.createObjectURL(file)
  $('.kind', row).append(picture)
}
