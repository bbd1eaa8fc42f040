// @ts-check
// The socket: where the page stands, and whether the line is alive.
import { acknowledger } from './ack.js'
import { as } from './answer.js'
import { flush } from './connection.js'
import { $, emit, exchange, live } from './dom.js'

const silence = 35_000 // the server says something every 20 seconds

/** position is the open pane as it was rendered: {head, relation, conversation, rev, version, gen,
 * opened}.
 * gen counts what the page reports, and was opened when the pane came.
 * @type {any} */
export const position = { gen: 0, opened: 0 }

/** genOf is the report that the server had heard of when it wrote a cursor.
 * @type {(cursor: Node) => number} */
export const genOf = cursor => Number(cursor.textContent?.split('.')[4] ?? 0)

/** @type {WebSocket | null} */
let socket = null
let closed = false // for good
let aside = false // for a page of the same person that is looked at: there are too many
let good = '' // the cursor after the last frame that the page has taken in whole
let failures = 0
let greeted = false // the server has said that it hears signs
let heard = Date.now()

// The clock may have been set meanwhile, either way.
const isSilent = () => Math.abs(Date.now() - heard) > silence
const isOpen = () => socket?.readyState === WebSocket.OPEN

function showLine() {
  const { classList } = document.documentElement
  if (isOpen()) classList.remove('offline', 'kept')
  else classList.add('offline')
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
  if (isOpen()) socket?.send(cursor())
}

/** sign tells the server something of the reader, if it hears that: one of the release before does
 * not.
 * @type {(text: string) => void} */
export function sign(text) {
  if (isOpen() && $('#hears')?.textContent) socket?.send(text)
}

const received = acknowledger(text => {
  if (isOpen()) socket?.send(text)
})

/** closeSocket ends the line for good. */
export function closeSocket() {
  closed = true
  socket?.close()
}

// A fresh element is a fresh connection: the old one may be dead without knowing, and so may those
// of requests.
function reconnect() {
  if (closed) return
  aside = false
  heard = Date.now()
  socket?.close()
  socket = null
  flush()
  connect()
}

/** connect opens the line. The page does not do that by itself: htmx may be there before the
 * script, and the server would not hear where the page stands. */
export function connect() {
  const fresh = live().cloneNode(true)
  fresh.setAttribute('hx-ws:connect', '/ws')
  exchange(live(), fresh)
}

/** wake makes sure of the line after the page was away. */
export function wake() {
  if (closed || document.visibilityState !== 'visible') return
  if (!isOpen() || isSilent()) reconnect()
  else report()
  emit('look')
}

function watch() {
  if (!aside && isSilent()) reconnect()
}

// Looking at a page brings its line back, and nothing else does once it has made way for others.
function turn() {
  if (aside) wake()
}

function greet() {
  if (greeted || !$('#hears')?.textContent) return
  greeted = true
  emit('heard')
}

// A frame that the page could not take in is asked for again, from where all was well.
function resync() {
  $('#cursor').textContent = good
  position.gen++
  const pause = Math.min(1000 * 2 ** failures++, 30_000)
  setTimeout(report, failures === 1 ? 0 : pause)
}

// A click needs one element under both its ends, so while a button is down nothing is exchanged.
/** @type {Promise<void> | null} */
let pressed = null

function press() {
  pressed = new Promise(done => {
    onpointerup = onpointercancel = () => { setTimeout(done) }
    setTimeout(done, 1000)
  })
}

/** line is what the htmx extension does for the socket.
 * @type {Record<string, HtmxHook>} */
export const line = {
  htmx_ws_before_connection(_, { connection }) {
    const query = `as=${as}&cursor=${cursor()}`
    connection.url = `${location.origin.replace('http', 'ws')}/ws?${query}`
  },
  htmx_ws_after_connection(_, { connection }) {
    socket = connection.socket
    greeted = false
    $('#hears')?.replaceChildren()
    heard = Date.now()
    received.reset()
    showLine()
    if (!connection.url.endsWith('=' + cursor())) report() // another pane was opened meanwhile
    emit('line')
  },
  htmx_ws_close(_, { code }) {
    aside = code === 4429
    if (code === 4401) emit('ended')
    else setTimeout(showLine, 1500)
  },
  htmx_ws_before_message_incoming(_, detail) {
    heard = Date.now()
    detail.waitUntil(pressed)
  },
  // What it says of the pane counts only if it means this very rendering of it. After a failure it
  // counts not at all until the server has heard of that.
  htmx_ws_after_message_incoming(_, { message }) {
    const rev = Number($('#cursor').textContent.split('.')[3])
    const heard = genOf($('#cursor')) === position.gen
    if (heard) Object.assign(position, { rev, version: Infinity })
    else if (failures) $('#cursor').textContent = good
    if (heard) failures = 0
    good = $('#cursor').textContent
    received.heard(message.data, good)
    greet()
  },
  htmx_ws_error(_, { error }) {
    if (error instanceof Error) resync()
  },
}

export function startSocket() {
  addEventListener('pointerdown', press, true)
  setInterval(watch, 2000)
  for (const event of ['online', 'visibilitychange']) addEventListener(event, wake)
  for (const event of ['focus', 'pointerdown', 'keydown']) addEventListener(event, turn, true)
  good = $('#cursor').textContent
  document.addEventListener('dchat:resync', resync)
}
