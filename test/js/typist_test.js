import assert from 'node:assert/strict'
import test from 'node:test'
import { typist } from '../../static/js/typist.js'

function fixture() {
  const said = []
  const clock = { at: 0 }
  return { said, clock, ...typist(text => said.push(text), () => clock.at) }
}

test('typing is said at most every three seconds', () => {
  const { said, clock, write } = fixture()
  for (; clock.at < 7000; clock.at += 100) write('7', 'text')
  assert.deepEqual(said, ['typing.7', 'typing.7', 'typing.7'])
})

test('a cleared box is said at once, and once', () => {
  const { said, write } = fixture()
  write('7', 'a')
  write('7', '')
  write('7', '')
  write('7', 'b')
  assert.deepEqual(said, ['typing.7', 'typed.7', 'typing.7'])
})

test('a sign may come after the message that it went before', () => {
  const { said, write, send } = fixture()
  write('7', 'a')
  send()
  send()
  assert.deepEqual(said, ['typing.7', 'typed.7'])
})

test('a message ends it by itself, and the next text is said at once', () => {
  const { said, clock, write, send } = fixture()
  write('7', 'a')
  clock.at = 1000
  send()
  write('7', '')
  write('7', 'b')
  assert.deepEqual(said, ['typing.7', 'typing.7'])
})

test('what has faded needs no end', () => {
  const { said, clock, write } = fixture()
  write('7', 'a')
  clock.at = 6001
  write('7', '')
  write('8', '')
  assert.deepEqual(said, ['typing.7'])
})
