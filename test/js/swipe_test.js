import assert from 'node:assert/strict'
import test from 'node:test'
import { swipe, wayOf } from '../../static/js/swipe.js'

test('a short move is no swipe', () => {
  assert.deepEqual([wayOf(100, 150), wayOf(100, 50), wayOf(NaN, 500)], [0, 0, 0])
  assert.deepEqual([wayOf(100, 151), wayOf(100, 49)], [-1, 1])
})

test('only the first finger of a touch swipes', () => {
  const element = {}
  const steps = []
  swipe(element, by => steps.push(by))
  const move = (pointerType, isPrimary) => {
    element.onpointerdown({ pointerType, isPrimary, clientX: 200 })
    element.onpointerup({ clientX: 100 })
  }
  move('touch', true)
  move('touch', false)
  move('mouse', true)
  assert.deepEqual(steps, [1])
})
