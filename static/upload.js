// Files on their way. What was attached goes to the server at once, in pieces and one file after the other, and is not
// given up while the page is open. The message it belongs to waits in the outbox of dchat.js.
const $ = (selector, from = document) => from?.querySelector(selector)
const composer = () => $('#composer')
const { outbox } = window
const { me, as } = $('#live').dataset
const template = $('#upload')
const piece = 1_000_000 // bytes: every proxy lets them pass
const silence = 60_000 // so long nothing may move before the line counts as dead
const longestPause = 30_000

// ---- One file ---------------------------------------------------------------------------------
// It is queued, running, waiting (for the line, then it goes on by itself), failed (until one says Retry), refused
// (for good), lost (what is left after a reload: the browser gives its bytes only if it is picked again) or done.
class Upload {
  constructor(from) { // {conversation, name, size, file}, or as JSON has kept it
    Object.assign(this, { sent: 0, tries: 0, asFile: false }, from)
    this.state = this.id ? 'done' : 'lost'
    this.row = template.content.firstElementChild.cloneNode(true)
    showName($('.name', this.row), this.name)
    $('.as-file', this.row).hidden = !isPhoto(this)
    $('.as-file input', this.row).checked = this.asFile
    $('.as-file input', this.row).onchange = ({ target }) => this.choose(target.checked)
    $('.again', this.row).ariaLabel = `Retry ${this.name}`
    $('.again', this.row).onclick = () => { this.again(); focus() }
    $('.cancel', this.row).onclick = () => this.cancel()
    $('progress', this.row).ariaLabel = `Upload of ${this.name}`
    this.file instanceof File ? this.found(this.file) : this.become(this.state)
  }

  toJSON() {
    const { conversation, name, size, modified, asFile, url, id } = this
    return { conversation, name, size, modified, asFile, url, id }
  }

  get item() { return outbox.items.find(item => item.files.includes(this)) }

  found(file) {
    if (file.lastModified !== this.modified) this.url = undefined // it is another one by this name
    Object.assign(this, { file, size: file.size, modified: file.lastModified })
    if (file.type.startsWith('image/')) $('.kind', this.row).append(thumbnail(file))
    this.become('queued')
  }

  become(state, why = state === 'lost' ? `Pick ${this.name} again to go on.` : '') {
    Object.assign(this, { state, why })
    this.row.dataset.state = state
    $('.as-file input', this.row).disabled = !(this.file instanceof File)
    $('.note', this.row).textContent = why
    $('.cancel', this.row).ariaLabel = `${state === 'done' ? 'Remove' : 'Cancel'} ${this.name}`
    this.paint()
  }

  paint() {
    $('.size', this.row).textContent = this.state === 'running' ? `${bytes(this.sent)} of ${bytes(this.size)}` : bytes(this.size)
    $('progress', this.row).value = this.sent / (this.size || 1)
  }

  async go() {
    this.become('running')
    this.heard = Date.now()
    try {
      if (!window.tus) await import(template.dataset.tus)
      this.tus ??= await this.prepare()
      if (running === this) this.tus.start()
    } catch (error) {
      this.trouble(error)
    }
  }

  async prepare() {
    const upload = new tus.Upload(this.file, {
      endpoint: '/uploads',
      uploadUrl: this.url,
      chunkSize: piece,
      retryDelays: null, // we know better when
      headers: outbox.headers, // an error is a sentence then
      metadata: { filename: this.name, filetype: this.file.type, ...this.asFile && { as_file: '1' } },
      fingerprint: async () => ['dchat', me, this.conversation, this.name, this.size, this.modified, this.asFile].join('-'),
      removeFingerprintOnSuccess: true,
      onUploadUrlAvailable: () => { this.url = upload.url; outbox.changed() },
      onAfterResponse: (request, answer) => this.hear(request, answer),
      onProgress: sent => { Object.assign(this, { sent, heard: Date.now() }); this.paint() },
      onChunkComplete: () => { this.tries = 0 },
      onSuccess: () => this.done(),
      onError: error => this.trouble(error),
    })
    const begun = this.url ? [] : await upload.findPreviousUploads()
    const ours = begun.findLast(({ uploadUrl }) => !everything().some(other => other.url === uploadUrl))
    if (ours) upload.resumeFromPreviousUpload(ours)
    return upload
  }

  // The library takes a server that is not ready for one that has forgotten the file, and would begin anew.
  hear(request, answer) {
    this.heard = Date.now()
    const status = answer.getStatus()
    if (request.getMethod() === 'HEAD' && status >= 300 && ![403, 404, 410].includes(status)) throw new Error(`HEAD answered ${status}`)
  }

  async trouble(error) {
    const answer = error.originalResponse
    const status = answer?.getStatus() ?? 0
    const body = new DOMParser().parseFromString(answer?.getBody() || '', 'text/html').body.textContent.trim()
    const sentence = characters(body).slice(0, 300).join('')
    if ([413, 422, 507].includes(status)) return this.stop('refused', sentence || 'The server does not take this file.')
    const another = status === 409 && as && answer.getHeader('DChat-As') !== as // person has signed in
    if (another || [400, 401, 403, 405].includes(status)) return this.stop('failed', sentence || 'The server did not take it.')
    if (!status && !await readable(this.file)) return this.stop('refused', 'This cannot be read: it has changed or is gone, or it is a folder.')
    if (running !== this) return
    this.become('waiting', status ? 'The server is busy. This goes on by itself.' : 'No connection. This goes on by itself.')
    this.timer = setTimeout(() => this.go(), Math.min(1000 * 2 ** this.tries++, longestPause) * (0.75 + Math.random() / 2))
  }

  stop(state, why) {
    this.become(state, why)
    if (this.item) Object.assign(this.item, { why: `${this.name}: ${why}`, final: true })
    this.leave()
  }

  done() {
    this.id = this.url.split('/').pop()
    this.become('done')
    this.leave()
  }

  // The next one's turn, and perhaps its message's.
  leave() {
    if (running === this) running = null
    outbox.changed()
    outbox.retry()
    next()
  }

  again() {
    clearTimeout(this.timer)
    if (this === running) return this.go()
    this.become('queued')
    next()
  }

  // A line can be dead without anybody being told.
  async revive() {
    clearTimeout(this.timer)
    await this.tus?.abort()
    await outbox.flush()
    if (running === this) this.go()
  }

  cancel() {
    const { item } = this
    const list = item?.files ?? trayOf(this.conversation)
    list.splice(list.indexOf(this), 1)
    if (item) Object.assign(item, { why: '', final: false })
    if (item && !item.files.length && !item.body) outbox.drop(item)
    this.forget()
    this.leave()
    focus()
  }

  // What has come was taken as the other: a photo without its place, or a file with every byte. So it goes anew.
  async choose(asFile) {
    Object.assign(this, { asFile, id: undefined })
    if (running === this) running = null
    await this.forget()
    Object.assign(this, { tus: undefined, url: undefined, sent: 0, tries: 0 })
    this.become('queued')
    outbox.changed()
    next()
  }

  // What the server is not told of, it sweeps away in a day.
  async forget() {
    clearTimeout(this.timer)
    const gone = this.tus ? this.tus.abort(true) : this.url && outbox.fetchAgain(this.url, { method: 'DELETE', headers: { ...outbox.headers, 'Tus-Resumable': '1.0.0' } })
    await Promise.resolve(gone).catch(() => {})
  }
}

const photos = /\.(a?png|avif|gif|hei[cf]|jpe?g|webp)$/i
const isPhoto = ({ name, file }) => photos.test(name) || /^image\/(?!svg)/.test(file?.type)

// characters are those that people see, where the browser knows them.
function characters(text) {
  if (!Intl.Segmenter) return [...text]
  return [...new Intl.Segmenter().segment(text)].map(part => part.segment)
}

// The end of a name stays in view, as where the server shows it.
function showName(element, name) {
  const dot = name.lastIndexOf('.')
  const stem = characters(dot < 0 || name.length - dot > 12 ? name : name.slice(0, dot))
  const start = stem.length > 8 ? stem.slice(0, -4).join('') : ''
  element.title = name
  $('.start', element).textContent = start
  $('.end', element).textContent = name.slice(start.length)
}

function thumbnail(file) {
  const picture = new Image()
  picture.alt = ''
  picture.onload = picture.onerror = () => URL.revokeObjectURL(picture.src)
  picture.addEventListener('error', () => picture.remove())
  picture.src = URL.createObjectURL(file)
  return picture
}

// A folder cannot be read, nor a file that was moved meanwhile.
const readable = file => file.slice(0, 1).arrayBuffer().then(() => true, () => false)

function bytes(n) {
  if (n === 1) return '1 byte'
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB']
  let unit = 0
  for (; n >= 999.5 && unit < 4; unit++) n /= 1000
  return `${unit && n < 9.95 ? n.toFixed(1).replace('.0', '') : Math.round(n)} ${units[unit]}`
}

// ---- All of them ------------------------------------------------------------------------------
let running = null

const everything = () => [...outbox.items.flatMap(item => item.files), ...Object.values(outbox.trays).flat()]
const trayOf = conversation => outbox.trays[conversation] ??= []
const isStopped = upload => ['failed', 'refused', 'lost'].includes(upload.state)

function next() {
  if (running) return
  running = everything().find(upload => upload.state === 'queued') ?? null
  running?.go()
}

// adopt takes over what has been attached, and what a reload has left: files that are there stay what they were, and a
// message that still waits for others turns back into a draft.
export function adopt() {
  for (const [conversation, tray] of Object.entries(outbox.trays)) outbox.trays[conversation] = merged(tray)
  for (const item of outbox.items) item.files = item.files.map(uploadOf)
  for (const item of outbox.items.filter(item => item.files.some(upload => upload.state === 'lost'))) {
    trayOf(item.conversation).push(...item.files)
    outbox.write(item.conversation, outbox.drafts[item.conversation], item.body)
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
    const lost = from.file instanceof File && uploads.find(upload => upload.state === 'lost' && upload.name === from.name)
    lost ? lost.found(from.file) : uploads.push(uploadOf(from))
  }
  return uploads
}

// ---- On the page ------------------------------------------------------------------------------
// A finger does not want the keyboard of the screen for this.
const focus = () => {
  const { body, attachment } = composer()?.elements ?? {}
  const field = matchMedia('(pointer: fine)').matches ? body : attachment
  field?.focus()
}

// Rows are moved only where they are not yet: one of them may have the focus.
function fill(list, uploads) {
  const rows = uploads.map(upload => upload.row)
  if (rows.length !== list.children.length || rows.some((row, i) => row !== list.children[i])) list.replaceChildren(...rows)
}

function fillTray(form) {
  const tray = trayOf(form.dataset.conversation)
  fill($('.tray', form), tray)
  const { attachment } = form.elements
  const stopped = tray.find(isStopped)
  const tooMany = tray.length > attachment.dataset.max && `A message has at most ${attachment.dataset.max} files.`
  attachment.setCustomValidity(tooMany || stopped && `${stopped.why} Or remove ${stopped.name}.` || '')
}

function fillBubble(item) {
  const bubble = item.files.length && $(`[data-pending="${item.key}"]`)
  if (!bubble) return
  fill($('.tray', bubble), item.files)
  $('.discard', bubble).addEventListener('click', () => item.files.forEach(upload => upload.forget()), { once: true })
}

// A message whose Retry was pressed has no reason any more; its files may still have one.
function retried() {
  for (const item of outbox.items) {
    const stopped = !item.why && item.files.find(isStopped)
    if (stopped?.state === 'failed') stopped.again()
    else if (stopped) Object.assign(item, { why: `${stopped.name}: ${stopped.why}`, final: true })
  }
}

// Messages are tried again when the line is back. What waits for it goes on, too, however long it was to wait.
const { retry } = outbox
outbox.retry = () => {
  retry.call(outbox)
  if (running?.state === 'waiting') running.again()
}

const show = outbox.show
outbox.show = () => {
  outbox.keepEnd(() => {
    retried()
    show.call(outbox)
    outbox.items.forEach(fillBubble)
    if (composer()) fillTray(composer())
  })
}

// ---- What browsers do --------------------------------------------------------------------------
addEventListener('online', () => running?.revive())
setInterval(() => { if (running?.state === 'running' && Math.abs(Date.now() - running.heard) > silence) running.revive() }, 5000)

addEventListener('beforeunload', event => {
  if (everything().some(upload => ['queued', 'running', 'waiting'].includes(upload.state))) event.preventDefault()
})

const style = document.createElement('link')
document.head.append(Object.assign(style, { rel: 'stylesheet', href: template.dataset.style }))
