// @ts-check
// The outbox: messages that wait for the server's answer. Each has a key, and they leave in order.
import { act } from './act.js'
import { adopt } from './adopt.js'
import { headers, isOurs, post, sentenceOf, whyNot } from './answer.js'
import { bubbleOf } from './bubble.js'
import { fetchAgain, flush } from './connection.js'
import { $, $$, box, composing, emit, live, log, toField } from './dom.js'
import { grow } from './grow.js'
import { lend } from './lend.js'
import { load } from './load.js'
import { keepEnd } from './log.js'
import { position } from './socket.js'
import { take } from './take.js'

const { me } = live()?.dataset ?? {}
const final = [403, 404, 413, 422] // answers that are the same the next time
const place = 'outbox-' + me // each person's own: what another has left in this tab waits unread

// A UUID of version 4; crypto.randomUUID is missing on plain-HTTP hosts.
const randomDigit = () => (crypto.getRandomValues(new Uint8Array(1))[0] & 15).toString(16)
const newKey = () => '00000000-0000-4000-8000-000000000000'.replace(/0/g, randomDigit)

function restored() {
  try {
    return me && JSON.parse(/** @type {string} */ (sessionStorage.getItem(place)))
  } catch {
    return null // no storage, or not what this version has written
  }
}

const kept = restored() ?? {}
const { items = [], trays = {}, drafts = {}, modes = {}, times = {}, stored = {} } = kept

/** @type {Outbox} */
export const outbox = {
  items, // {key, body, files, url, conversation, why, final}
  trays, // files for the next message, by conversation; upload.js gives them their ids
  drafts, // its text, by conversation
  modes, // what it answers, or what is edited instead, by conversation
  times, // when its text changed, by conversation
  stored, // what the script that stores the outbox notes for this tab
  headers, // of whatever sends files
  fetchAgain,
  flush,
  sending: new Set(), // conversations that have one under way
  stopped: false, // because the page is over

  keep() {
    this.mirror()
    window.onbeforeunload = this.items.length && !this.stopped ? warn : null
    emit('kept')
  },

  // What a tab shows at once after a reload, before the browser's database answers.
  mirror() {
    this.kept = JSON.stringify({ items: this.items, trays, drafts, modes, times, stored })
    try {
      sessionStorage.setItem(place, this.kept)
    } catch {} // it may be full
  },

  isKept() {
    return this.kept === sessionStorage.getItem(place)
  },

  holds() {
    const files = Object.values(trays).flat()
    return this.items.length > 0 || files.length > 0 || Object.values(drafts).some(Boolean)
  },

  changed() {
    this.keep()
    this.show()
  },

  write(conversation, ...texts) {
    const text = [...new Set(texts)].filter(Boolean).join('\n')
    const isNew = text !== (drafts[conversation] ?? '')
    if (isNew) times[conversation] = Date.now() + Math.random() // no two tabs have the same
    drafts[conversation] = text
    this.keep()
  },

  // What is queued is no longer a draft.
  add(message) {
    const at = performance.timeOrigin + performance.now() // two in one millisecond keep their order
    this.items.push({ key: newKey(), at, ...message })
    this.write(message.conversation)
    this.changed()
    this.retry()
  },

  drop(item) {
    this.items = this.items.filter(other => other !== item)
    ;(stored.dropped ??= []).push(item.key)
    this.changed()
  },

  retry() {
    const waiting = new Set(this.items.map(item => item.conversation))
    waiting.forEach(conversation => this.send(conversation))
    emit('retry')
  },

  async send(conversation) {
    if (this.sending.has(conversation) || !this.next(conversation)) return
    this.sending.add(conversation)
    await ready
    const wait = await this.turn(conversation).catch(pauseAfter)
    this.sending.delete(conversation)
    if (wait) setTimeout(() => this.send(conversation), wait)
    else this.send(conversation)
  },

  next(conversation) {
    const item = this.items.find(item => item.conversation === conversation && !item.final)
    return !this.stopped && item?.files.every(file => file.id) ? item : undefined
  },

  // One turn of sending. The script that stores the outbox sees to it that tabs take turns.
  async turn(conversation) {
    const item = this.next(conversation)
    return item ? this.post(item) : 0
  },

  // A message that is not stored stays in the outbox, with its key. Returns how long to wait.
  async post(item) {
    const { key, body, read = 0, reply = '' } = item
    const attachments = item.files.map(file => ['attachment', file.id])
    const fields = [...Object.entries({ key, body, read, reply }), ...attachments]
    const answer = await post(item.url, fields)
    const text = await answer?.text().catch(() => null)
    const ours = isOurs(answer)
    if (ours && answer.ok && text?.includes(`data-key="${item.key}"`)) {
      await take(text)
      this.drop(item)
      return 0
    }
    if (this.stopped) return 0
    item.why = ours && sentenceOf(text) || whyNot(answer)
    item.final = ours && final.includes(answer.status)
    this.changed()
    return item.final ? 0 : 1000 * (Number(answer?.headers.get('Retry-After')) || 3)
  },

  // Bubbles stand at the end of their log until the message itself is in it.
  show() {
    showDraft()
    keepEnd(() => {
      this.showPending()
      emit('shown')
    })
  },

  showPending() {
    const l = log()
    const here = item => l?.id === 'messages-' + item.conversation
    const pending = this.items.filter(item => here(item) && !$(`[data-key="${item.key}"]`, l))
    for (const bubble of $$('[data-pending]')) {
      if (!pending.some(item => item.key === bubble.dataset.pending)) bubble.remove()
    }
    for (const item of pending) {
      const bubble = $(`[data-pending="${item.key}"]`, l) || l.appendChild(this.bubble(item))
      bubble.className = 'msg mine ' + (item.why ? 'failed' : 'pending')
      $('.why', bubble).textContent = item.why || ''
    }
  },

  bubble(item) {
    const bubble = bubbleOf(item)
    $('.retry', bubble).onclick = () => {
      item.why = ''
      item.final = false
      this.changed()
      this.retry()
      toField()
    }
    $('.discard', bubble).onclick = () => {
      this.drop(item)
      toField()
    }
    return bubble
  },
}

// On a page that was never touched a browser does not ask, and complains.
function warn(event) {
  if (navigator.userActivation?.hasBeenActive !== false) event.preventDefault()
}

function pauseAfter(error) {
  console.error(error)
  return 3000
}

function showDraft() {
  const field = box()
  if (!field) return
  adopt(outbox)
  if (modes[composing()] || $('#mode')) act('showMode')
  const draft = drafts[composing()] ?? ''
  if (field.value !== draft) { // never what one types: that is the draft
    field.value = draft
    grow()
  }
  field.form.autocomplete = 'off' // what the browser remembers may have been sent since
}

/** @type {Promise<unknown>} */
let ready

// Before another tab's messages are known nothing is sent, unless that takes too long.
const store = () => load($('#store').content).then(script => script.start(), () => {
  setTimeout(store, 3000)
})

export function startOutbox() {
  lend(outbox, position)
  // Typed before there was a script, or come back unsent.
  adopt(outbox)
  if (box() && !modes[composing()]?.rev) outbox.write(composing(), drafts[composing()], box().value)
  outbox.keep()
  ready = Promise.race([store(), new Promise(done => setTimeout(done, 5000))])
  document.addEventListener('dchat:line', () => outbox.retry())
}
