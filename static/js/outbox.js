// The outbox: a message has its key before it leaves, and they leave in order.
import { $, $$, box, composing, formOf, live, log, toLogin } from './dom.js'
import { grow } from './grow.js'
import { atEnd, toEnd } from './log.js'

/** restored is what the tab has kept for this person; an outbox of another one stays unread. */
function restored() {
  const { me } = live()?.dataset ?? {}
  const saved = me && JSON.parse(sessionStorage.getItem('outbox'))
  const { items = [], trays = {}, drafts = {} } = saved && saved.me === me ? saved : {}
  return { me, items, trays, drafts }
}

const { me, items, trays, drafts } = restored()

export const outbox = window.outbox = {
  items, // {key, body, files, url, conversation, why, final}
  trays, // files for the next message, by conversation; upload.js gives them their ids
  drafts, // its text, by conversation
  sending: new Set(), // conversations that have one under way

  keep() {
    this.kept = JSON.stringify({ me, items: this.items, trays, drafts })
    try {
      sessionStorage.setItem('outbox', this.kept)
    } catch {} // it may be full
  },

  changed() {
    this.keep()
    this.show()
  },

  write(conversation, ...texts) {
    drafts[conversation] = [...new Set(texts)].filter(Boolean).join('\n')
    this.keep()
  },

  drop(item) {
    this.items = this.items.filter(other => other !== item)
    this.changed()
  },

  retry() {
    const waiting = new Set(this.items.map(item => item.conversation))
    waiting.forEach(conversation => this.send(conversation))
  },

  async send(conversation) {
    const item = this.items.find(item => item.conversation === conversation && !item.final)
    if (!item || this.sending.has(conversation) || item.files.some(file => !file.id)) return
    this.sending.add(conversation)
    const wait = await this.post(item)
    this.sending.delete(conversation)
    if (wait) setTimeout(() => this.send(conversation), wait)
    else this.send(conversation)
  },

  // Whatever stands in the way, the message stays, with its key. Returns how long to wait.
  async post(item) {
    const attachments = item.files.map(file => ['attachment', file.id])
    const request = formOf([['key', item.key], ['body', item.body], ...attachments])
    const signal = AbortSignal.timeout(15_000)
    const answer = await fetch(item.url, { ...request, signal }).catch(() => null)
    const text = await answer?.text().catch(() => null)
    if (answer?.ok && text?.includes(item.key)) { // not somebody else's page, such as a hotel's
      await htmx.swap({ sourceElement: live(), target: live(), swap: 'none', text })
      this.drop(item)
      return 0
    }
    if (answer?.status === 401) toLogin()
    item.why = sentenceOf(text) || 'Not sent: no connection.'
    item.final = [403, 404, 413, 422].includes(answer?.status)
    this.changed()
    return item.final ? 0 : 1000 * (Number(answer?.headers.get('Retry-After')) || 3)
  },

  // Bubbles stand at the end of their log until the message itself is in it.
  show() {
    const l = log()
    const end = l && atEnd(l)
    showDraft()
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
    if (end) toEnd(l)
  },

  bubble(item) {
    const bubble = $('#pending').content.firstElementChild.cloneNode(true)
    bubble.dataset.pending = item.key
    bubble.dataset.seq = Number.MAX_SAFE_INTEGER // after everything that has a place
    $('p', bubble).textContent = item.body
    $('.retry', bubble).onclick = () => {
      item.why = item.final = ''
      this.changed()
      this.retry()
    }
    $('.discard', bubble).onclick = () => this.drop(item)
    return bubble
  },
}

function sentenceOf(text) {
  return text && new DOMParser().parseFromString(text, 'text/html').body.textContent.trim()
}

function showDraft() {
  const field = box()
  if (!field) return
  const draft = drafts[composing()] ?? ''
  if (field.value !== draft) { // never what one types: that is the draft
    field.value = draft
    grow()
  }
  field.form.autocomplete = 'off' // what the browser remembers may have been sent since
}

export function startOutbox() {
  // Typed before there was a script, or come back unsent.
  if (box()) outbox.write(composing(), drafts[composing()], box().value)
  outbox.keep()
  document.addEventListener('dchat:line', () => outbox.retry())
}
