// The one script of DChat: what HTML and htmx cannot do. Keys, drafts and pending bubbles, scrolling,
// reading, and a socket that notices when it is dead. What it shows, the server has rendered.
(() => {
  'use strict'
  const $ = (selector, from = document) => from.querySelector(selector)
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)]
  const live = () => $('#live')
  const log = () => $('#pane [role=log]')
  const box = () => $('#composer textarea')
  const composing = () => box()?.form.dataset.conversation // the conversation one writes into
  const seqOf = row => Number(row.dataset.seq)
  const form = fields => ({ method: 'POST', headers: { 'HX-Request': 'true' }, body: new URLSearchParams(fields) })
  const toLogin = () => { location.href = '/login?next=' + encodeURIComponent(location.pathname) }

  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'
  document.cookie = `tz=${encodeURIComponent(zone)};path=/;max-age=31536000;samesite=lax`
  if (!live()) return // signed out

  // ---- The socket: where the page stands, and whether the line is alive ------------------------
  const silence = 35_000 // the server says something every 20 seconds
  let pane = { gen: 0 } // as it was rendered: {head, conversation, rev, version, gen}
  let socket = null
  let heard = Date.now()

  const isOpen = () => socket?.readyState === WebSocket.OPEN
  const offline = () => document.documentElement.classList.toggle('offline', !isOpen())

  // epoch.version.conversation.rev.gen: how far the server has brought the page. The pane may be older.
  function cursor() {
    const [epoch, version] = $('#cursor').textContent.split('.')
    return [epoch, Math.min(version, pane.version), pane.conversation, pane.rev, pane.gen].join('.')
  }

  const report = () => { if (isOpen()) socket.send(cursor()) } // the answer is what the page lacks
  const exchange = (old, fresh) => { old.replaceWith(fresh); htmx.process(fresh) }
  // A fresh element is a fresh connection: the old one may be dead without knowing.
  function reconnect() {
    heard = Date.now()
    socket?.close()
    socket = null
    exchange(live(), live().cloneNode(true))
  }

  function wake() {
    if (document.visibilityState !== 'visible') return
    !isOpen() || Date.now() - heard > silence ? reconnect() : report()
    look()
  }

  // A click needs one element under both its ends, so while a button is down nothing is exchanged.
  let pressed = null, leaves = 0
  addEventListener('pointerdown', () => { pressed = new Promise(done => { onpointerup = onpointercancel = () => setTimeout(done); setTimeout(done, 1000) }) }, true)

  const line = {
    htmx_ws_before_connection(_, { connection }) { connection.url = location.origin.replace('http', 'ws') + '/ws?cursor=' + cursor() },
    htmx_ws_after_connection(_, { connection }) {
      socket = connection.socket
      heard = Date.now()
      offline()
      if (!connection.url.endsWith('=' + cursor())) report() // another pane was opened meanwhile
      outbox.retry()
    },
    htmx_ws_close(_, { code }) { code !== 4401 ? setTimeout(offline, 1500) : Date.now() - leaves > 10_000 && toLogin() },
    htmx_ws_before_message_incoming(_, detail) { heard = Date.now(); detail.waitUntil(pressed) },
    htmx_ws_after_message_incoming() { // what it says of the pane counts only if it means this very rendering of it
      const [, , , rev, gen] = $('#cursor').textContent.split('.').map(Number)
      if (gen === pane.gen) Object.assign(pane, { rev, version: Infinity })
    },
  }
  setInterval(() => { if (Date.now() - heard > silence) reconnect() }, 2000)
  for (const turn of ['online', 'visibilitychange']) addEventListener(turn, wake)
  addEventListener('pageshow', event => { if (event.persisted) outbox.kept === sessionStorage.getItem('outbox') ? wake() : location.reload() })

  // ---- The outbox: a message has its key before it leaves, and they leave in order --------------
  const saved = JSON.parse(sessionStorage.getItem('outbox'))
  const { me, items = [], trays = {}, drafts = {} } = saved?.me === live().dataset.me ? saved : live().dataset
  const outbox = window.outbox = {
    items, // {key, body, files, url, conversation, why, final}
    trays, // files for the next message, by conversation: upload.js puts them there, and gives them an id at last
    drafts, // its text, by conversation
    sending: new Set(), // conversations that have one under way
    keep() { try { sessionStorage.setItem('outbox', this.kept = JSON.stringify({ me, items: this.items, trays, drafts })) } catch {} }, // it may be full
    changed() { this.keep(); this.show() },
    write(conversation, ...texts) { drafts[conversation] = [...new Set(texts)].filter(Boolean).join('\n'); this.keep() },
    drop(item) { this.items = this.items.filter(other => other !== item); this.changed() },
    retry() { new Set(this.items.map(item => item.conversation)).forEach(conversation => this.send(conversation)) },

    async send(conversation) {
      const item = this.items.find(item => item.conversation === conversation && !item.final)
      if (!item || this.sending.has(conversation) || item.files.some(file => !file.id)) return
      this.sending.add(conversation)
      const wait = await this.post(item)
      this.sending.delete(conversation)
      wait ? setTimeout(() => this.send(conversation), wait) : this.send(conversation)
    },

    // Whatever stands in the way, the message stays, with its key. Returns how long to wait.
    async post(item) {
      const fields = [['key', item.key], ['body', item.body], ...item.files.map(file => ['attachment', file.id])]
      const answer = await fetch(item.url, { ...form(fields), signal: AbortSignal.timeout(15_000) }).catch(() => null)
      const text = await answer?.text().catch(() => null)
      if (answer?.ok && text?.includes(item.key)) { // not somebody else's page, such as a hotel's
        await htmx.swap({ sourceElement: live(), target: live(), swap: 'none', text })
        return this.drop(item)
      }
      if (answer?.status === 401) toLogin()
      item.why = text && new DOMParser().parseFromString(text, 'text/html').body.textContent.trim() || 'Not sent: no connection.'
      item.final = [403, 404, 413, 422].includes(answer?.status)
      this.changed()
      return item.final ? 0 : 1000 * (Number(answer?.headers.get('Retry-After')) || 3)
    },

    // Bubbles stand at the end of their log until the message itself is in it.
    show() {
      const l = log()
      const end = l && atEnd(l)
      const draft = drafts[composing()] ?? ''
      if (box() && box().value !== draft) box().value = draft // never what one types: that is the draft
      if (box()) box().form.autocomplete = 'off' // what the browser remembers may have been sent since
      const mine = this.items.filter(item => l?.id === 'messages-' + item.conversation && !$(`[data-key="${item.key}"]`, l))
      $$('[data-pending]').forEach(bubble => { if (!mine.some(item => item.key === bubble.dataset.pending)) bubble.remove() })
      for (const item of mine) {
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
      $('.retry', bubble).onclick = () => { item.why = item.final = ''; this.changed(); this.retry() }
      $('.discard', bubble).onclick = () => this.drop(item)
      return bubble
    },
  }

  // crypto.randomUUID is missing on plain-HTTP hosts.
  const randomDigit = like => (like ^ crypto.getRandomValues(new Uint8Array(1))[0] & 15 >> like / 4).toString(16)
  const mintKey = () => '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, randomDigit)

  document.addEventListener('submit', event => {
    const composer = event.target
    composer.closest('[popover]')?.hidePopover()
    if (composer.matches('[action="/logout"], [action="/settings/delete"]')) leaves = Date.now() // the answer says where to
    if (composer.id !== 'composer') return
    const conversation = Number(composer.dataset.conversation)
    if (composer.elements.attachment.value) return outbox.write(conversation) // without upload.js the browser sends
    event.preventDefault()
    const body = box().value.trim(), files = trays[conversation] ?? []
    box().setCustomValidity([...body].length > Number(box().dataset.max) ? 'A message has at most 10,000 characters.' : '')
    if (!body && !files.length || !composer.reportValidity()) return
    box().focus()
    outbox.write(conversation)
    $('.new', log())?.remove() // who answers has seen
    outbox.items.push({ key: mintKey(), body, files: files.splice(0), url: composer.getAttribute('action'), conversation })
    outbox.changed()
    outbox.retry()
    toLatest()
  })

  document.addEventListener('input', ({ target }) => { if (target === box()) outbox.write(composing(), target.value) })
  // Enter sends, Shift+Enter breaks the line; Enter that ends an IME's composition does neither.
  document.addEventListener('keydown', event => {
    if (event.target !== box() || event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return
    event.preventDefault()
    if (!event.repeat) event.target.form.requestSubmit()
  })

  // ---- The log: nothing moves under the reader's eyes -------------------------------------------
  const [longest, enough] = [350, 300] // messages in the page: what is longer is cut to enough
  let held = null // what stays in place during a swap
  let wasAtEnd = true

  const below = l => l.scrollHeight - l.scrollTop - l.clientHeight
  const atEnd = l => below(l) < 48
  const toEnd = l => { l.scrollTop = l.scrollHeight }
  const toLatest = () => log()?.id ? toEnd(log()) : htmx.ajax('GET', log().dataset.path, { target: '#pane > .scroll > .log', select: '.log', swap: 'outerHTML settle:0' })

  function hold() {
    if (held) return
    const l = log()
    const end = l && atEnd(l)
    const top = l?.getBoundingClientRect().top
    const anchor = l && !end && $$('.msg, .day', l).find(row => row.getBoundingClientRect().bottom > top)
    held = { l, end, anchor, offset: anchor && anchor.getBoundingClientRect().top, focus: document.activeElement }
  }

  function release() {
    const { l, end, anchor, offset, focus } = held || {}
    held = null
    if (focus && !focus.isConnected && document.activeElement === document.body) (document.getElementById(focus.id) ?? $('#pane')).focus({ preventScroll: true })
    if (!l || l !== log()) return
    const rows = $$('.msg[data-rev]', l)
    if (rows.length > longest) end ? trimTop(l, rows.at(-enough)) : trimEnd(l, rows[enough - 1])
    if (end) toEnd(l)
    else if (anchor?.isConnected) l.scrollTop += anchor.getBoundingClientRect().top - offset
  }

  // At the end of a long log, what is far above goes; it can be paged back in.
  function trimTop(l, first) {
    const older = $('.older', l)
    while (first.previousElementSibling.matches('.day, .new')) first = first.previousElementSibling
    while (older.nextElementSibling !== first) older.nextElementSibling.remove()
    const fresh = older.cloneNode()
    fresh.setAttribute('hx-get', `${l.dataset.path}/messages?before=${Math.ceil(seqOf(first))}`)
    exchange(older, fresh)
  }

  // Far up in a long log, its end goes. Without its id nothing new lands in it, until its end is loaded again.
  function trimEnd(l, last) {
    if (last.getBoundingClientRect().top < l.getBoundingClientRect().bottom + l.clientHeight) return
    while (last.nextElementSibling) last.nextElementSibling.remove()
    l.removeAttribute('id')
    Object.assign(pane, { conversation: 0, rev: 0, gen: pane.gen + 1 })
  }

  document.addEventListener('click', event => { if (event.target.closest('#latest')) { event.preventDefault(); toLatest(); box()?.focus() } })
  document.addEventListener('scroll', event => { if (event.target === log()) { wasAtEnd = atEnd(log()); look() } }, { capture: true, passive: true })
  const sizes = new ResizeObserver(() => { if (log() && wasAtEnd) toEnd(log()) }) // the composer grows, a keyboard opens

  // ---- Reading: only what one looks at is read --------------------------------------------------
  let readTimer
  const seen = l => Number(l.dataset.read)
  const unseen = l => $$('.msg:not(.mine)[data-rev]', l).filter(row => seqOf(row) > seen(l))
  const looks = (l, end = l && atEnd(l)) => !!l?.id && document.visibilityState === 'visible' && document.hasFocus() && end

  function look() {
    const l = log()
    document.documentElement.classList.toggle('reading', looks(l))
    const sum = $$('#chats .row:not(.reading [aria-current]) .badge').reduce((sum, badge) => sum + Number(badge.dataset.unread), 0)
    document.title = (sum ? `(${sum}) ` : '') + document.title.replace(/^\(\d+\) /, '')
    if (!l) return
    $('#latest').hidden = l.id && below(l) < 300
    $('#latest .count').textContent = $('#chats [aria-current] .badge')?.dataset.unread || ''
    const seq = looks(l) && unseen(l).map(seqOf).at(-1)
    if (!seq) return
    clearTimeout(readTimer)
    readTimer = setTimeout(async () => {
      const answer = await fetch(l.dataset.path + '/read', form({ seq })).catch(() => null) // again with the next look
      if (answer?.ok) l.dataset.read = Math.max(seq, seen(l))
    }, 50)
  }

  // What arrives unseen gets a divider before the first of it.
  function divide(l, end) {
    const [first] = unseen(l)
    const old = $('.new', l)
    if (!first || looks(l, end) || old && seqOf(old) > seen(l)) return
    first.before(old || $('#divider').content.firstElementChild.cloneNode(true))
    first.previousElementSibling.dataset.seq = seqOf(first) - 1 + '.7'
  }

  for (const turn of ['focus', 'blur']) addEventListener(turn, look)

  // ---- Swaps: before and after whatever the server sends ----------------------------------------
  function settle() {
    const l = log()
    const head = l || $('#pane').firstElementChild // going back keeps #pane and swaps what is in it
    outbox.show()
    if (head !== pane.head) open(head, l)
    $$('#chats .row').forEach(row => { row.ariaCurrent = row.pathname === location.pathname ? 'page' : null })
    if (l) divide(l, held?.l === l ? held.end : undefined) // as it was before the swap
    release()
    look()
  }

  // A pane was rendered at some moment; what came after it is asked for now that it is in place.
  function open(head, l) {
    const { version = Infinity } = $('#pane').dataset
    pane = { head, conversation: Number(l?.id.split('-')[1] ?? 0), rev: l?.id ? Number(l.dataset.rev) : 0, version, gen: pane.gen + 1 }
    report()
    if (!l) return
    held = null
    const divider = $('.new', l)
    l.scrollTop = divider ? divider.offsetTop - l.offsetTop - l.clientHeight / 3 : l.scrollHeight
    wasAtEnd = !divider
    sizes.disconnect(), sizes.observe(l)
    if (matchMedia('(pointer: fine)').matches) box()?.focus()
  }

  // An answer that is older than the stream does not count; a row that is there is not announced again.
  function prepare(_, { ctx, tasks }) {
    if (Number(ctx.response?.headers.get('DChat-Version') ?? Infinity) < Number($('#cursor').textContent.split('.')[1])) tasks.length = 0
    const rows = tasks.filter(task => task.swapSpec?.style === 'upsert').flatMap(task => $$('.msg[data-rev]', task.fragment))
    const known = row => document.getElementById(row.id)
    rows.filter(known).forEach(row => { row.ariaLive = 'off' })
    for (const row of rows) if (Number(known(row)?.dataset.rev) >= Number(row.dataset.rev)) row.remove()
    hold()
  }

  const fail = (_, { ctx }) => { if (ctx && !ctx.response) $('#notice').replaceChildren($('#unreachable').content.cloneNode(true)) }
  htmx.registerExtension('dchat', { ...line, htmx_before_swap: prepare, htmx_finally_swap: settle, htmx_error: fail })
  if (box()) outbox.write(composing(), drafts[composing()], box().value) // typed before there was a script, or come back unsent
  outbox.keep()
  settle()
  outbox.retry()
})()
