// The socket: where the page stands, and whether the line is alive.
import { $, exchange, live } from './dom.js'

const silence = 35_000 // the server says something every 20 seconds

/** position is the open pane as it was rendered: {head, conversation, rev, version, gen}. */
export const position = { gen: 0 }

let socket = null
let heard = Date.now()

const isOpen = () => socket?.readyState === WebSocket.OPEN

function showLine() {
  document.documentElement.classList.toggle('offline', !isOpen())
}

// epoch.version.conversation.rev.gen: how far the server has brought the page. The pane may be
// older.
function cursor() {
  const [epoch, version] = $('#cursor').textContent.split('.')
  const { conversation, rev, gen } = position
  return [epoch, Math.min(version, position.version), conversation, rev, gen].join('.')
}

/** report tells the server where the page stands. The answer is what the page lacks. */
export function report() {
  if (isOpen()) socket.send(cursor())
}

// A fresh element is a fresh connection: the old one may be dead without knowing.
function reconnect() {
  heard = Date.now()
  socket?.close()
  socket = null
  exchange(live(), live().cloneNode(true))
}

/** wake makes sure of the line after the page was away. */
export function wake() {
  if (document.visibilityState !== 'visible') return
  if (!isOpen() || Date.now() - heard > silence) reconnect()
  else report()
  document.dispatchEvent(new Event('dchat:look'))
}

function watch() {
  if (Date.now() - heard > silence) reconnect()
}

// A click needs one element under both its ends, so while a button is down nothing is exchanged.
let pressed = null

function press() {
  pressed = new Promise(done => {
    onpointerup = onpointercancel = () => setTimeout(done)
    setTimeout(done, 1000)
  })
}

/** line is what the htmx extension does for the socket. */
export const line = {
  htmx_ws_before_connection(_, { connection }) {
    connection.url = location.origin.replace('http', 'ws') + '/ws?cursor=' + cursor()
  },
  htmx_ws_after_connection(_, { connection }) {
    socket = connection.socket
    heard = Date.now()
    showLine()
    if (!connection.url.endsWith('=' + cursor())) report() // another pane was opened meanwhile
    document.dispatchEvent(new Event('dchat:line'))
  },
  htmx_ws_close(_, { code }) {
    if (code === 4401) document.dispatchEvent(new Event('dchat:ended'))
    else setTimeout(showLine, 1500)
  },
  htmx_ws_before_message_incoming(_, detail) {
    heard = Date.now()
    detail.waitUntil(pressed)
  },
  // What it says of the pane counts only if it means this very rendering of it.
  htmx_ws_after_message_incoming() {
    const [, , , rev, gen] = $('#cursor').textContent.split('.').map(Number)
    if (gen === position.gen) Object.assign(position, { rev, version: Infinity })
  },
}

export function startSocket() {
  addEventListener('pointerdown', press, true)
  setInterval(watch, 2000)
  for (const turn of ['online', 'visibilitychange']) addEventListener(turn, wake)
}
