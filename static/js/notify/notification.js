// @ts-check
// Notifications that the page shows. They go through the service worker, so that a push message of
// the same conversation replaces them, and a click on them finds the page.

const registration = () => navigator.serviceWorker?.getRegistration()

/** @type {(row: HTMLElement, at: number) => Promise<void>} */
export async function notify(row, at) {
  if (!('Notification' in window) || Notification.permission !== 'granted') return
  const worker = await registration()
  const line = row.querySelector('.last')?.textContent?.trim() ?? ''
  const { text, icon } = document.getElementById('notifying')?.dataset ?? {}
  await worker?.showNotification(row.querySelector('.name')?.textContent ?? '', {
    body: text === undefined ? 'New message' : line,
    tag: row.id, icon, data: { url: row.getAttribute('href'), at },
  })
}

/** withdraw closes the notification of a conversation that was read up to a time.
 * @type {(tag: string, at: number) => Promise<void>} */
export async function withdraw(tag, at) {
  const worker = await registration()
  for (const shown of await worker?.getNotifications({ tag }) ?? []) {
    if (!(shown.data?.at > at)) shown.close()
  }
}
