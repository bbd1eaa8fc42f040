// @ts-check
// What a person who is not looking learns. The script for it comes with the first unread message,
// and where the browser can be set up for notifications.
import { $ } from './dom.js'

/** @type {Promise<any> | undefined} */
let loading
let count = 0

function load() {
  loading ??= import($('#notifying').dataset.script)
  loading.catch(() => { loading = undefined })
  return loading
}

/** tell hands over how many messages are unread, each time that it may have changed.
 * @type {(sum: number) => void} */
export function tell(sum) {
  if (!$('#notifying') || !loading && !sum && !count) return
  count = sum
  load().then(script => script.look(sum), () => {})
}

// A browser that may notify keeps its subscription up to date.
export function startUnseen() {
  const allowed = 'Notification' in window && Notification.permission === 'granted'
  if (allowed || $('#device')) load().then(script => script.prepare(), () => {})
  document.addEventListener('click', ({ target }) => {
    const button = target instanceof Element && target.closest('#device button')
    if (button instanceof HTMLElement) load().then(script => script.press(button), () => {})
  })
}

/** forget ends what the browser was set up for by a person who is signed out now. */
export async function forget() {
  const worker = await navigator.serviceWorker?.getRegistration()
  const subscription = await worker?.pushManager?.getSubscription()
  await subscription?.unsubscribe()
  for (const shown of await worker?.getNotifications() ?? []) shown.close()
  await navigator.clearAppBadge?.()
}
