// The script of DChat: what HTML and htmx cannot do. Keys, drafts and pending bubbles, scrolling,
// reading, and a socket that notices when it is dead. What it shows, the server has rendered.
import { startComposer } from './composer.js'
import { startCopy } from './copy.js'
import { live, toLogin } from './dom.js'
import { startLog } from './log.js'
import { outbox, startOutbox } from './outbox.js'
import { startReading } from './reading.js'
import { line, startSocket, wake } from './socket.js'
import { settle, swaps } from './swap.js'
import { startTimes } from './time.js'

let leaves = 0 // when the person asked to leave: the answer to that says where to

function submit({ target }) {
  target.closest('[popover]')?.hidePopover()
  if (target.matches('[action="/logout"], [action="/settings/delete"]')) leaves = Date.now()
}

function ended() {
  if (Date.now() - leaves > 10_000) toLogin()
}

// A page that comes back from the browser's memory may have been sent from elsewhere meanwhile.
function back(event) {
  if (!event.persisted) return
  if (outbox.kept === sessionStorage.getItem('outbox')) wake()
  else location.reload()
}

// start runs the page of a person who is signed in.
function start() {
  document.addEventListener('submit', submit)
  document.addEventListener('dchat:ended', ended)
  addEventListener('pageshow', back)
  startSocket()
  startComposer()
  startCopy()
  startLog()
  startReading()
  htmx.registerExtension('dchat', { ...line, ...swaps })
  startOutbox()
  settle()
  outbox.retry()
}

startTimes()
if (live()) start()
