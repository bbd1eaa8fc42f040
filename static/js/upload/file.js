// @ts-check
// One file. It is queued, running, waiting (for the line, then it goes on by itself), failed (until
// one says Retry), refused (for good), lost (what is left after a reload: the browser gives its
// bytes only if it is picked again) or done.
import { $ } from '../dom.js'
import { focus } from './page.js'
import { current, next, outbox, trayOf, yieldTurn } from './queue.js'
import { rowOf, showProgress, showState, showThumbnail } from './row.js'
import { discard, reasonOf, transferOf } from './transfer.js'

const longestPause = 30_000

export class Upload {
  conversation = 0
  name = ''
  size = 0
  /** @type {number | undefined} */
  modified
  /** @type {any} the file; after a reload what JSON has left of it */
  file
  /** @type {string | undefined} */
  url
  /** @type {string | undefined} */
  id
  /** @type {any} the transfer, by the library */
  tus
  sent = 0
  tries = 0
  asFile = false
  state = ''
  why = ''
  heard = 0
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer

  /** @param {Partial<Upload>} from what was attached, or as JSON has kept it */
  constructor(from) {
    Object.assign(this, from)
    this.row = rowOf(this)
    $('.again', this.row).onclick = () => {
      this.again()
      focus()
    }
    if (this.file instanceof File) this.found(this.file)
    else this.become(this.id ? 'done' : 'lost')
  }

  toJSON() {
    const { conversation, name, size, modified, asFile, url, id } = this
    return { conversation, name, size, modified, asFile, url, id }
  }

  get item() {
    return outbox.items.find(item => item.files.includes(this))
  }

  /** @param {File} file */
  found(file) {
    if (file.lastModified !== this.modified) this.url = undefined // it is another one by this name
    Object.assign(this, { file, size: file.size, modified: file.lastModified })
    if (file.type.startsWith('image/')) showThumbnail(this.row, file)
    this.become('queued')
  }

  become(state, why = state === 'lost' ? `Pick ${this.name} again to go on.` : '') {
    Object.assign(this, { state, why })
    showState(this)
    showProgress(this)
  }

  /** @param {number} sent */
  progress(sent) {
    Object.assign(this, { sent, heard: Date.now() })
    showProgress(this)
  }

  async go() {
    this.become('running')
    this.heard = Date.now()
    try {
      this.tus ??= await transferOf(this)
      if (current() === this) this.tus.start()
    } catch (error) {
      this.trouble(error)
    }
  }

  async trouble(error) {
    const [state, why] = await reasonOf(error, this.file)
    if (state !== 'waiting') return this.stop(state, why)
    if (current() !== this) return
    this.become(state, why)
    const pause = Math.min(1000 * 2 ** this.tries++, longestPause)
    this.timer = setTimeout(() => this.go(), pause * (0.75 + Math.random() / 2))
  }

  stop(state, why) {
    this.become(state, why)
    if (this.item) Object.assign(this.item, { why: `${this.name}: ${why}`, final: true })
    this.leave()
  }

  done() {
    this.id = this.url?.split('/').pop()
    this.become('done')
    this.leave()
  }

  // The next one's turn, and perhaps its message's.
  leave() {
    yieldTurn(this)
    outbox.changed()
    outbox.retry()
    next()
  }

  again() {
    clearTimeout(this.timer)
    if (this === current()) return this.go()
    this.become('queued')
    next()
  }

  // A line can be dead without a sign.
  async revive() {
    clearTimeout(this.timer)
    await this.tus?.abort()
    await outbox.flush()
    if (current() === this) this.go()
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

  // What has come was taken as the other: a photo without its place, or a file with every byte. So
  // it goes anew.
  async choose(asFile) {
    Object.assign(this, { asFile, id: undefined })
    yieldTurn(this)
    await this.forget()
    Object.assign(this, { tus: undefined, url: undefined, sent: 0, tries: 0 })
    this.become('queued')
    outbox.changed()
    next()
  }

  async forget() {
    clearTimeout(this.timer)
    await discard(this)
  }
}
