// @ts-check
// The outbox of this tab and that of the browser: every change is stored, and what other tabs have
// stored is taken over.
import { emit } from '../dom.js'
import { read, take, write } from './database.js'
import { isWhole } from './merge.js'
import { showOther } from './other.js'
import {
  changes, hasOwnFiles, me, merge, newTab, note, outbox, startAnew, takeDrafts, takeItems,
} from './state.js'
import { hold, holders, inTurn, locks, tell } from './tabs.js'
import { warn } from './warning.js'

/** @type {Promise<void> | null} */
let saving = null
let isDirty = false
let isMissing = false // the database does not answer: a tab keeps its own

/** mark says that the database has not been emptied since. */
export const mark = { person: me, kind: 'mark', id: '', value: 1 }

async function saveOnce() {
  const change = changes()
  hold(outbox.stored.tab, hasOwnFiles())
  if (!change.puts.length && !change.deletes.length) return
  const results = await write(change.puts, change.deletes, merge)
  if (note(change, results)) tell({ items: true })
  outbox.mirror()
}

async function saveAll() {
  do {
    isDirty = false
    await saveOnce()
  } while (isDirty)
}

function fail(error) {
  console.info(error)
  isMissing = true
  setTimeout(() => { isMissing = false }, 30_000)
  warn()
}

/** save stores what has changed; what changes meanwhile is stored after it.
 * @returns {Promise<void>} */
export function save() {
  isDirty = true
  if (isMissing) return Promise.resolve()
  saving ??= saveAll().catch(fail).finally(() => { saving = null })
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

/** meet takes over what other tabs have stored: messages, and if asked also drafts. */
export async function meet({ drafts = true, first = false } = {}) {
  const records = await read(me)
  if (!records.some(record => record.kind === 'mark')) startAnew()
  const living = records.some(isOthers) ? await holders() : new Set()
  const isOwn = item => !item.tab || item.tab === outbox.stored.tab || !living.has(item.tab)
  const shares = !!locks || first // without locks each tab sends its own
  takeItems(records, item => isWhole(item) || isOwn(item), shares)
  if (drafts) {
    takeDrafts(records)
    await takeTrays(records, living)
  }
  outbox.keep()
  outbox.show()
  showOther()
  emit('left')
}

/** meetSafely is meet where the database may be missing. */
export async function meetSafely(how) {
  if (isMissing) return
  await save()
  await meet(how).catch(fail)
}

// One tab after the other, and each with what the one before has left.
function takeTurns() {
  const turn = outbox.turn.bind(outbox)
  outbox.turn = conversation => inTurn(conversation, async () => {
    await meetSafely({ drafts: false })
    const wait = await turn(conversation)
    await save()
    return wait
  })
}

/** startSync begins with what is stored. */
export async function startSync() {
  outbox.stored.tab ??= newTab()
  await meet({ first: true }).catch(fail)
  if (locks) takeTurns()
  document.addEventListener('dchat:kept', save)
  await write([mark], [], record => record).catch(fail)
  await save()
  outbox.retry()
}
