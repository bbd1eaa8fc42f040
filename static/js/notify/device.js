// @ts-check
// Whether this browser is told of messages while no page is open. It is asked only on a click.
import { as, isOurs, post } from '../answer.js'
import { encode, fieldsOf } from './subscription.js'
import * as person from '../worker/person.js'

const can = () => {
  return 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window
}
const key = () => document.getElementById('live')?.dataset.push

// Who has set this browser up: another person who signs in has not asked for anything.
const owner = 'dchat:push'

/** @type {(name: string) => string | null} */
function recall(name) {
  try {
    return localStorage.getItem(name)
  } catch {
    return null
  }
}

/** @type {(name: string, value: string) => void} */
function remember(name, value) {
  try {
    if (value) localStorage.setItem(name, value)
    else localStorage.removeItem(name)
  } catch {
    // Then the person is asked again.
  }
}

/** @type {() => Promise<ServiceWorkerRegistration>} */
async function register() {
  await navigator.serviceWorker.register('/sw.js', { scope: '/', updateViaCache: 'none' })
  return navigator.serviceWorker.ready
}

/** @type {() => Promise<PushSubscription | null | undefined>} */
async function current() {
  const worker = await navigator.serviceWorker.getRegistration()
  return worker?.pushManager.getSubscription()
}

// A subscription that was made for another key of the server is of no use any more.
async function subscribe() {
  const worker = await register()
  let subscription = await worker.pushManager.getSubscription()
  if (subscription && encode(subscription.options.applicationServerKey) !== key()) {
    await subscription.unsubscribe()
    subscription = null
  }
  subscription ??= await worker.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: key(),
  })
  const answer = await post('/push/subscribe', fieldsOf(subscription))
  if (!isOurs(answer) || !answer.ok) throw new Error('the server has not stored it')
  remember(owner, as ?? '')
  await person.remember(as ?? '').catch(() => {}) // then the next page renews the subscription
}

async function unsubscribe() {
  remember(owner, '')
  person.forget()
  const subscription = await current()
  await Promise.all([subscription?.unsubscribe(), post('/push/unsubscribe', {})])
}

/** @type {(state: string) => void} */
function show(state) {
  const device = document.getElementById('device')
  if (!device) return
  device.hidden = false
  for (const part of device.children) {
    if (part instanceof HTMLElement) part.hidden = part.dataset.state !== state
  }
}

async function state() {
  if (Notification.permission === 'denied') return 'denied'
  const on = Notification.permission === 'granted' && recall(owner) === as && await current()
  return on ? 'on' : 'off'
}

const refreshed = 'dchat:push:' + as

let fresh = false

/** prepare shows on the settings page what can be chosen, and keeps a subscription up to date once
 * in each tab. */
export async function prepare() {
  const hidden = document.querySelector('#device[hidden]')
  if (!can() || !key() || !hidden && fresh) return
  fresh = true
  const now = await state()
  if (hidden) show(now)
  if (now !== 'on' || sessionStorage.getItem(refreshed)) return
  sessionStorage.setItem(refreshed, '1')
  await subscribe()
}

/** forget ends what the browser was set up for by a person who is signed out now. */
export async function forget() {
  const worker = await navigator.serviceWorker.getRegistration()
  const subscription = await worker?.pushManager.getSubscription()
  await subscription?.unsubscribe()
  for (const shown of await worker?.getNotifications() ?? []) shown.close()
  await navigator.clearAppBadge?.()
  remember(owner, '')
  person.forget()
}

/** press is a click on one of the buttons.
 * @type {(button: HTMLElement) => Promise<void>} */
export async function press(button) {
  try {
    if (button.dataset.state === 'on') await unsubscribe()
    else if (await Notification.requestPermission() === 'granted') await subscribe()
    show(await state())
  } catch {
    show('failed')
    const again = document.querySelector('#device button[data-state=off]')
    if (again instanceof HTMLElement) again.hidden = false
  }
}
