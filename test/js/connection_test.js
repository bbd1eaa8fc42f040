import assert from 'node:assert/strict'
import test from 'node:test'
import { fetchAgain, fetchOnce, flush } from '../../static/js/connection.js'

// network answers requests in turn: by an answer, or never, until the request is ended.
function network(t, ...answers) {
  const asked = []
  t.mock.method(globalThis, 'fetch', (url, { signal }) => {
    asked.push(url)
    const answer = url === '/healthz' ? 'up' : answers.shift()
    if (answer) return Promise.resolve(answer)
    return new Promise((_, fail) => signal.addEventListener('abort', () => fail(signal.reason)))
  })
  t.mock.timers.enable({ apis: ['setTimeout'] })
  return asked
}

const settled = async () => { for (let i = 0; i < 20; i++) await null }

test('an answer is passed on', async t => {
  const asked = network(t, 'answer')
  assert.equal(await fetchAgain('/a'), 'answer')
  assert.deepEqual(asked, ['/a'])
})

test('what a dead connection has swallowed goes over another one', async t => {
  const asked = network(t, null, 'answer')
  const answer = fetchAgain('/a')
  t.mock.timers.tick(9_999)
  await settled()
  assert.deepEqual(asked, ['/a'])
  t.mock.timers.tick(1)
  assert.equal(await answer, 'answer')
  assert.deepEqual(asked, ['/a', ...Array(6).fill('/healthz'), '/a'])
})

test('what may not be repeated is sent once', async t => {
  const asked = network(t, null, 'answer')
  const answer = fetchOnce('/a', { method: 'POST' })
  t.mock.timers.tick(20_000)
  assert.equal(await answer, null)
  assert.equal(asked.filter(url => url === '/a').length, 1)
})

test('a request that its caller ends is not repeated', async t => {
  const asked = network(t, null, 'answer')
  const end = new AbortController()
  const answer = fetchAgain('/a', { signal: end.signal })
  end.abort()
  assert.equal(await answer, null)
  assert.deepEqual(asked, ['/a'])
})

test('connections are flushed once at a time', async t => {
  const asked = network(t)
  assert.deepEqual(await Promise.all([flush(), flush()]), [true, true])
  assert.equal(asked.length, 6)
})
