// @ts-check

/** textOf joins the fields of what is shared. Programs repeat themselves: what another field has, too,
 * counts once.
 * @type {(fields: Record<string, unknown>) => string} */
export function textOf({ title = '', text = '', url = '' }) {
  const parts = [title, text, url].map(part => String(part).trim())
  const isNew = (part, i) => part && !parts.some((other, k) => {
    return k !== i && other.includes(part) && (other !== part || k < i)
  })
  return parts.filter(isNew).join('\n')
}
