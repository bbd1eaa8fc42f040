import assert from 'node:assert/strict'
import test from 'node:test'

globalThis.matchMedia = () => ({ matches: false })
const { isWanted, restrict } = await import('../../static/js/range.js')

const row = (seq, rev) => ({ dataset: { seq: String(seq), rev: String(rev) } })

test('a row that is known changes only to a newer one', () => {
  for (const [rev, known, wanted] of [[8, 7, true], [7, 7, false], [6, 7, false], [10, 9, true]]) {
    for (const first of [0, 900, Infinity]) {
      assert.equal(isWanted(row(5, rev), row(5, known), first), wanted, `${rev} over ${known}`)
    }
  }
})

test('a row that is not known enters only where its place is loaded', () => {
  for (const [seq, first, wanted] of [[5, 900, false], [900, 900, true], [951, 900, true], [1, 0, true], [951, Infinity, false]]) {
    assert.equal(isWanted(row(seq, 1), null, first), wanted, `${seq} from ${first}`)
  }
})

// page is as much of a document as the rules look at.
function page(rows, { id = '', older = false } = {}) {
  globalThis.document = { getElementById: id => rows.find(row => row.id === id) ?? null }
  const find = selector => selector.startsWith('.older') ? older ? {} : null : rows[0] ?? null
  return { id, querySelector: find }
}

function named(id, seq, rev) {
  const known = { id, dataset: { seq: String(seq), rev: String(rev) }, removed: false }
  return Object.assign(known, { hasAttribute: () => false, remove() { known.removed = true }, querySelector: () => null, previousElementSibling: null })
}

function take(target, l, ...fresh) {
  const task = { target, fragment: { querySelectorAll: () => fresh } }
  restrict(task, l)
  return task
}

test('an update adds nothing above what is loaded, with its divider', () => {
  const l = page([named('message-900', 900, 900)], { id: 'messages-1', older: true })
  const [old, next] = [named('message-5', 5, 952), named('message-951', 951, 953)]
  const day = { matches: () => true, removed: false, remove() { day.removed = true } }
  old.previousElementSibling = day
  take('#messages-1', l, old, next)
  assert.deepEqual([old.removed, day.removed, next.removed], [true, true, false])
})

test('a pager adds what is older', () => {
  const l = page([named('message-900', 900, 900)], { id: 'messages-1', older: true })
  const old = named('message-899', 899, 899)
  take('[role=log]:has(> #older-1)', l, old)
  assert.equal(old.removed, false)
})

test('a log without an id takes changes of what it holds, and nothing else', () => {
  const l = page([named('message-5', 5, 5)])
  const [changed, late, next] = [named('message-5', 5, 9), named('message-5', 5, 4), named('message-951', 951, 10)]
  const task = take('#messages-1', l, changed, late, next)
  assert.equal(task.target, l)
  assert.deepEqual([changed.removed, late.removed, next.removed], [false, true, true])
})

test('an update of another conversation leaves the open one as it is', () => {
  const l = page([named('message-5', 5, 5)], { id: 'messages-1' })
  const other = named('message-7', 7, 7)
  take('#messages-2', l, other)
  assert.equal(other.removed, true)
  assert.equal(take('#messages-2', null, named('message-7', 7, 7)).target, '#messages-2')
})
