// @ts-check
// The caches of the browser: scripts and styles, what one person has seen last, and what another
// program shares. A number goes up when what is in them changes its form.
export const assets = 'dchat-assets-1'
export const shared = 'dchat-shared-1'
const pages = 'dchat-pages-1-'

/** pagesOf is the cache of what a person has seen. The worker makes it once the server has answered
 * that person, and nothing else does. */
export const pagesOf = person => pages + person

/** @type {(name: string) => boolean} */
export const isPages = name => name.startsWith(pages)

/** @type {(name: string) => boolean} */
export const isKnown = name => name === assets || name === shared || isPages(name)

/** What a cache of pages holds beside the panes, which stand under their paths: the page around
 * them, the pane for all others, and the headers of the server's pages. */
export const shell = '/~shell'
export const other = '/~other'
export const headers = '/~headers'

/** slot is where the shell has its pane. */
export const slot = '<main id="pane"></main>'

/** isConversation reports whether a path is that of a conversation.
 * @type {(path: string) => boolean} */
export const isConversation = path => /^\/chats\/[^/]+$/.test(path)

/** isAsset reports whether a path has a fingerprint: its content never changes.
 * @type {(path: string) => boolean} */
export const isAsset = path => /^\/static\/[a-z0-9-]+\.[0-9a-f]{8}\.[a-z0-9]+$/.test(path)

/** surplus returns the oldest of a list that are too many, but none that is needed.
 * @type {(list: string[], most: number, isNeeded?: (one: string) => boolean) => string[]} */
export function surplus(list, most, isNeeded = () => false) {
  const spare = list.filter(one => !isNeeded(one))
  return spare.slice(0, Math.max(0, list.length - most))
}
