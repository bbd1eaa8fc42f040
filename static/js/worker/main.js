// @ts-check
// The service worker. Each of its concerns is a module that adds its own listeners.
import { isKnown } from '../keep/names.js'
import { startFetch } from './fetch.js'
import { forget, settle } from './pages.js'
import { startPush } from './push.js'

/** @type {any} */
const worker = self

// Another release takes over at once: what open pages still ask for is in the cache of assets, under
// its fingerprint. Caches that it does not know are of no use, whichever of the two is the newer one.
async function takeOver() {
  const names = await caches.keys()
  await Promise.all(names.filter(name => !isKnown(name)).map(name => caches.delete(name)))
  await worker.registration.navigationPreload?.enable()
  await worker.clients.claim()
}

// The page that has brought the worker was loaded without it, so the worker asks whose it is.
async function begin(page) {
  await settle('', await fetch('/', { method: 'HEAD' }))
  page?.postMessage('begun')
}

worker.addEventListener('install', () => worker.skipWaiting())
worker.addEventListener('activate', event => event.waitUntil(takeOver()))
worker.addEventListener('message', event => {
  if (event.data === 'begin') event.waitUntil(begin(event.source).catch(() => {}))
  if (event.data === 'forget') event.waitUntil(forget())
})
startFetch(worker)
startPush(worker)
