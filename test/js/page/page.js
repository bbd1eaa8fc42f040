// A stand-in for the page of a person, as far as the script that stores the outbox looks at it.

/** locks that other tabs hold */
export const held = new Set()

/** what the page tells other tabs */
export const told = []

class Channel extends EventTarget {
  postMessage(news) {
    told.push(news)
  }
}

const locks = {
  request: async (name, work) => work(),
  query: async () => ({ held: [...held].map(name => ({ name })), pending: [] }),
}

// No test waits for long pauses.
const later = setTimeout
globalThis.setTimeout = (work, pause, ...args) => later(work, pause, ...args).unref()

/** storage is what a browser keeps as texts. */
export function storage(texts) {
  const methods = {
    getItem: key => texts[key] ?? null,
    setItem(key, text) { texts[key] = text },
    removeItem(key) { delete texts[key] },
    clear() { Object.keys(texts).forEach(key => delete texts[key]) },
  }
  for (const [name, value] of Object.entries(methods)) Object.defineProperty(texts, name, { value })
  return texts
}

/** install puts the page of a person in place, or of a guest, with an outbox as the page's script
 * has it. */
export function install(me) {
  const document = new EventTarget()
  const live = me ? { dataset: { me, as: 'anna' } } : null
  document.querySelector = selector => selector === '#live' ? live : null
  document.querySelectorAll = () => []
  const define = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: true })
  Object.assign(globalThis, { window: globalThis, document, BroadcastChannel: Channel })
  define('navigator', { locks })
  define('sessionStorage', storage({ warned: 'yes' }))
  define('localStorage', storage({}))
  globalThis.matchMedia = () => ({ matches: false })
  globalThis.CSS = { supports: () => true }
  const outbox = outboxOf(document)
  document.addEventListener('dchat:borrow', event => { event.detail.outbox = outbox })
  return outbox
}

const outboxOf = document => ({
  items: [],
  trays: {},
  drafts: {},
  modes: {},
  times: {},
  stored: {},
  stopped: false,
  mirror() {},
  show() {},
  holds: () => false,
  retry() {},
  turn: async () => 0,
  keep: () => document.dispatchEvent(new Event('dchat:kept')),
  changed() {
    this.keep()
  },
  write(conversation, text) {
    this.drafts[conversation] = text
    this.times[conversation] = Date.now() + Math.random()
    this.keep()
  },
})
