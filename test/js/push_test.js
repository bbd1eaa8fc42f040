import assert from 'node:assert/strict'
import { test } from 'node:test'

import { withCount } from '../../static/js/notify/badge.js'
import * as person from '../../static/js/worker/person.js'
import { options, startPush, stale } from '../../static/js/worker/push.js'

const message = { tag: 'chat-7', title: 'Anna', body: 'hello', url: '/chats/anna', icon: '/i.png', at: 5000, unread: 3, others: ['chat-7', 'chat-9'], now: 6000 }

test('notifications of conversations that were read are withdrawn', () => {
  const shown = [{ tag: 'chat-7' }, { tag: 'chat-8' }, { tag: 'chat-9' }]
  assert.deepEqual(stale(shown, message), [{ tag: 'chat-8' }])
  assert.deepEqual(stale(shown, { ...message, others: null }), [])
  assert.deepEqual(stale([{ tag: 'chat-8', data: { at: 6001 } }], message), [], 'it came after the list was made')
})

test('what an open page has shown is replaced without a sound', () => {
  assert.equal(options(message, []).renotify, false)
  assert.equal(options(message, [{ tag: 'chat-7', data: { at: 5000 } }]).renotify, false)
  assert.equal(options(message, [{ tag: 'chat-7', data: { at: 4000 } }]).renotify, true)
  assert.equal(options(message, [{ tag: 'chat-8', data: { at: 4000 } }]).renotify, false)
})

test('the icon has a count', () => {
  assert.match(withCount('<svg></svg>', 3), /^<svg>.*>3<\/text><\/svg>$/)
  assert.match(withCount('<svg></svg>', 1200), />99</)
})

// fake is a service worker without a browser.
function fake({ pages = [], shown = [] } = {}) {
  const listeners = {}
  const worker = {
    said: [], opened: [], badge: undefined,
    addEventListener: (type, listener) => { listeners[type] = listener },
    navigator: { setAppBadge: async n => { worker.badge = n } },
    registration: {
      getNotifications: async () => shown,
      showNotification: async (title, options) => { worker.said.push([title, options.tag]) },
    },
    clients: { matchAll: async () => pages, openWindow: async url => { worker.opened.push(url) } },
    fire: async (type, event) => {
      let waits
      listeners[type]({ waitUntil: promise => { waits = promise }, ...event })
      await waits
    },
  }
  startPush(worker)
  return worker
}

const pushed = { data: { json: () => message } }

test('a push message is shown, unless a page is in sight', async () => {
  for (const [page, said] of [[[], 1], [[{ focused: false, visibilityState: 'visible' }], 1], [[{ focused: true, visibilityState: 'visible' }], 0]]) {
    const worker = fake({ pages: page })
    await worker.fire('push', pushed)
    assert.equal(worker.said.length, said)
    assert.equal(worker.badge, 3)
  }
})

test('a push message closes what was read elsewhere', async () => {
  const closed = []
  const worker = fake({ shown: ['chat-7', 'chat-8'].map(tag => ({ tag, close: () => closed.push(tag) })) })
  await worker.fire('push', pushed)
  assert.deepEqual(closed, ['chat-8'])
})

test('a click opens the conversation, in a page that is there', async () => {
  const notification = { close() {}, data: { url: '/chats/anna' } }
  const none = fake()
  await none.fire('notificationclick', { notification })
  assert.deepEqual(none.opened, ['/chats/anna'])

  const focused = []
  const page = path => ({ url: 'https://chat.example.org' + path, focus: () => focused.push(path), navigate: async url => page(url) })
  await fake({ pages: [page('/settings'), page('/chats/anna')] }).fire('notificationclick', { notification })
  await fake({ pages: [page('/settings')] }).fire('notificationclick', { notification })
  assert.deepEqual(focused, ['/chats/anna', '/chats/anna'])
})

// memory is the browser's database, as far as the worker uses it.
function memory() {
  const kept = new Map()
  const later = (request, result) => {
    queueMicrotask(() => {
      request.result = result
      request.onupgradeneeded?.()
      request.onsuccess?.()
    })
    return request
  }
  const store = { get: key => later({}, kept.get(key)), put: (value, key) => later({}, kept.set(key, value)) }
  const database = { createObjectStore() {}, close() {}, transaction: () => ({ objectStore: () => store }) }
  return { open: () => later({}, database), deleteDatabase: () => kept.clear() }
}

test('a renewed subscription is sent for the person who has made it', async () => {
  globalThis.indexedDB = memory()
  const posts = []
  globalThis.fetch = async (url, { headers }) => { posts.push([url, headers['DChat-As']]) }
  const worker = fake()
  const event = { newSubscription: { endpoint: 'https://push.example.org/x', getKey: () => new ArrayBuffer(3) } }
  await worker.fire('pushsubscriptionchange', event)
  assert.deepEqual(posts, [], 'it does not know for whom')
  await person.remember('anna')
  await worker.fire('pushsubscriptionchange', event)
  assert.deepEqual(posts, [['/push/subscribe', 'anna']])
  person.forget()
  await worker.fire('pushsubscriptionchange', event)
  assert.equal(posts.length, 1)
})
