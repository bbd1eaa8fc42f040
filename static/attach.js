// What people attach: picked, pasted or dropped, it joins the tray of the open conversation at once. What brings it to
// the server comes with the first file, and with a page that has some left.
const $ = selector => document.querySelector(selector)
const { outbox = { items: [], trays: {} } } = window // a page that only shows components has none
const { script } = $('#upload').dataset
const composer = () => $('#composer')
let tries = 0

// A script that could not be fetched is asked for under another name: browsers remember the failure.
function load() {
  import(tries ? `${script}?${tries}` : script).then(({ adopt }) => adopt(), () => {
    if (!tries++) $('#notice').replaceChildren($('#unreachable').content.cloneNode(true))
    setTimeout(load, 3000)
  })
}

function attach(files) {
  const { conversation } = composer().dataset
  const tray = outbox.trays[conversation] ??= []
  tray.push(...[...files].map(file => ({ conversation: Number(conversation), name: file.name, size: file.size, modified: file.lastModified, file })))
  load()
  if (matchMedia('(pointer: fine)').matches) composer().elements.body.focus()
}

function pick(field) {
  attach(field.files)
  field.value = ''
}

document.addEventListener('change', ({ target }) => { if (target.name === 'attachment') pick(target) })

// An office puts a picture of the text beside the text, and then the text is meant. A file manager puts the
// names of the files there.
function meansText(clipboard, files) {
  const lines = clipboard.getData('text/plain').split('\n').map(line => line.trim()).filter(Boolean)
  return lines.length > 0 && !lines.every(line => [...files].some(file => line.endsWith(file.name)))
}

document.addEventListener('paste', event => {
  const { files = [] } = event.clipboardData ?? {}
  if (!files.length || meansText(event.clipboardData, files)) return
  if (!composer() || !$('#pane').contains(event.target)) return
  event.preventDefault()
  attach(files)
})

// While files are over the pane it says where they go.
let leaving
function hint(over) {
  clearTimeout(leaving)
  $('#pane').classList.toggle('dropping', over)
  if (over) leaving = setTimeout(hint, 1000, false) // not every end of a drag is told
}

document.addEventListener('dragleave', event => { if (!$('#pane').contains(event.relatedTarget)) hint(false) })
for (const turn of ['dragenter', 'dragover', 'drop']) {
  document.addEventListener(turn, event => {
    if (!composer() || !event.dataTransfer?.types.includes('Files')) return
    event.preventDefault() // else the browser leaves the page for the file
    const over = $('#pane').contains(event.target)
    event.dataTransfer.dropEffect = over ? 'copy' : 'none'
    hint(over && turn !== 'drop')
    if (over && turn === 'drop') attach(event.dataTransfer.files)
  })
}

if (composer()?.elements.attachment.value) pick(composer().elements.attachment) // before this script was there
else if ([...Object.values(outbox.trays), ...outbox.items.map(item => item.files)].some(files => files.length)) load()
