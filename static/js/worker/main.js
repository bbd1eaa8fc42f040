// @ts-check
// The service worker. Each of its concerns is a module that adds its own listeners.
import { startPush } from './push.js'

/** @type {any} */
const worker = self

worker.addEventListener('install', () => worker.skipWaiting())
worker.addEventListener('activate', event => event.waitUntil(worker.clients.claim()))
startPush(worker)
