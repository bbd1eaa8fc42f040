import assert from 'node:assert/strict'
import test from 'node:test'
import { sorted, spotFor } from '../../static/js/upsert.js'

const rows = (...numbers) => numbers.map(n => ({ getAttribute: () => String(n) }))

test('a row stands before the first that comes after it', () => {
  for (const [number, at] of [[0, 0], [1, 1], [2, 1], [3, 3], [9, 4]]) {
    assert.equal(spotFor(rows(1, 3, 3, 7), number, 'data-seq', 1), at, `ascending ${number}`)
  }
  for (const [number, at] of [[9, 0], [7, 1], [5, 1], [3, 3], [0, 4]]) {
    assert.equal(spotFor(rows(7, 3, 3, 1), number, 'data-seq', -1), at, `descending ${number}`)
  }
  assert.equal(spotFor([], 1, 'data-seq', 1), 0)
})

test('only upserts by a number are sorted here', () => {
  const tasks = [
    { swapSpec: { style: 'upsert', key: 'data-seq', sort: 'asc' } },
    { swapSpec: { style: 'upsert' } },
    { swapSpec: { style: 'outerHTML', key: 'a', sort: 'asc' } },
    {},
  ]
  sorted(tasks)
  const styles = tasks.map(task => task.swapSpec?.style)
  assert.deepEqual(styles, ['sorted', 'upsert', 'outerHTML', undefined])
})
