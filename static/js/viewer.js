// @ts-check
// Pictures, large: a dialog that leads through all that the open conversation has. renew.js loads
// it when the first one is opened.
import { $, $$, log } from './dom.js'
import { swipe } from './swipe.js'

const dialog = $('#viewer')
const pictures = () => log() ? $$('a[data-large]', log()) : []
const patience = 5000 // with a page of older messages
const settling = 50 // until it is in its place

/** @type {HTMLAnchorElement} the link of the picture that is shown */
let shown
/** @type {(link: Element) => Promise<unknown>} gives what stands in a row new addresses */
let renew
/** @type {string} the id of the one that was opened first: rows may be replaced meanwhile */
let opener

const styled = new Promise(done => {
  const style = document.createElement('link')
  Object.assign(style, { rel: 'stylesheet', href: dialog.dataset.style })
  style.onload = style.onerror = done
  document.head.append(style)
})

// By the time all is there, the link may stand in a newer row, or its conversation may have been
// left.
export async function open({ id }, again) {
  await styled
  renew = again
  const link = document.getElementById(id)
  if (!link?.dataset.large) return
  opener = id
  if (!dialog.open) dialog.showModal()
  show(link)
}

function show(link) {
  shown = link
  const { width, height } = link.dataset
  const [small, image] = [$('img', link), new Image(width, height)]
  image.alt = small.alt
  image.src = small.currentSrc // there already, so that the dialog is not empty
  $('figure', dialog).replaceChildren(image)
  sharpen(link, image)

  const list = pictures()
  const at = list.indexOf(link)
  $('h2', dialog).textContent = small.alt
  $('.count', dialog).textContent = list.length > 1 ? `${at + 1} of ${list.length}` : ''
  Object.assign($('.get', dialog), { href: link.href, ariaLabel: `Download ${small.alt}` })
  $('.previous', dialog).hidden = at === 0 && !earlier()
  $('.next', dialog).hidden = at === list.length - 1
  // It was on an arrow that is gone now.
  if (!dialog.contains(document.activeElement)) $('.close', dialog).focus()
  for (const next of [list[at - 1], list[at + 1]]) {
    if (next) new Image().src = next.dataset.large
  }
}

// The picture itself comes when it is there; if its address has run out, by a new one.
function sharpen(link, image, tries = 0) {
  const { large, moving } = link.dataset
  const sharp = new Image()
  sharp.onload = () => {
    image.src = large
    move(image, large, moving)
  }
  sharp.onerror = async () => {
    if (tries) return
    await renew(link)
    const now = document.getElementById(link.id)
    if (now?.dataset.large && image.isConnected) sharpen(now, image, 1)
  }
  sharp.src = large
  $('.play', dialog).hidden = true
}

// What moves can be stopped, and stands still at first where people have asked for that.
function move(image, still, moving) {
  const button = $('.play', dialog)
  if (!moving || !image.isConnected) return
  const turn = on => {
    image.src = on ? moving : still
    button.textContent = on ? 'Pause' : 'Play'
    button.onclick = () => turn(!on)
  }
  button.hidden = false
  turn(!matchMedia('(prefers-reduced-motion: reduce)').matches)
}

const earlier = () => $('.older a', log())

// A step to the side; before the first picture there may be more that the page has not loaded.
async function step(by) {
  const current = document.getElementById(shown.id) ?? shown
  const at = pictures().indexOf(current)
  const next = pictures()[at + by]
  if (next) return show(next)
  if (by > 0 || !earlier() || dialog.ariaBusy === 'true') return
  dialog.ariaBusy = 'true'
  const first = pictures()[0]
  while (earlier() && pictures()[0] === first && await more());
  dialog.ariaBusy = 'false'
  if (!dialog.open) return
  const list = pictures()
  show(list[0] === first ? current : list[list.indexOf(current) - 1])
}

// Scrolled to its top, the log loads what is before. Resolves to false if nothing comes.
function more() {
  return new Promise(done => {
    let timer = setTimeout(finish, patience, false)
    const changes = new MutationObserver(() => {
      clearTimeout(timer)
      timer = setTimeout(finish, settling, true)
    })
    function finish(came) {
      changes.disconnect()
      done(came)
    }
    changes.observe(log(), { childList: true })
    log().scrollTop = 0
  })
}

$('.close', dialog).onclick = () => dialog.close()
$('.previous', dialog).onclick = () => step(-1)
$('.next', dialog).onclick = () => step(1)
$('figure', dialog).onclick = ({ target }) => {
  if (target.localName !== 'img') dialog.close()
}
addEventListener('keydown', event => {
  if (!dialog.open) return
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
  if (!by) return
  event.preventDefault()
  step(by)
})

swipe(dialog, step)

dialog.onclose = () => {
  $('figure', dialog).replaceChildren()
  const link = document.getElementById(opener)
  link?.scrollIntoView({ block: 'nearest' })
  link?.focus({ preventScroll: true })
}
