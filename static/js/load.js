// @ts-check
// Scripts that come on demand.

/** @type {Record<string, number>} */
const failures = {}

/** load imports a script. One that could not be fetched is asked for under another name: browsers
 * remember the failure.
 * @type {(url: string) => Promise<any>} */
export async function load(url) {
  const n = failures[url] ?? 0
  try {
    return await import(n ? `${url}?${n}` : url)
  } catch (error) {
    failures[url] = n + 1
    throw error
  }
}
