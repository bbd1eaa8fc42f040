// @ts-check
// Of all tabs one tells of a message: the first that claims it.
import { as } from '../answer.js'

const shelf = 'dchat:told:' + as

/** @type {() => Record<string, number>} */
function read() {
  try {
    return JSON.parse(localStorage.getItem(shelf) ?? '{}')
  } catch {
    return {}
  }
}

function take(id, at) {
  const told = read()
  if (told[id] >= at) return false
  told[id] = at
  const latest = Object.entries(told).sort((a, b) => b[1] - a[1]).slice(0, 50)
  try {
    localStorage.setItem(shelf, JSON.stringify(Object.fromEntries(latest)))
  } catch {
    // Without storage each tab tells of it.
  }
  return true
}

// A browser writes its storage down for other tabs a little later; for so long the lock is held.
const settled = 10_000

/** claim reports whether this tab is the one that tells of a message. Without locks, over plain HTTP,
 * two tabs may both tell.
 * @type {(id: string, at: number) => Promise<boolean>} */
export function claim(id, at) {
  if (!navigator.locks) return Promise.resolve(take(id, at))
  return new Promise((resolve, reject) => {
    navigator.locks.request(`${shelf}:${id}:${at}`, { ifAvailable: true }, async lock => {
      const ours = !!lock && take(id, at)
      resolve(ours)
      if (ours) await new Promise(done => setTimeout(done, settled))
    }).catch(reject)
  })
}
