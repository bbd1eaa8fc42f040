import assert from 'node:assert/strict'
import test from 'node:test'
import { bytes, characters, halves, isPhoto } from '../../static/js/upload/text.js'

test('sizes are written as the server writes them', () => {
  const want = {
    0: '0 bytes', 1: '1 byte', 999: '999 bytes', 1000: '1 kB', 1499: '1.5 kB', 9949: '9.9 kB',
    9950: '10 kB', 999_499: '999 kB', 999_500: '1 MB', 3_000_000: '3 MB', 5e15: '5000 TB',
  }
  for (const [n, text] of Object.entries(want)) assert.equal(bytes(Number(n)), text, n)
})

test('the two halves of a name are the name, and the second has its ending', () => {
  assert.deepEqual(halves('holiday in the mountains.jpeg'), ['holiday in the mount', 'ains.jpeg'])
  assert.deepEqual(halves('short.txt'), ['', 'short.txt'])
  assert.deepEqual(halves('without an ending'), ['without an en', 'ding'])
  assert.deepEqual(halves('no.ending but a dot and a lot'), ['no.ending but a dot and a', ' lot'])
})

test('a name is not cut within what people see as one character', () => {
  const [start, end] = halves('family 👨‍👩‍👧‍👦 album 🇨🇭🇨🇭🇨🇭🇨🇭🇨🇭.png')
  assert.equal(end, '🇨🇭🇨🇭🇨🇭🇨🇭.png')
  assert.equal(start, 'family 👨‍👩‍👧‍👦 album 🇨🇭')
  assert.equal(characters('👨‍👩‍👧‍👦').length, 1)
})

test('photos are known by their name or their type', () => {
  const file = type => new File([], 'x', { type })
  for (const name of ['a.JPG', 'b.heic', 'c.avif', 'd.apng']) assert.ok(isPhoto({ name }), name)
  assert.ok(isPhoto({ name: 'from the camera', file: file('image/jpeg') }))
  assert.ok(!isPhoto({ name: 'drawing.svg', file: file('image/svg+xml') }))
  assert.ok(!isPhoto({ name: 'jpg', file: file('') }))
})
