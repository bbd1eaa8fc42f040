// @ts-check
// A bundle that loads on demand has its own copies of modules. The page's script hands it the one
// outbox and the one position that there are.

/** @type {(outbox: Outbox, position: object) => void} */
export function lend(outbox, position) {
  document.addEventListener('dchat:borrow', event => {
    Object.assign(/** @type {CustomEvent} */ (event).detail, { outbox, position })
  })
}

function ask() {
  const detail = {}
  document.dispatchEvent(new CustomEvent('dchat:borrow', { detail }))
  return detail
}

/** borrow returns the outbox of the page; a page that only shows components has none.
 * @returns {Outbox | undefined} */
export const borrow = () => ask().outbox

/** borrowPosition returns where the page stands.
 * @returns {any} */
export const borrowPosition = () => ask().position
