// @ts-check
// The count on the icon of the tab and of the installed app.

let shown = -1
/** @type {Promise<string> | undefined} */
let drawing
/** @type {Record<string, string>} */
const pictures = {}

/** @type {() => HTMLLinkElement | null} */
const link = () => document.querySelector('link[rel=icon]')

/** badge shows how many messages are unread.
 * @type {(sum: number) => void} */
export function badge(sum) {
  if (sum === shown) return
  shown = sum
  if (sum) navigator.setAppBadge?.(sum).catch(() => {})
  else navigator.clearAppBadge?.().catch(() => {})
  draw(sum).catch(() => {})
}

async function draw(sum) {
  const icon = link()
  if (!icon || !sum && !icon.dataset.plain) return
  // In the page: what keeps the page for later puts it back.
  const plain = icon.dataset.plain ??= icon.href
  drawing ??= fetch(plain).then(answer => answer.text())
  const text = await drawing
  if (sum === shown) icon.href = sum ? picture(text, sum) : plain
}

// A hundred small pictures at most, kept for good: the browser may ask for one when the next count
// has taken its place.
function picture(svg, sum) {
  const label = labelOf(sum)
  const draw = () => new Blob([withCount(svg, sum)], { type: 'image/svg+xml' })
  return pictures[label] ??= URL.createObjectURL(draw())
}

const labelOf = sum => sum > 99 ? '99' : String(sum)

/** withCount adds a count to the picture of the icon, of 32 by 32.
 * @type {(svg: string, sum: number) => string} */
export function withCount(svg, sum) {
  const label = labelOf(sum)
  const size = label.length > 1 ? 13 : 15
  return svg.replace('</svg>', '<circle cx="22" cy="22" r="10" fill="#b3261e"/>' +
    `<text x="22" y="${22 + size * 0.36}" font-family="system-ui,sans-serif" font-size="${size}"` +
    ` font-weight="700" text-anchor="middle" fill="#fff">${label}</text></svg>`)
}
