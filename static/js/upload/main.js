// @ts-check
// Files on their way. What was attached goes to the server at once, in pieces and one file after
// the other, and is not given up while the page is open. The message it belongs to waits in the
// outbox.
import { $ } from '../dom.js'
import { Upload } from './file.js'
import { show } from './page.js'
import { current, everything, next, outbox, trayOf } from './queue.js'

const silence = 60_000 // so long nothing may move before the line counts as dead

/** adopt takes over what has been attached, and what a reload has left: files that are there stay
 * what they were, and a message that still waits for others turns back into a draft. */
export function adopt() {
  for (const [conversation, tray] of Object.entries(outbox.trays)) {
    outbox.trays[conversation] = merged(tray)
  }
  for (const item of outbox.items) item.files = item.files.map(uploadOf)
  const isLost = item => item.files.some(upload => upload.state === 'lost')
  for (const item of outbox.items.filter(isLost)) {
    trayOf(item.conversation).push(...item.files)
    outbox.write(item.conversation, outbox.drafts[item.conversation], item.body)
    if (item.reply) outbox.modes[item.conversation] ??= { id: item.reply, text: '', ...item.quote }
    outbox.drop(item)
  }
  outbox.changed()
  next()
}

const uploadOf = from => from instanceof Upload ? from : new Upload(from)

// What is picked again goes on in the place it had.
function merged(tray) {
  const uploads = []
  for (const from of tray) {
    const isHere = from.file instanceof File
    const lost = uploads.find(upload => upload.state === 'lost' && upload.name === from.name)
    if (isHere && lost) lost.found(from.file)
    else uploads.push(uploadOf(from))
  }
  return uploads
}

// Messages are tried again when the line is back. What waits for it goes on, too, however long it
// was to wait.
function retry() {
  const upload = current()
  if (upload?.state === 'waiting') upload.again()
}

function watch() {
  const upload = current()
  if (upload?.state === 'running' && Math.abs(Date.now() - upload.heard) > silence) upload.revive()
}

function warn(event) {
  const under = ['queued', 'running', 'waiting']
  if (everything().some(upload => under.includes(upload.state))) event.preventDefault()
}

document.addEventListener('dchat:shown', show)
document.addEventListener('dchat:retry', retry)
addEventListener('online', () => current()?.revive())
addEventListener('beforeunload', warn)
setInterval(watch, 5000)

const style = document.createElement('link')
const { style: href } = $('#upload').dataset
document.head.append(Object.assign(style, { rel: 'stylesheet', href }))
