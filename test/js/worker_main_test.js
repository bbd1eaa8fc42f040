import assert from 'node:assert/strict'
import test from 'node:test'
import { installCaches } from './page/caches.js'

const stored = installCaches()
const listeners = {}
const done = []
globalThis.self = {
  addEventListener: (type, listener) => { listeners[type] = listener },
  skipWaiting: () => done.push('skipWaiting'),
  clients: { claim: async () => done.push('claim') },
  registration: { navigationPreload: { enable: async () => done.push('preload') } },
  location: { origin: 'https://chat.example.org' },
}
await import('../../static/js/worker/main.js')

async function fire(type, event = {}) {
  const waits = []
  listeners[type]({ waitUntil: wait => waits.push(wait), ...event })
  await Promise.all(waits)
}

test('another release takes over at once, and deletes only caches that it does not know', async () => {
  for (const name of ['dchat-assets-1', 'dchat-pages-1-anna', 'dchat-assets-2', 'dchat-pages-0-anna', 'old']) await caches.open(name)
  await fire('install')
  await fire('activate')
  assert.deepEqual([...stored.keys()], ['dchat-assets-1', 'dchat-pages-1-anna'])
  assert.deepEqual(done, ['skipWaiting', 'preload', 'claim'])
})

test('the worker asks whose the browser is, and forgets everything when it is told to', async () => {
  stored.clear()
  globalThis.fetch = async () => new Response('', { headers: { 'DChat-As': 'anna' } })
  const said = []
  await fire('message', { data: 'begin', source: { postMessage: text => said.push(text) } })
  assert.deepEqual([[...stored.keys()], said], [['dchat-pages-1-anna'], ['begun']])
  await fire('message', { data: 'forget' })
  assert.equal(stored.size, 0)
})

test('what has a fingerprint is asked for once', async () => {
  stored.clear()
  let asked = 0
  globalThis.fetch = async () => { asked++; return new Response('x') }
  const get = async () => {
    let answer
    const url = 'https://chat.example.org/static/dchat.0123abcd.js'
    listeners.fetch({ request: { method: 'GET', mode: 'no-cors', url, headers: new Headers() }, respondWith: a => { answer = a } })
    return (await answer).text()
  }
  assert.deepEqual([await get(), await get(), asked], ['x', 'x', 1])
})
