// @ts-check
// What differs between the outbox of this tab and what is stored of it.
import { borrow } from '../lend.js'
import { live } from '../dom.js'
import { draftToStore, isWhole, mergeDraft, mergeItems } from './merge.js'

// A page for guests has none.
export const outbox = /** @type {Outbox} */ (borrow())
export const { me = '' } = live()?.dataset ?? {}

/** others are the texts that other tabs had for the next message, by conversation.
 * @type {Record<string, string | undefined>} */
export const others = {}

/** known is what is stored of what this tab has, by kind and id.
 * @type {Map<string, string>} */
const known = new Map()
const dropped = new Set() // messages that this tab has deleted: a slow reading brings none back
const droppedBefore = () => outbox.stored.dropped ?? []

export const newTab = () => crypto.getRandomValues(new Uint32Array(2)).join('')
const recordOf = (kind, id, value) => ({ person: me, kind, id, value })
const keyOf = ({ kind, id }) => `${kind} ${id}`
const copy = value => JSON.parse(JSON.stringify(value))

/** conversations are those that something is drafted in. */
function conversations(...more) {
  const { drafts, modes, times } = outbox
  const lists = [drafts, modes, times, others].map(Object.keys)
  return new Set([...lists.flat(), ...more])
}

/** @type {(conversation: string) => Draft} */
function draftOf(conversation) {
  const { drafts, modes, times } = outbox
  return {
    text: drafts[conversation] ?? '',
    mode: modes[conversation],
    other: others[conversation],
    at: times[conversation] ?? 0,
  }
}

const baseOf = conversation => (outbox.stored.drafts ??= {})[conversation]
/** @type {(draft: Partial<Draft>) => string} */
const looks = ({ text, mode, other }) => JSON.stringify([text, mode, other])
const textOf = value => JSON.stringify(Object.entries(value).sort())
const nothing = looks({ text: '' })

function changedDraft(conversation) {
  const draft = draftOf(conversation)
  if ((known.get('draft ' + conversation) ?? nothing) === looks(draft)) return []
  const base = baseOf(conversation) ?? 0
  if (draft.at <= base) draft.at = Math.max(Date.now(), base) + Math.random()
  outbox.times[conversation] = draft.at
  return [recordOf('draft', conversation, copy(draft))]
}

function changedItems() {
  let last = 0
  /** @type {StoredRecord[]} */
  const records = []
  for (const item of outbox.items) {
    item.at ??= Math.max(Date.now(), last + 1)
    last = item.at
    item.tab = isWhole(item) ? undefined : outbox.stored.tab
    const record = recordOf('item', item.key, valueOf(item))
    if (known.get(keyOf(record)) !== textOf(record.value)) records.push(record)
  }
  return records
}

// The files for the next messages.
const traysOf = () => Object.entries(outbox.trays).filter(([, tray]) => tray.length)

/** hasOwnFiles reports whether there are files that only this tab can send. */
export const hasOwnFiles = () => {
  return traysOf().length > 0 || outbox.items.some(item => item.tab === outbox.stored.tab)
}

function changedTrays() {
  const value = copy(Object.fromEntries(traysOf()))
  const record = recordOf('tray', outbox.stored.tab, value)
  return (known.get(keyOf(record)) ?? '[]') === textOf(value) ? [] : [record]
}

// The stored messages that this tab has had, and has not any more.
function goneOf(has) {
  const keys = [...known.keys()].filter(key => key.startsWith('item '))
  return keys.map(key => key.slice('item '.length)).filter(id => !has.has(id))
}

/** changes returns the records to store, and the keys of those to delete. */
export function changes() {
  const puts = [...changedItems(), ...changedTrays(), ...[...conversations()].flatMap(changedDraft)]
  const gone = goneOf(new Set(outbox.items.map(item => item.key)))
  const ids = new Set([...gone, ...droppedBefore()])
  ids.forEach(id => dropped.add(id))
  return { puts, deletes: [...ids].map(id => [me, 'item', id]) }
}

/** merge decides what is stored where a record is already.
 * @type {(record: StoredRecord, found?: StoredRecord) => StoredRecord | null} */
export function merge(record, found) {
  if (record.kind === 'tray') return Object.keys(record.value).length ? record : null
  const isGone = !found && known.has(keyOf(record)) // sent or discarded meanwhile
  if (record.kind === 'item') return isGone ? null : record
  const value = draftToStore(record.value, baseOf(record.id), found?.value)
  return value && { ...record, value }
}

/** note takes down what has been stored, and reports whether messages are among it. */
export function note({ puts, deletes }, results) {
  puts.forEach((record, i) => noteOne(record, results[i]))
  for (const [, , id] of deletes) known.delete('item ' + id)
  outbox.stored.dropped = droppedBefore().filter(id => !deletes.some(key => key[2] === id))
  return deletes.length > 0 || puts.some(record => record.kind === 'item')
}

function noteOne(record, result) {
  const { kind, id, value } = record
  if (kind === 'draft') {
    known.set(keyOf(record), looks(result?.value ?? { text: '' }))
    noteDraft(id, value, result?.value)
    return
  }
  known.set(keyOf(record), textOf(value))
  const item = kind === 'item' && outbox.items.find(item => item.key === id)
  if (item) item.saved = true
}

// What is shown stays until the tabs meet; what another had written stands beside it.
function noteDraft(conversation, mine, stored) {
  const drafts = outbox.stored.drafts ??= {}
  if (!stored) {
    delete drafts[conversation]
    delete others[conversation]
    if (outbox.times[conversation] === mine.at) delete outbox.times[conversation]
  } else if (stored.at === mine.at) {
    drafts[conversation] = mine.at
    others[conversation] = stored.other
  }
}

const valueOf = item => copy({ ...item, saved: undefined })

// Another tab has changed a message that this one has left as it was stored.
function isNews(item, found) {
  const was = known.get('item ' + item.key)
  return was === textOf(valueOf(item)) && was !== textOf(found)
}

/** startAnew is for a database that has lost what this tab stored: the browser may empty it. */
export function startAnew() {
  known.clear()
  outbox.stored.drafts = {}
  for (const item of outbox.items) delete item.saved
}

/** takeItems takes over the messages that are stored. A tab takes those of another with files that
 * only that one can send once it is gone, and unless it shares, none that it has not.
 * @type {(records: StoredRecord[], takes: (item: Item) => boolean, shares: boolean) => void} */
export function takeItems(records, takes, shares) {
  const before = new Set(outbox.items.map(item => item.key))
  for (const id of [...goneOf(before), ...droppedBefore()]) dropped.add(id)
  const items = records.filter(({ kind, id }) => kind === 'item' && !dropped.has(id))
  const stored = items.map(record => record.value).filter(item => shares || before.has(item.key))
  outbox.items = mergeItems(outbox.items, stored, takes, isNews)
  const has = new Set(outbox.items.map(item => item.key))
  for (const key of before) if (!has.has(key)) known.delete('item ' + key)
  for (const item of stored.filter(item => has.has(item.key))) {
    known.set('item ' + item.key, textOf(item))
  }
}

/** begin names the tab. Messages of an earlier release have no time, and are older than others. */
export function begin() {
  outbox.stored.tab ??= newTab()
  outbox.items.forEach((item, i) => { item.at ??= i })
}

/** forgetDropped bounds what is noted where nothing can be stored. */
export function forgetDropped() {
  outbox.stored.dropped = droppedBefore().slice(-50)
}

/** noteTray takes down what is stored of this tab's own files. */
export function noteTray(records) {
  const own = records.find(({ kind, id }) => kind === 'tray' && id === outbox.stored.tab)
  if (own) known.set(keyOf(own), textOf(own.value))
}

/** takeDrafts takes over the drafts that are stored and newer. */
export function takeDrafts(records) {
  const stored = new Map(records.filter(r => r.kind === 'draft').map(r => [r.id, r.value]))
  for (const conversation of conversations(...stored.keys())) {
    const found = stored.get(conversation)
    known.set('draft ' + conversation, looks(found ?? { text: '' }))
    const mine = draftOf(conversation)
    const draft = mergeDraft(mine, baseOf(conversation), found)
    if (draft !== mine) show(conversation, draft)
  }
}

function show(conversation, draft) {
  const { drafts, modes, times, stored } = outbox
  drafts[conversation] = draft.text
  if (!draft.mode) delete modes[conversation]
  else if (modes[conversation]?.id !== draft.mode.id) modes[conversation] = draft.mode
  others[conversation] = draft.other
  times[conversation] = draft.at
  stored.drafts = { ...stored.drafts, [conversation]: draft.at }
}
