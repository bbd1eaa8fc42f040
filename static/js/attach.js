// @ts-check
// What people attach: picked, pasted or dropped, it joins the tray of the open conversation at
// once. What brings it to the server comes with the first file, and with a page that has some left.
import { say } from './answer.js'
import { $, onGlass, toField } from './dom.js'
import { load } from './load.js'
import { outbox } from './outbox.js'

const composer = () => $('#composer')
let said = false

// A page that has ended has no files to bring.
function bring() {
  const upload = $('#upload')
  if (!upload) return
  load(upload.dataset.script).then(({ adopt }) => adopt(), () => {
    if (!said) say('unreachable')
    said = true
    setTimeout(bring, 3000)
  })
}

// What a reload or another tab has left. Files that the upload script has taken over have a row.
function left() {
  const lists = [...Object.values(outbox.trays), ...outbox.items.map(item => item.files)]
  if (lists.flat().some(file => !file.row)) bring()
}

function attach(files) {
  const { conversation } = composer().dataset
  const tray = outbox.trays[conversation] ??= []
  for (const file of files) {
    const { name, size, lastModified: modified } = file
    tray.push({ conversation: Number(conversation), name, size, modified, file })
  }
  bring()
  if (!onGlass.matches) toField()
}

function pick(field) {
  attach(field.files)
  field.value = ''
}

function change({ target }) {
  if (target.name === 'attachment') pick(target)
}

// An office puts a picture of the text beside the text, and then the text is meant. A file manager
// puts the names of the files there.
function meansText(clipboard, files) {
  const lines = clipboard.getData('text/plain').split('\n').map(line => line.trim()).filter(Boolean)
  return lines.length > 0 && !lines.every(line => [...files].some(file => line.endsWith(file.name)))
}

function paste(event) {
  const { clipboardData } = event
  if (!clipboardData?.files.length || meansText(clipboardData, clipboardData.files)) return
  if (!composer() || !$('#pane').contains(event.target)) return
  event.preventDefault()
  attach(clipboardData.files)
}

// While files are over the pane it says where they go.
/** @type {ReturnType<typeof setTimeout> | undefined} */
let leaving

function hint(over) {
  clearTimeout(leaving)
  $('#pane').classList.toggle('dropping', over)
  if (over) leaving = setTimeout(hint, 1000, false) // not every end of a drag is an event
}

function drag(event) {
  const { type, dataTransfer } = event
  if (!composer() || !dataTransfer?.types.includes('Files')) return
  event.preventDefault() // else the browser leaves the page for the file
  const over = $('#pane').contains(event.target)
  dataTransfer.dropEffect = over ? 'copy' : 'none'
  hint(over && type !== 'drop')
  if (over && type === 'drop') attach(dataTransfer.files)
}

function leave(event) {
  if (!$('#pane').contains(event.relatedTarget)) hint(false)
}

export function startAttach() {
  document.addEventListener('change', change)
  document.addEventListener('paste', paste)
  document.addEventListener('dragleave', leave)
  for (const turn of ['dragenter', 'dragover', 'drop']) document.addEventListener(turn, drag)
  document.addEventListener('dchat:left', left)
  const early = composer()?.elements.attachment // picked before this script was there
  if (early?.value) pick(early)
  else left()
}
