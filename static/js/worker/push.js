// @ts-check
// Push messages: what arrives while no page is open.
import { fieldsOf } from '../notify/subscription.js'
import { recall } from './person.js'

/** What the server sends.
 * @typedef {{ tag: string, title: string, body: string, url: string, icon: string, at: number,
 *   unread: number, others: string[] | null, now: number }} Message */

/** stale are the notifications whose conversations have no unread message any more. What has come
 * after the server made the list is not in it.
 * @type {<T extends { tag: string, data?: any }>(shown: T[], message: Message) => T[]} */
export function stale(shown, message) {
  const { others, tag, now } = message
  if (!others) return []
  return shown.filter(n => n.tag !== tag && !others.includes(n.tag) && !(n.data?.at > now))
}

/** options are those of the notification of a message. One that an open page has shown already is
 * replaced without a sound.
 * @type {(message: Message, shown: { tag: string, data?: any }[]) => any} */
export function options(message, shown) {
  const { tag, body, icon, at, url } = message
  const same = shown.find(n => n.tag === tag)
  const renotify = !!same && !(same.data?.at >= at)
  return { tag, body, icon, timestamp: at, renotify, data: { url, at } }
}

// A page in sight tells of it itself. In all other cases something has to be shown: browsers end the
// subscription of a site that stays silent.
async function show(worker, message) {
  /** @type {Notification[]} */
  const shown = await worker.registration.getNotifications()
  for (const old of stale(shown, message)) old.close()
  const { setAppBadge } = worker.navigator
  if (setAppBadge) await setAppBadge.call(worker.navigator, message.unread).catch(() => {})
  const pages = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true })
  if (pages.some(page => page.focused && page.visibilityState === 'visible')) return
  await worker.registration.showNotification(message.title, options(message, shown))
}

// A click goes to the page that shows the conversation, else to any page, else to a new one.
async function open(worker, url) {
  const pages = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true })
  const there = pages.find(page => new URL(page.url).pathname === url)
  if (there) return there.focus()
  const [any] = pages
  const moved = any && await any.navigate(url).catch(() => null)
  return moved ? moved.focus() : worker.clients.openWindow(url)
}

// The browser has replaced its subscription. If another person has signed in, the server refuses the
// new one.
async function renew(worker, event) {
  const as = await recall()
  const applicationServerKey = event.oldSubscription?.options.applicationServerKey
  const { pushManager } = worker.registration
  const fresh = event.newSubscription ?? (applicationServerKey &&
    await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey }))
  if (!fresh || !as) return
  const headers = { 'HX-Request': 'true', 'DChat-As': as }
  const body = new URLSearchParams(fieldsOf(fresh))
  await fetch('/push/subscribe', { method: 'POST', headers, body })
}

export function startPush(worker) {
  worker.addEventListener('push', event => {
    const message = event.data?.json()
    if (message) event.waitUntil(show(worker, message))
  })
  worker.addEventListener('notificationclick', event => {
    event.notification.close()
    event.waitUntil(open(worker, event.notification.data?.url ?? '/'))
  })
  worker.addEventListener('pushsubscriptionchange', event => event.waitUntil(renew(worker, event)))
}
