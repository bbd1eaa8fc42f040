// @ts-check
// A bundle that loads on demand has its own copies of modules. The page's script hands it the one
// outbox that there is.

/** @type {(outbox: Outbox) => void} */
export function lend(outbox) {
  document.addEventListener('dchat:borrow', event => {
    /** @type {CustomEvent} */ (event).detail.outbox = outbox
  })
}

/** borrow returns the outbox of the page; a page that only shows components has none.
 * @returns {Outbox | undefined} */
export function borrow() {
  const detail = {}
  document.dispatchEvent(new CustomEvent('dchat:borrow', { detail }))
  return detail.outbox
}
