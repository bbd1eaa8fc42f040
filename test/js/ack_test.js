import assert from 'node:assert/strict'
import test from 'node:test'
import { acknowledger } from '../../static/js/ack.js'

// A clock that stands until it is moved.
function fakeClock() {
  let time = 0
  let timers = []
  return {
    now: () => time,
    later: (go, wait) => { timers.push({ go, at: time + wait }) },
    move(by) {
      time += by
      const due = timers.filter(({ at }) => at <= time)
      timers = timers.filter(({ at }) => at > time)
      due.forEach(({ go }) => go())
    },
  }
}

const frame = (rows = '') =>
  `${rows}<hx-partial hx-target="#cursor" hx-swap="innerHTML" data-ack="ack.">e1.7</hx-partial>`

function page() {
  const sent = []
  const clock = fakeClock()
  return { sent, clock, received: acknowledger(text => sent.push(text), clock) }
}

test('the latest version is acknowledged, at most once a second', () => {
  const { sent, clock, received } = page()
  received.heard(frame(), 'e1.7.3.4.5')
  assert.deepEqual(sent, ['ack.e1.7'], 'the first at once')
  received.heard(frame(), 'e1.8.3.5.5')
  clock.move(500)
  received.heard(frame(), 'e1.9')
  assert.deepEqual(sent, ['ack.e1.7'])
  clock.move(500)
  assert.deepEqual(sent, ['ack.e1.7', 'ack.e1.9'], 'and only the last of several')
  clock.move(5000)
  received.heard(frame(), 'e1.9')
  clock.move(5000)
  assert.equal(sent.length, 2, 'a heartbeat is no news')
})

test('another line is told again', () => {
  const { sent, clock, received } = page()
  received.heard(frame(), 'e1.7')
  clock.move(2000)
  received.reset()
  received.heard(frame(), 'e1.7')
  assert.deepEqual(sent, ['ack.e1.7', 'ack.e1.7'])
})

test('a server that does not ask for it is told nothing', () => {
  const { sent, received } = page()
  received.heard('<hx-partial hx-target="#cursor" hx-swap="innerHTML">e1.7</hx-partial>', 'e1.7')
  const said = 'data-ack=&#34;ack.&#34;>e1.7'
  received.heard(`<p>${said}</p><hx-partial hx-target="#cursor">e1.7</hx-partial>`, 'e1.7')
  assert.deepEqual(sent, [], 'whatever a message says')
})
