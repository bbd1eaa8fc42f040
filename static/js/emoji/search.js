// @ts-check
// Searching emoji by the beginnings of the words of their names.
const words = text => text.toLowerCase().normalize('NFKD').match(/[\p{L}\p{N}]+/gu) ?? []

/** matches reports whether each word of a query begins a word of a name.
 * @type {(name: string, query: string) => boolean} */
export function matches(name, query) {
  const known = words(name)
  return words(query).every(word => known.some(other => other.startsWith(word)))
}
