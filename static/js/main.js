// @ts-check
// The script of DChat: what HTML and htmx cannot do. Keys, drafts and pending bubbles, scrolling,
// reading, and a socket that notices when it is dead. What it shows, the server has rendered.
import { startActs } from './act.js'
import { answers } from './answer.js'
import { startAttach } from './attach.js'
import { startComposer } from './composer.js'
import { $, live } from './dom.js'
import { startEnded } from './ended.js'
import { startFocus } from './focus.js'
import { startKeyboard } from './keyboard.js'
import { load } from './load.js'
import { startLog } from './log.js'
import { outbox, startOutbox } from './outbox.js'
import { startPassing } from './passing.js'
import { startReading } from './reading.js'
import { startRenew } from './renew.js'
import { connect, line, startSocket, wake } from './socket.js'
import { settle, skip, swaps } from './swap.js'
import { startTimes } from './time.js'
import { forget } from './unseen.js'

// A page that comes back from the browser's memory may have been sent from elsewhere meanwhile.
function back(event) {
  if (!event.persisted) return
  if (outbox.isKept()) wake()
  else location.reload()
}

// start runs the page of a person who is signed in.
function start() {
  addEventListener('pageshow', back)
  startEnded()
  startSocket()
  startActs()
  startComposer()
  startFocus()
  startKeyboard()
  startLog()
  startReading()
  startPassing()
  htmx.registerExtension('dchat', { ...line, ...answers, ...swaps })
  startOutbox()
  skip(document)
  settle()
  connect()
  outbox.retry()
  startAttach()
}

startTimes()
startRenew()
if (live()) start()
else {
  forget()
  if ($('[action="/login"]')) load($('#store').content).then(store => store.leave(), () => {})
}
