// @ts-check
// What was seen last goes into the caches of the browser.
import { assets, headers, isAsset, isConversation, pagesOf, surplus } from './names.js'
import { assetsOf } from './snapshot.js'

const conversations = 20
const files = 100 // of about four releases

/** write stores the shell and panes, and reports that it has: the cache of the person must be there
 * still.
 * @type {(person: string, entries: Record<string, string>) => Promise<boolean>} */
export async function write(person, entries) {
  const name = pagesOf(person)
  if (!await caches.has(name)) return false
  const cache = await caches.open(name)
  if (!await cache.match(headers)) { // it was deleted meanwhile
    await caches.delete(name)
    return false
  }
  for (const [path, text] of Object.entries(entries)) {
    await cache.delete(path) // the one that is stored last is the youngest
    await cache.put(path, new Response(text))
  }
  const paths = (await cache.keys()).map(({ url }) => new URL(url).pathname)
  const old = surplus(paths.filter(isConversation), conversations)
  await Promise.all(old.map(path => cache.delete(path)))
  return true
}

/** writeAssets stores the scripts and styles of the page. */
export async function writeAssets() {
  const cache = await caches.open(assets)
  const needed = assetsOf(isAsset)
  for (const path of needed) {
    if (!await cache.match(path)) await cache.add(path).catch(() => {}) // the next page tries again
  }
  const paths = (await cache.keys()).map(({ url }) => new URL(url).pathname)
  const old = surplus(paths, files, path => needed.includes(path))
  await Promise.all(old.map(path => cache.delete(path)))
}
