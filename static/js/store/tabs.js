// @ts-check
// The tabs of this browser. They speak over a channel, and a lock says which of them have files
// that only they can send.
import { live } from '../dom.js'

const { me } = live()?.dataset ?? {}
const named = (...parts) => ['dchat', me, ...parts].join('-')
const channel = window.BroadcastChannel ? new BroadcastChannel('dchat') : null

/** locks are missing on plain HTTP. */
export const locks = navigator.locks

/** tell tells the other tabs: that messages have changed ("items"), that the person discards
 * everything ("discard"), or who is asked for ("who") or answers ("tab"). A guest tells those of
 * everyone.
 * @type {(news: object) => void} */
export const tell = news => channel?.postMessage({ person: me, ...news })

/** listen calls a function with the news for this tab.
 * @type {(hear: (news: any) => void) => () => void} */
export function listen(hear) {
  const receive = ({ data }) => (data.person ?? me) === me && hear(data)
  channel?.addEventListener('message', receive)
  return () => channel?.removeEventListener('message', receive)
}

/** inTurn runs work when no other tab does it in this conversation.
 * @type {<T>(conversation: number, work: () => Promise<T>) => Promise<T>} */
export const inTurn = (conversation, work) => locks.request(named('send', conversation), work)

let isHolding = false
let isAsked = false
let release = () => {}

/** hold says whether this tab has files of its own. Only then it holds the lock: a page that holds
 * one is not kept in memory when one goes on. */
export function hold(tab, holds) {
  isHolding = holds
  if (!holds) release()
  if (!holds || !locks || isAsked) return
  isAsked = true
  const lock = locks.request(named('tab', tab), () => new Promise(done => {
    release = () => done(undefined)
    if (!isHolding) release()
  }))
  lock.finally(() => {
    isAsked = false
    release = () => {}
    if (isHolding) hold(tab, true)
  })
}

/** holders returns the tabs that have files of their own.
 * @type {() => Promise<Set<string>>} */
export async function holders() {
  if (!locks) return answering()
  const { held = [], pending = [] } = await locks.query()
  const prefix = named('tab', '')
  const names = [...held, ...pending].map(lock => lock.name ?? '')
  return new Set(names.filter(name => name.startsWith(prefix)).map(n => n.slice(prefix.length)))
}

// Without locks they are asked.
async function answering() {
  const tabs = new Set()
  const end = listen(({ tab }) => tab && tabs.add(tab))
  tell({ who: true })
  await new Promise(done => setTimeout(done, 300))
  end()
  return tabs
}

/** answerTo answers the question who has files of their own. */
export function answerTo(tab) {
  if (isHolding) tell({ tab })
}
