// @ts-check
// The style sheet of a script that comes on demand.

/** styled resolves when the style sheet at a URL is there, or cannot be had.
 * @type {(href: string) => Promise<unknown>} */
export function styled(href) {
  return new Promise(done => {
    const style = document.createElement('link')
    Object.assign(style, { rel: 'stylesheet', href, onload: done, onerror: done })
    document.head.append(style)
  })
}
