// What every module looks for in the page.

/** @type {(selector: string, from?: ParentNode) => any} */
export const $ = (selector, from = document) => from.querySelector(selector)

/** @type {(selector: string, from?: ParentNode) => any[]} */
export const $$ = (selector, from = document) => [...from.querySelectorAll(selector)]

export const live = () => $('#live')
export const log = () => $('#pane [role=log]')
export const box = () => $('#composer textarea')

/** composing is the conversation that the open composer writes into. */
export const composing = () => box()?.form.dataset.conversation

/** @type {(row: HTMLElement) => number} */
export const seqOf = row => Number(row.dataset.seq)

/** exchange puts a fresh element in the place of an old one, and htmx to work on it. */
export function exchange(old, fresh) {
  old.replaceWith(fresh)
  htmx.process(fresh)
}

/** formOf is what fetch needs to post fields as htmx would. */
export const formOf = fields => ({
  method: 'POST',
  headers: { 'HX-Request': 'true' },
  body: new URLSearchParams(fields),
})

export function toLogin() {
  location.href = '/login?next=' + encodeURIComponent(location.pathname)
}
