// @ts-check
// A message that people jump to.
const long = 2000 // milliseconds

/** point scrolls a row into the middle of its log and marks it for a moment. */
export function point(row) {
  row.scrollIntoView({ block: 'center' })
  row.classList.add('here')
  setTimeout(() => row.classList.remove('here'), long)
}
