import assert from 'node:assert/strict'
import test from 'node:test'
import { draftToStore, isWhole, mergeDraft, mergeItems } from '../../static/js/store/merge.js'

const item = (key, at, more = {}) => ({ key, at, body: key, url: '', conversation: 1, files: [], ...more })
const saved = (key, at, more) => item(key, at, { saved: true, ...more })
const keys = items => items.map(item => item.key)
const all = () => true
const none = () => false

test('messages of all tabs stand in the order of writing', () => {
  const merged = mergeItems([item('b', 2)], [item('c', 3), item('a', 1)], all, none)
  assert.deepEqual(keys(merged), ['a', 'b', 'c'])
  assert.equal(merged[0].saved, true)
})

test('messages of an earlier release have no time and keep their order, before all others', () => {
  const merged = mergeItems([item('x'), item('w')], [item('a', 1)], all, none)
  assert.deepEqual(keys(merged), ['x', 'w', 'a'])
})

test('a stored message that is not stored any more was sent or discarded elsewhere', () => {
  assert.deepEqual(keys(mergeItems([saved('a', 1), item('b', 2)], [], all, none)), ['b'])
})

test('a message that is here stays the object that it is', () => {
  const here = saved('a', 1, { files: [{ file: 'bytes', id: 'x' }] })
  const [merged] = mergeItems([here], [item('a', 1, { files: [{ id: 'x' }] })], all, none)
  assert.equal(merged, here)
  assert.equal(merged.files[0].file, 'bytes')
})

test('what another tab has changed counts, and what this one has changed stays', () => {
  const refused = item('a', 1, { why: 'too long', final: true })
  assert.equal(mergeItems([saved('a', 1)], [refused], all, all)[0].final, true)
  assert.equal(mergeItems([saved('a', 1)], [refused], all, none)[0].final, undefined)
  const [again] = mergeItems([saved('a', 1, { why: 'too long', final: true })], [item('a', 1)], all, all)
  assert.equal(again.final, undefined)
})

test('a message that waits for files of another tab is left to that one', () => {
  const waits = item('a', 1, { files: [{ name: 'a.txt' }], tab: 'other' })
  const takes = found => isWhole(found)
  assert.deepEqual(mergeItems([], [waits], takes, none), [])
  assert.deepEqual(mergeItems([saved('a', 1)], [waits], takes, none), [])
  assert.deepEqual(keys(mergeItems([], [item('a', 1, { files: [{ id: 'x' }] })], takes, none)), ['a'])
})

test('the newer draft counts, and the other is kept beside it', () => {
  const stored = { text: 'of the other', at: 5 }
  assert.deepEqual(mergeDraft({ text: 'old', at: 3 }, 3, stored), stored)
  assert.deepEqual(mergeDraft({ text: 'mine', at: 4 }, 3, stored), { ...stored, other: 'mine' })
  assert.equal(mergeDraft({ text: 'of the', at: 4 }, 3, stored).other, undefined)
  const mine = { text: 'newer', at: 6 }
  assert.equal(mergeDraft(mine, 3, stored), mine)
  assert.equal(draftToStore(mine, 3, stored).other, 'of the other')
  assert.equal(draftToStore(mine, 5, stored).other, undefined)
  assert.equal(draftToStore({ text: 'older', at: 4 }, 3, stored).text, 'of the other')
  assert.equal(draftToStore({ text: 'older', at: 4 }, 3, stored).other, 'older')
})

test('a draft that was sent elsewhere is gone here, and one that was never stored stays', () => {
  assert.equal(mergeDraft({ text: 'sent', at: 3 }, 3, undefined).text, '')
  assert.equal(mergeDraft({ text: 'typed on', at: 4 }, 3, undefined).text, 'typed on')
  assert.equal(mergeDraft({ text: 'of an earlier release', at: 0 }, undefined, undefined).text, 'of an earlier release')
  assert.equal(draftToStore({ text: '', at: 4 }, 3, { text: 'sent', at: 3 }), null)
})

test('another text is kept until it is discarded', () => {
  const stored = { text: 'mine', at: 3, other: 'of another' }
  assert.equal(draftToStore({ text: 'mine too', at: 4 }, 3, stored).other, 'of another')
  assert.equal(draftToStore({ text: 'mine', at: 4, other: '' }, 3, stored).other, undefined)
  assert.equal(draftToStore({ text: 'mine\nof another', at: 4 }, 3, stored).other, undefined)
})

// A tab of the model: it types, stores and meets, as state.js does with these functions.
class Tab {
  draft = { text: '', at: 0 }
  base = undefined

  constructor(database, next) {
    Object.assign(this, { database, next })
  }

  type(text, now) {
    this.draft = { ...this.draft, text, at: Math.max(now, this.base ?? 0) + this.next() }
  }

  store() {
    if (this.draft.at === (this.base ?? 0)) return
    const result = draftToStore(this.draft, this.base, this.database.draft)
    this.database.draft = result ?? undefined
    if (result?.at === this.draft.at) {
      this.base = result.at
      this.draft.other = result.other
    }
  }

  meet() {
    this.store()
    const stored = this.database.draft
    const draft = mergeDraft(this.draft, this.base, stored)
    if (draft === this.draft) return
    this.draft = { ...draft }
    this.base = draft.at
  }
}

function random(seed) {
  return () => {
    seed = (seed * 1103515245 + 12345) % 2147483648
    return seed / 2147483648
  }
}

test('whatever tabs do, no text that one of them has typed is lost', () => {
  for (let seed = 1; seed <= 500; seed++) {
    const next = random(seed)
    const database = {}
    const tabs = [1, 2, 3].map(() => new Tab(database, next))
    const typed = tabs.map(() => '')
    for (let step = 1; step <= 30; step++) {
      const i = Math.floor(next() * 3)
      if (next() < 0.5) {
        typed[i] = `${i}:${step};`
        tabs[i].type(`${tabs[i].draft.text}${typed[i]}`, step - Math.floor(next() * 3))
      } else if (next() < 0.5) tabs[i].store()
      else tabs[i].meet()
    }
    for (const tab of [...tabs, ...tabs]) tab.meet()
    const { text, other = '' } = database.draft ?? { text: '' }
    for (const words of typed) assert.ok((text + other).includes(words), `seed ${seed}: ${words}`)
    for (const tab of tabs) assert.equal(tab.draft.text, text, `seed ${seed}`)
  }
})
