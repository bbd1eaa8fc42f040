// @ts-check
// What a tab has, and what the tabs of the person have stored: which of it counts.

/** isWhole reports whether the server has every file of a message.
 * @type {(item: Item) => boolean} */
export const isWhole = item => item.files.every(file => file.id)

/** mergeItems returns the messages that a tab has from now on, in the order of writing. A message
 * that was stored and is not any more has been sent or discarded by another tab. takes says whether
 * the tab takes one over, and isNews whether another tab has changed one.
 * @type {(mine: Item[], stored: Item[], takes: (item: Item) => boolean,
 *   isNews: (item: Item, found: Item) => boolean) => Item[]} */
export function mergeItems(mine, stored, takes, isNews) {
  const found = new Map(stored.map(item => [item.key, item]))
  /** @type {(item?: Item) => boolean} */
  const isThere = item => !!item && takes(item)
  const kept = mine.filter(item => !item.saved || isThere(found.get(item.key)))
  for (const item of kept) {
    const other = found.get(item.key)
    if (!other) continue
    item.saved = true
    if (isNews(item, other)) Object.assign(item, { why: undefined, final: undefined }, other)
  }
  const known = new Set(mine.map(item => item.key))
  const taken = stored.filter(item => !known.has(item.key) && takes(item))
  const fresh = taken.map(item => ({ ...item, saved: true }))
  return [...kept, ...fresh].sort((a, b) => (a.at ?? 0) - (b.at ?? 0))
}

// What is in the text that counts, or in another one, needs no second place.
function spare(text, ...others) {
  /** @type {string[]} */
  const kept = []
  for (const other of others) {
    if (other && ![text, ...kept].some(place => place.includes(other))) kept.push(other)
  }
  return kept.join('\n') || undefined
}

/** @type {(draft: Draft) => boolean} */
const isEmpty = ({ text, mode, other }) => !text && !mode && !other

/** mergeDraft returns the draft that a tab shows from now on. The newer one counts, and a text that
 * only this tab had is kept beside it. at is the time of the tab's draft that was stored last.
 * @type {(mine: Draft, at?: number, stored?: Draft) => Draft} */
export function mergeDraft(mine, at, stored) {
  const isStored = mine.at === at
  if (!stored) return isStored ? { text: '', at: 0 } : mine
  if (stored.at < mine.at) return mine
  if (stored.at === mine.at) return { ...mine, other: stored.other }
  if (isStored) return stored
  return { ...stored, other: spare(stored.text, stored.other, mine.text, mine.other) }
}

/** draftToStore returns what becomes of a stored draft when a tab stores its own, which came from
 * the one of the time at; null is nothing. Another text of "" has been discarded.
 * @type {(mine: Draft, at?: number, stored?: Draft) => Draft | null} */
export function draftToStore(mine, at, stored) {
  if (stored && stored.at > mine.at) return mergeDraft(mine, undefined, stored)
  const text = stored?.at === at ? '' : stored?.text
  const isDiscarded = mine.other === ''
  const other = isDiscarded ? undefined : spare(mine.text, mine.other, text, stored?.other)
  const draft = { ...mine, other }
  return isEmpty(draft) ? null : draft
}
