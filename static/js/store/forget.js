// @ts-check
// Signed out, nothing of a person stays in the browser but what they have not sent yet.
import { live } from '../dom.js'
import { pagesOf } from '../keep/names.js'
import { clear, write } from './database.js'
import { draftToStore } from './merge.js'
import { newTab } from './state.js'
import { tell } from './tabs.js'
import { forget as forgetPerson } from '../worker/person.js'

const places = () => Object.keys(sessionStorage).filter(key => key.startsWith('outbox-'))

/** @type {(kept: any) => { kind: string, id: string, value: any }[]} */
function draftsOf({ drafts = {}, modes = {}, times = {}, stored = {} }) {
  const ids = Object.keys({ ...drafts, ...modes }).filter(id => drafts[id] || modes[id])
  const fresh = ids.filter(id => !times[id] || times[id] !== stored.drafts?.[id])
  const draft = id => ({ text: drafts[id] ?? '', mode: modes[id], at: times[id] ?? 1 })
  return fresh.map(id => ({ kind: 'draft', id, value: draft(id) }))
}

function itemsOf({ items = [] }) {
  const now = Date.now()
  const fresh = items.filter(item => !item.saved)
  return fresh.map((item, i) => ({ kind: 'item', id: item.key, value: { at: now + i, ...item } }))
}

/** @type {(kept: any) => { kind: string, id: string, value: any }[]} */
function traysOf({ trays = {}, stored = {} }) {
  const value = Object.fromEntries(Object.entries(trays).filter(([, files]) => files.length))
  const { tab: id = newTab() } = /** @type {Stored} */ (stored)
  return Object.keys(value).length ? [{ kind: 'tray', id, value }] : []
}

/** @type {(person: string, kept: any) => StoredRecord[]} */
function recordsOf(person, kept) {
  const records = [...itemsOf(kept), ...draftsOf(kept), ...traysOf(kept)]
  return records.map(record => ({ person, ...record }))
}

function merge(record, found) {
  if (record.kind !== 'draft') return record
  const value = draftToStore(record.value, undefined, found?.value)
  return value && { ...record, value }
}

// What a tab has kept and the database has not is moved there. If there is none, it stays.
async function move(place) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(place) ?? '{}')
    const records = recordsOf(place.slice('outbox-'.length), kept)
    if (records.length) await write(records, [], merge)
    sessionStorage.removeItem(place)
  } catch (error) {
    console.info(error)
  }
}

async function forgetPush() {
  const registration = await navigator.serviceWorker?.getRegistration()
  const subscription = await registration?.pushManager?.getSubscription()
  await subscription?.unsubscribe()
  forgetPerson()
}

// The worker has made the cache of the person who is there now.
async function forgetCaches() {
  const own = pagesOf(live()?.dataset.as)
  const names = await window.caches?.keys() ?? []
  await Promise.all(names.filter(name => name !== own).map(name => caches.delete(name)))
}

function forgetPlaces() {
  localStorage.clear()
  const unsent = new Set(places())
  for (const key of Object.keys(sessionStorage)) {
    if (!unsent.has(key)) sessionStorage.removeItem(key)
  }
}

/** forget deletes what the browser has stored for people, but for what they have not sent. */
export async function forget() {
  for (const place of places()) await move(place)
  forgetPlaces()
  await Promise.allSettled([forgetPush(), forgetCaches()])
}

/** forgetAll deletes that, too: the account is gone. */
export async function forgetAll() {
  localStorage.clear()
  sessionStorage.clear()
  await Promise.allSettled([clear(), forgetPush(), forgetCaches()])
  tell({ discard: true })
}
