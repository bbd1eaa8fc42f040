// @ts-check
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

/** onGlass says whether fingers type: a text field that has the focus opens a keyboard then. */
export const onGlass = matchMedia('(pointer: coarse)')

/** toField gives the focus to the composer; on glass, where that would open the keyboard, to the
 * log. */
export function toField() {
  const field = !onGlass.matches && box()
  ;(field || log())?.focus({ preventScroll: true })
}

/** exchange puts a fresh element in the place of an old one, and htmx to work on it. */
export function exchange(old, fresh) {
  old.replaceWith(fresh)
  htmx.process(fresh)
}

/** emit dispatches the event dchat:NAME, for other modules and for scripts that come later.
 * @type {(name: string) => void} */
export const emit = name => { document.dispatchEvent(new Event('dchat:' + name)) }
