// @ts-check
// The outbox of this tab and that of the browser: every change is stored, and what other tabs have
// stored is taken over.
import { emit } from '../dom.js'
import { read, take, write } from './database.js'
import { isWhole } from './merge.js'
import { orderBubbles } from './order.js'
import { showOther } from './other.js'
import {
  begin, changes, forgetDropped, hasOwnFiles, me, merge, note, noteTray, outbox, startAnew,
  takeDrafts, takeItems,
} from './state.js'
import { hold, holders, inTurn, locks, tell } from './tabs.js'
import { warn } from './warning.js'

/** @type {Promise<void> | null} */
let saving = null
let isDirty = false
let hasMet = false // what is stored was read once: before that nothing is stored
let isMissing = false // the database does not answer: a tab keeps its own
const pause = 30_000 // until it is tried again

async function saveOnce() {
  const change = changes()
  hold(outbox.stored.tab, hasOwnFiles())
  if (!change.puts.length && !change.deletes.length) return
  outbox.mirror()
  const results = await write(change.puts, change.deletes, merge)
  if (note(change, results)) tell({ items: true })
  outbox.mirror()
}

async function saveAll() {
  try {
    do {
      isDirty = false
      await saveOnce()
    } while (isDirty)
  } catch (error) {
    fail(error)
  } finally {
    saving = null
  }
}

function fail(error) {
  console.info(error)
  isMissing = true
  warn()
  setTimeout(() => {
    isMissing = false
    meetTabs()
  }, pause)
}

/** save stores what has changed; what changes meanwhile is stored after it.
 * @returns {Promise<void>} */
export function save() {
  isDirty = true
  if (isMissing) forgetDropped()
  if (isMissing || !hasMet) return Promise.resolve()
  saving ??= saveAll()
  return saving
}

// What needs another tab, as long as that is there.
function isOthers({ kind, id, value }) {
  const tab = kind === 'tray' ? id : kind === 'item' && value.tab
  return !!tab && tab !== outbox.stored.tab
}

// Files of tabs that are gone join those of this one.
async function takeTrays(records, living) {
  const left = records.filter(({ kind, id }) => {
    return kind === 'tray' && id !== outbox.stored.tab && !living.has(id)
  })
  for (const { person, kind, id } of left) {
    const record = await take([person, kind, id])
    for (const [conversation, files] of Object.entries(record?.value ?? {})) {
      (outbox.trays[conversation] ??= []).push(...files)
    }
  }
}

/** putMark stores that the database has not been emptied since. */
export const putMark = () => {
  return write([{ person: me, kind: 'mark', id: '', value: 1 }], [], record => record)
}

// meet takes over what other tabs have stored: messages, and if asked also drafts.
async function meet({ drafts = true }) {
  const records = await read(me)
  if (!records.some(record => record.kind === 'mark')) {
    startAnew()
    await putMark()
  }
  const living = records.some(isOthers) ? await holders() : new Set()
  const isOwn = item => !item.tab || item.tab === outbox.stored.tab || !living.has(item.tab)
  const before = new Set(outbox.items)
  const shares = !!locks || !hasMet // without locks each tab sends its own
  takeItems(records, item => isWhole(item) || isOwn(item), shares)
  noteTray(records)
  if (drafts) {
    takeDrafts(records)
    await takeTrays(records, living)
  }
  hasMet = true
  outbox.keep()
  if (outbox.stopped) return
  outbox.show()
  orderBubbles()
  showOther()
  emit('left')
  if (outbox.items.some(item => !before.has(item))) outbox.retry() // its tab may be gone
}

async function meetNow(how) {
  if (isMissing) return
  await save()
  await meet(how).catch(fail)
}

let meeting = Promise.resolve()

/** meetTabs takes over what other tabs have stored, once at a time: an old reading does not come
 * after a new one. */
export function meetTabs(how = {}) {
  meeting = meeting.then(() => meetNow(how))
  return meeting
}

// One tab after the other, and each with what the one before has left.
function takeTurns() {
  const turn = outbox.turn.bind(outbox)
  outbox.turn = conversation => inTurn(conversation, async () => {
    await meetTabs({ drafts: false })
    const wait = await turn(conversation)
    await save()
    return wait
  })
}

/** startSync begins with what is stored. */
export async function startSync() {
  begin()
  await meetTabs()
  if (locks) takeTurns()
  document.addEventListener('dchat:kept', save)
  await save()
  outbox.retry()
}
