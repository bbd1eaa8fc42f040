// The one script of DChat: what HTML and htmx cannot do. Keys and pending bubbles, scrolling,
// reading, and a socket that notices when it is dead. Everything it shows, the server has rendered.
(() => {
  'use strict'
  const $ = (selector, root = document) => root.querySelector(selector)
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)]
  const root = document.documentElement
  const live = () => $('#live')
  const log = () => $('#pane [role=log]')
  const seqOf = row => Number(row.dataset.seq)
  const conversation = l => Number(l.id.slice('messages-'.length))

  document.cookie = `tz=${encodeURIComponent(Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC')};path=/;max-age=31536000;samesite=lax`
  if (!live()) return // signed out

  // ---- The socket: where the page stands, and whether the line is alive ------------------------

  const quiet = 35_000 // the server says something every 20 seconds
  let cursor = $('#cursor').textContent // what the server says we have: epoch.version[.conversation.rev.gen]
  let pane = null // the open log: its revision counts from when it was rendered
  let gen = 0
  let socket = null
  let heard = Date.now()
  let watchdog

  function where() {
    const [epoch, version] = cursor.split('.')
    return pane ? `${epoch}.${version}.${pane.conversation}.${pane.rev}.${pane.gen}` : `${epoch}.${version}`
  }

  // The server's cursor counts for the open log only if it has heard of this very rendering of it.
  function hear(text) {
    cursor = text
    const [, , conv, rev, g] = text.split('.').map(Number)
    if (pane && conv === pane.conversation && g === pane.gen) pane.rev = rev
  }

  const open = () => socket?.readyState === WebSocket.OPEN

  // Says where the page stands; the server answers with what it lacks.
  function report() {
    if (open()) socket.send(where())
  }

  // A fresh element is a fresh connection: the old one may be dead without knowing.
  function reconnect() {
    heard = Date.now()
    const old = live()
    const fresh = old.cloneNode(true)
    old.replaceWith(fresh)
    if (socket) socket.close()
    socket = null
    htmx.process(fresh)
  }

  function wake() {
    if (document.visibilityState !== 'visible') return
    if (!open() && socket?.readyState !== WebSocket.CONNECTING || Date.now() - heard > quiet) reconnect()
    else report()
    outbox.retry()
    reading()
  }

  document.addEventListener('htmx:ws:before:connection', event => {
    const url = new URL('/ws', location.href)
    url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'
    url.searchParams.set('cursor', where())
    event.detail.connection.url = url.href
  })
  document.addEventListener('htmx:ws:after:connection', event => {
    socket = event.detail.connection.socket
    heard = Date.now()
    root.classList.remove('offline')
    report() // the pane may have changed since the address was made
    outbox.retry()
  })
  document.addEventListener('htmx:ws:close', event => {
    if (event.detail.code === 4401) location.href = '/login?next=' + encodeURIComponent(location.pathname)
    if (event.detail.connection?.socket !== socket && open()) return
    setTimeout(() => root.classList.toggle('offline', !open()), 1500)
  })
  document.addEventListener('htmx:ws:before:message:incoming', () => { heard = Date.now() })
  document.addEventListener('htmx:ws:after:message:incoming', () => hear($('#cursor').textContent))
  watchdog = setInterval(() => { if (Date.now() - heard > quiet) reconnect() }, 2000)
  addEventListener('online', wake)
  addEventListener('pageshow', event => { if (event.persisted) { reconnect(); wake() } })
  addEventListener('pagehide', () => { socket = null })
  document.addEventListener('visibilitychange', wake)

  // ---- The outbox: every message has its key before it leaves, and leaves in order --------------

  const outbox = {
    items: [],
    sending: new Set(), // conversations with a message under way
    me: live().dataset.me,

    load() {
      const saved = JSON.parse(sessionStorage.getItem('outbox') || '{}')
      if (saved.me === this.me) this.items = saved.items.map(item => ({ ...item, why: item.why }))
    },
    save() { sessionStorage.setItem('outbox', JSON.stringify({ me: this.me, items: this.items })) },
    add(item) { this.items.push(item); this.save(); this.show(); this.send(item.conversation) },
    drop(item) { this.items = this.items.filter(i => i !== item); this.save(); this.show() },
    retry() {
      for (const item of this.items) if (item.again) item.why = ''
      for (const conv of new Set(this.items.map(i => i.conversation))) this.send(conv)
    },

    async send(conv) {
      const item = this.items.find(i => i.conversation === conv)
      if (!item || item.why || this.sending.has(conv)) return
      this.sending.add(conv)
      const sent = await this.post(item)
      this.sending.delete(conv)
      if (sent) this.drop(item)
      else { this.save(); this.show() }
      if (sent) this.send(conv)
    },

    // Whatever stands in the way, the message stays, with its key.
    async post(item) {
      let answer, text
      try {
        answer = await fetch(item.url, {
          method: 'POST', headers: { 'HX-Request': 'true' }, signal: AbortSignal.timeout(20_000),
          body: new URLSearchParams({ key: item.key, body: item.body }),
        })
        text = await answer.text()
      } catch {
        Object.assign(item, { why: 'Not sent: no connection.', again: true })
        return false
      }
      if (answer.status === 401) { location.href = '/login?next=' + encodeURIComponent(location.pathname); return false }
      if (!answer.ok) {
        const sentence = new DOMParser().parseFromString(text, 'text/html').body.textContent.trim()
        Object.assign(item, { why: sentence || 'Not sent.', again: answer.status >= 500 || answer.status === 429 })
        const wait = Number(answer.headers.get('Retry-After'))
        if (item.again && wait) setTimeout(() => this.retry(), wait * 1000)
        return false
      }
      await htmx.swap({ sourceElement: live(), target: live(), swap: 'none', text })
      return true
    },

    // Pending bubbles stand at the end of their log until the message itself is in it.
    show() {
      const l = log()
      $$('.msg.pending, .msg.failed').forEach(bubble => { if (!this.items.some(i => i.key === bubble.dataset.pending)) bubble.remove() })
      if (!l) return
      for (const item of this.items.filter(i => i.conversation === conversation(l))) {
        let bubble = $(`[data-pending="${item.key}"]`, l)
        if ($(`[data-key="${item.key}"]`, l)) { bubble?.remove(); continue }
        if (!bubble) {
          bubble = $('#pending').content.firstElementChild.cloneNode(true)
          bubble.dataset.pending = item.key
          bubble.dataset.seq = '9007199254740991'
          $('p', bubble).textContent = item.body
          $('.retry', bubble).onclick = () => { item.why = ''; this.show(); this.send(item.conversation) }
          $('.discard', bubble).onclick = () => { this.drop(item); this.retry() }
          l.append(bubble)
        }
        bubble.className = 'msg mine ' + (item.why ? 'failed' : 'pending')
        $('.why', bubble).textContent = item.why || ''
      }
    },
  }

  function mintKey() {
    const b = crypto.getRandomValues(new Uint8Array(16))
    b[6] = b[6] & 0x0f | 0x40
    b[8] = b[8] & 0x3f | 0x80
    return [...b].map((n, i) => (i > 3 && i < 11 && i % 2 === 0 ? '-' : '') + n.toString(16).padStart(2, '0')).join('')
  }

  document.addEventListener('submit', event => {
    const form = event.target
    if (form.id !== 'composer') return
    event.preventDefault()
    const box = form.elements.body
    const body = box.value.trim()
    if (!body) return
    box.value = ''
    box.focus()
    outbox.add({ key: mintKey(), body, url: form.getAttribute('action'), conversation: Number(form.dataset.conversation), why: '' })
    toEnd()
  })

  // Enter sends, Shift+Enter breaks the line; Enter that ends an IME's composition does neither.
  document.addEventListener('keydown', event => {
    if (event.target.name === 'body' && event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229 && !event.repeat) {
      event.preventDefault()
      event.target.form.requestSubmit()
    }
  })

  // ---- The log: nothing moves under the reader's eyes -------------------------------------------

  const longest = 350 // rows in the page
  const atEnd = l => l.scrollHeight - l.scrollTop - l.clientHeight < 48
  let held = null // what to keep in place during a swap

  function toEnd() {
    const l = log()
    if (l) l.scrollTop = l.scrollHeight
  }

  function hold() {
    const l = log()
    if (!l || held) return
    const top = l.getBoundingClientRect().top
    const anchor = $$('.msg, .day', l).find(row => row.getBoundingClientRect().bottom > top)
    held = { l, end: atEnd(l), anchor, offset: anchor?.getBoundingClientRect().top, focus: document.activeElement?.id }
  }

  function release() {
    if (!held) return
    const { l, end, anchor, offset, focus } = held
    held = null
    if (focus && document.activeElement === document.body) document.getElementById(focus)?.focus({ preventScroll: true })
    if (l !== log()) return
    trim(l, end)
    if (end) toEnd()
    else if (anchor?.isConnected) l.scrollTop += anchor.getBoundingClientRect().top - offset
  }

  // A long page forgets what is far from where one reads. A log without its end gives up its id,
  // so that nothing new can land in the wrong place, until its tail is loaded again.
  function trim(l, end) {
    const rows = $$('.msg[data-seq]', l)
    const extra = rows.length - longest
    if (extra <= 0) return
    if (end) {
      const first = rows[extra]
      const older = $('.older', l)
      while (older.nextElementSibling && older.nextElementSibling !== first) older.nextElementSibling.remove()
      const path = $('#composer')?.getAttribute('action') || location.pathname + '/messages'
      const fresh = document.createElement('div')
      fresh.id = older.id
      fresh.className = 'older'
      fresh.dataset.seq = '0'
      fresh.setAttribute('hx-get', `${path}?before=${first.dataset.seq}`)
      fresh.setAttribute('hx-trigger', "intersect root:.log rootMargin:'600px 0px' once")
      fresh.setAttribute('hx-swap', 'none')
      older.replaceWith(fresh)
      htmx.process(fresh)
    } else if (l.scrollTop < l.scrollHeight / 2) {
      let last = rows[longest - 1]
      while (last.nextElementSibling) last.nextElementSibling.remove()
      l.removeAttribute('id')
      pane = null
    }
  }

  const rowsBelow = l => $$('.msg:not(.mine)', l).filter(row => seqOf(row) > readSeq).length

  function pill() {
    const l = log()
    const button = $('#latest')
    if (!l || !button) return
    const away = !l.id || l.scrollHeight - l.scrollTop - l.clientHeight > 300
    button.hidden = !away
    const news = away && l.id ? rowsBelow(l) : 0
    $('.count', button).textContent = news || ''
  }

  document.addEventListener('click', event => {
    if (!event.target.closest('#latest')) return
    if (log()?.id) { toEnd(); reading() } else htmx.ajax('GET', location.pathname, { target: '#pane', swap: 'outerHTML' })
  })
  document.addEventListener('scroll', event => { if (event.target === log()) { pill(); reading() } }, { capture: true, passive: true })
  addEventListener('resize', () => { if (log() && wasAtEnd) toEnd() })
  let wasAtEnd = true
  document.addEventListener('scroll', event => { if (event.target === log()) wasAtEnd = atEnd(event.target) }, { capture: true, passive: true })

  // ---- Reading: only what one looks at is read --------------------------------------------------

  let readSeq = 0 // what this page has reported
  let readTimer

  function reading() {
    const l = log()
    const looks = !!l?.id && document.visibilityState === 'visible' && document.hasFocus() && atEnd(l)
    root.classList.toggle('reading', looks)
    title()
    if (!looks) return
    const last = Math.max(0, ...$$('.msg[data-rev]', l).map(seqOf))
    if (last <= readSeq || last <= Number(l.dataset.read)) return
    clearTimeout(readTimer)
    readTimer = setTimeout(async () => {
      const url = location.pathname + '/read'
      try {
        const answer = await fetch(url, { method: 'POST', headers: { 'HX-Request': 'true' }, body: new URLSearchParams({ seq: last }) })
        if (answer.ok && log() === l) { readSeq = Math.max(readSeq, last); l.dataset.read = readSeq }
      } catch { /* tried again with the next look */ }
    }, 50)
  }

  // What arrives unseen gets a divider before the first of it.
  function divide(l) {
    if (root.classList.contains('reading')) return
    const seen = Math.max(readSeq, Number(l.dataset.read))
    const first = $$('.msg:not(.mine)[data-rev]', l).find(row => seqOf(row) > seen)
    const old = $('.new', l)
    if (!first || old && seqOf(old) >= seen) return
    const divider = old || Object.assign(document.createElement('div'), { className: 'new', id: `new-${conversation(l)}`, textContent: 'New messages' })
    divider.dataset.seq = seqOf(first) - 1 + '.7'
    first.before(divider)
  }

  function title() {
    const unread = $$('#chats .badge').filter(b => !(root.classList.contains('reading') && b.closest('[aria-current]')))
      .reduce((sum, b) => sum + Number(b.dataset.unread), 0)
    const bare = document.title.replace(/^\(\d+\) /, '')
    const full = unread ? `(${unread}) ${bare}` : bare
    if (document.title !== full) document.title = full
  }

  addEventListener('focus', reading)
  addEventListener('blur', reading)

  // ---- Swaps: before and after anything the server sends ----------------------------------------

  // An answer may be older than what the stream has brought already: the newer row stays.
  function dropStale(tasks) {
    for (const task of tasks || []) {
      for (const row of task.fragment?.querySelectorAll?.('.msg[data-rev]') || []) {
        const old = document.getElementById(row.id)
        if (old && Number(old.dataset.rev) > Number(row.dataset.rev)) row.remove()
      }
    }
  }

  function settled() {
    const l = log()
    if (l && l !== pane?.log && l.id) opened(l)
    if (!l) pane = null
    $$('#chats .row').forEach(row => {
      if (row.pathname === location.pathname) row.setAttribute('aria-current', 'page')
      else row.removeAttribute('aria-current')
    })
    if (l) { outbox.show(); divide(l) }
    release()
    pill()
    reading()
  }

  // A pane was rendered at some revision; what came after it is asked for now that it is in place.
  function opened(l) {
    pane = { log: l, conversation: conversation(l), rev: Number(l.dataset.rev), gen: ++gen }
    held = null
    readSeq = Number(l.dataset.read)
    const divider = $('.new', l)
    if (divider) l.scrollTop = Math.min(divider.offsetTop - l.clientHeight / 3, l.scrollHeight)
    else l.scrollTop = l.scrollHeight
    if (open()) report()
    else since(pane)
    if (matchMedia('(pointer: fine)').matches) $('#composer textarea')?.focus()
  }

  async function since(p) {
    try {
      const answer = await fetch(`${location.pathname}/messages?since=${p.rev}`, { headers: { 'HX-Request': 'true' } })
      if (answer.ok && pane === p) await htmx.swap({ sourceElement: live(), target: live(), swap: 'none', text: await answer.text() })
    } catch { /* the socket catches up when it is back */ }
  }

  document.addEventListener('htmx:before:swap', event => { dropStale(event.detail.tasks); hold() })
  document.addEventListener('htmx:after:swap', settled)
  document.addEventListener('htmx:after:history:push', settled)
  document.addEventListener('click', event => $$('details.menu[open]').forEach(menu => { if (!menu.contains(event.target)) menu.open = false }))
  document.addEventListener('keydown', event => { if (event.key === 'Escape') $$('details.menu[open]').forEach(menu => { menu.open = false; $('summary', menu).focus() }) })

  outbox.load()
  settled()
  outbox.retry()
})()
