// @ts-check
// What comes only when it is needed is a bundle of its own, and has no module in common with the
// page's script: that lends it its outbox.

/** @type {(outbox: Outbox) => void} */
export function lend(outbox) {
  document.addEventListener('dchat:borrow', event => {
    /** @type {CustomEvent} */ (event).detail.outbox = outbox
  })
}

/** borrow is the outbox of the page; a page that only shows components has none.
 * @returns {Outbox | undefined} */
export function borrow() {
  const detail = {}
  document.dispatchEvent(new CustomEvent('dchat:borrow', { detail }))
  return detail.outbox
}
