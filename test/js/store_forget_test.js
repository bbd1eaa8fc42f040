import assert from 'node:assert/strict'
import test from 'node:test'
import { install as installDatabase, trouble } from './page/database.js'
import { install, told } from './page/page.js'

install()
const records = installDatabase()
const { forget, forgetAll } = await import('../../static/js/store/forget.js')

const gone = []
globalThis.caches = { keys: async () => ['shell'], delete: async name => gone.push(name) }
const subscription = { unsubscribe: async () => gone.push('push') }
navigator.serviceWorker = {
  getRegistration: async () => ({ pushManager: { getSubscription: async () => subscription } }),
}

const item = (key, more = {}) => ({ key, body: key, url: '', conversation: 1, files: [], ...more })
const stored = person => [...records.values()].filter(r => r.person === person).map(r => [r.kind, r.id, r.value])

function keep(person, kept) {
  sessionStorage.setItem('outbox-' + person, JSON.stringify(kept))
}

test('what is not sent is moved to the database, each person\'s, and all else is deleted', async () => {
  keep('7', {
    items: [item('old'), item('new', { at: 9 }), item('stored', { saved: true })],
    drafts: { 1: 'of a release before', 2: 'stored', 3: 'typed on', 4: '' },
    times: { 2: 5, 3: 8 },
    stored: { tab: 'here', drafts: { 2: 5, 3: 7 } },
    trays: { 1: [{ name: 'a.txt', id: 'x' }], 2: [] },
  })
  keep('8', { items: [item('of bert')] })
  sessionStorage.setItem('warned', 'yes')
  localStorage.setItem('emoji-7', '[]')
  await forget()
  assert.deepEqual(stored('7').map(([kind, id]) => `${kind} ${id}`), [
    'item old', 'item new', 'draft 1', 'draft 3', 'tray here',
  ])
  assert.equal(stored('7').find(([, id]) => id === '3')[2].text, 'typed on')
  assert.deepEqual(stored('8').map(([, id]) => id), ['of bert'])
  assert.deepEqual(Object.keys(sessionStorage), [])
  assert.deepEqual(Object.keys(localStorage), [])
  assert.deepEqual(gone.sort(), ['push', 'shell'])
})

test('a newer draft of another tab is not overwritten', async () => {
  keep('7', { drafts: { 3: 'older' }, times: { 3: 1 } })
  await forget()
  const { text, other } = stored('7').find(([, id]) => id === '3')[2]
  assert.deepEqual([text, other], ['typed on', 'older'])
})

test('without a database it stays in its tab', async () => {
  trouble.isOn = true
  keep('7', { items: [item('alone')] })
  await forget()
  assert.deepEqual(Object.keys(sessionStorage), ['outbox-7'])
  trouble.isOn = false
})

test('a deleted account leaves nothing, and other tabs hear of it', async () => {
  await forgetAll()
  assert.equal(records.size, 0)
  assert.deepEqual(Object.keys(sessionStorage), [])
  assert.equal(told.at(-1).discard, true)
})
