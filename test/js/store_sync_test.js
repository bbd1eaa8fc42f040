import assert from 'node:assert/strict'
import test from 'node:test'
import { install as installDatabase, trouble } from './page/database.js'
import { held, install, told } from './page/page.js'

const me = '7'
const outbox = install(me)
const records = installDatabase()
const item = (key, at, more = {}) => ({ key, at, body: key, url: '', conversation: 1, files: [], ...more })
const record = (kind, id, value, person = me) => ({ person, kind, id, value })

// What another tab stores.
const put = (...args) => {
  const of = record(...args)
  records.set(JSON.stringify([of.person, of.kind, of.id]), of)
}
const remove = (kind, id) => records.delete(JSON.stringify([me, kind, id]))
const stored = kind => [...records.values()].filter(r => r.person === me && r.kind === kind)
const ids = kind => stored(kind).map(r => r.id).sort()
const keys = () => outbox.items.map(item => item.key)

// The tab was here before: of two messages that it had stored another tab has sent one.
put('mark', '', 1)
put('item', 'kept', item('kept', 2))
put('item', 'of bert', item('of bert', 1), '8')
put('tray', 'here', { 1: [{ name: 'sent.txt', id: 'x' }] })
outbox.stored.tab = 'here'
outbox.stored.dropped = ['discarded']
put('item', 'discarded', item('discarded', 0))
outbox.items = [item('sent', 1, { saved: true }), item('kept', 2, { saved: true }), item('new', 3)]
const { meetTabs, save, startSync } = await import('../../static/js/store/sync.js')
await startSync()

test('a message that another tab has sent does not come back, and a new one is stored', () => {
  assert.deepEqual(keys(), ['kept', 'new'])
  assert.deepEqual(ids('item'), ['kept', 'new'])
  assert.deepEqual(ids('tray'), [], 'files that were sent are forgotten')
})

test('messages of another tab are taken over, and are never another person\'s', async () => {
  put('item', 'other', item('other', 2.5))
  await meetTabs()
  assert.deepEqual(keys(), ['kept', 'other', 'new'])
  assert.deepEqual(ids('item'), ['kept', 'new', 'other'])
})

test('what is sent or discarded is deleted, and an answer that was on its way brings it not back', async () => {
  const meeting = meetTabs()
  await new Promise(setImmediate)
  outbox.items = outbox.items.filter(item => item.key !== 'other')
  outbox.changed()
  await meeting
  await save()
  assert.deepEqual(keys(), ['kept', 'new'])
  assert.deepEqual(ids('item'), ['kept', 'new'])
  assert.ok(told.some(news => news.items))
})

test('a change is stored once, and does not go to and fro', async () => {
  put('item', 'new', item('new', 3, { why: 'Not sent', final: true }))
  await meetTabs()
  assert.equal(outbox.items[1].why, 'Not sent')
  told.length = 0
  await meetTabs()
  await save()
  assert.equal(told.length, 0)
})

test('a message that another tab has just sent is not stored again', async () => {
  put('item', 'brief', item('brief', 3.5))
  await meetTabs()
  remove('item', 'brief')
  outbox.items.find(item => item.key === 'brief').why = ''
  outbox.changed()
  await save()
  assert.deepEqual(ids('item'), ['kept', 'new'])
  await meetTabs()
  assert.deepEqual(keys(), ['kept', 'new'])
})

test('messages leave in the order of writing, and new ones come last', async () => {
  outbox.items.push({ ...item('last'), at: undefined })
  outbox.changed()
  await save()
  assert.ok(outbox.items.at(-1).at > 1e12)
  outbox.items.pop()
  outbox.changed()
  await save()
})

test('a message with files of another tab waits for the end of that tab', async () => {
  const waits = item('files', 4, { files: [{ name: 'a.txt' }], tab: 'far' })
  put('item', 'files', waits)
  put('tray', 'far', { 1: [{ name: 'b.txt' }] })
  held.add(`dchat-${me}-tab-far`)
  await meetTabs()
  assert.deepEqual(keys(), ['kept', 'new'])
  assert.deepEqual(outbox.trays, {})
  assert.deepEqual(ids('item'), ['files', 'kept', 'new'])
  held.clear()
  await meetTabs()
  await save()
  assert.deepEqual(keys(), ['kept', 'new', 'files'])
  assert.deepEqual(outbox.trays, { 1: [{ name: 'b.txt' }] })
  assert.deepEqual(ids('tray'), [outbox.stored.tab])
  outbox.trays = {}
  outbox.items = outbox.items.filter(item => item.key !== 'files')
  outbox.changed()
  await save()
  assert.deepEqual(ids('tray'), [])
})

test('a draft is stored as it is typed, and deleted once it is sent', async () => {
  outbox.write('1', 'half')
  await save()
  outbox.write('1', 'half a thought')
  await save()
  assert.equal(stored('draft')[0].value.text, 'half a thought')
  outbox.write('1', '')
  await save()
  assert.deepEqual(ids('draft'), [])
})

test('a newer draft counts at the next focus, and this tab\'s own words are kept', async () => {
  outbox.write('1', 'mine')
  await save()
  const [{ value }] = stored('draft')
  put('draft', '1', { ...value, text: 'newer', at: value.at + 60_000 })
  outbox.write('1', 'mine again')
  await save()
  assert.equal(outbox.drafts[1], 'mine again', 'nothing changes while one types')
  await meetTabs()
  assert.equal(outbox.drafts[1], 'newer')
  assert.equal(stored('draft')[0].value.other, 'mine again')
  remove('draft', '1')
  await meetTabs()
  assert.equal(outbox.drafts[1], '', 'it was sent elsewhere')
})

test('a database that was emptied loses nothing that this tab has', async () => {
  outbox.write('2', 'a draft')
  await save()
  records.clear()
  await meetTabs()
  await save()
  assert.deepEqual(keys(), ['kept', 'new'])
  assert.deepEqual(ids('item'), ['kept', 'new'])
  assert.equal(outbox.drafts[2], 'a draft')
  assert.equal(stored('draft')[0].value.text, 'a draft')
})

test('without a database the tab keeps its own', async () => {
  trouble.isOn = true
  outbox.items.push(item('alone', 5))
  outbox.changed()
  await meetTabs()
  assert.deepEqual(keys(), ['kept', 'new', 'alone'])
  assert.deepEqual(ids('item'), ['kept', 'new'])
})
