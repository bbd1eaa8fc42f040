// @ts-check
// The end of a page: its session is gone, or is another person's. What is not sent yet waits in
// the browser for its writer, and is not shown.
import { fetchAgain } from './connection.js'
import { $ } from './dom.js'
import { outbox } from './outbox.js'
import { closeSocket } from './socket.js'

let leaves = 0 // when the person asked to leave: the answer to that says where to

// A menu closes with those that it was opened from.
function close(menu) {
  if (!menu) return
  menu.hidePopover()
  close(menu.parentElement.closest('[popover]'))
}

function submit({ target }) {
  close(target.closest('[popover]'))
  if (target.matches('[action="/logout"], [action="/settings/delete"]')) leaves = Date.now()
}

function end() {
  if (outbox.stopped || Date.now() - leaves < 10_000) return
  outbox.stopped = true
  closeSocket()
  const onward = '/login?done=ended&next=' + encodeURIComponent(location.pathname)
  if (!outbox.holds()) return leave(onward)
  show('ended').onclick = event => {
    event.preventDefault()
    location.reload()
  }
}

// show puts a template in the place of the page, and returns its button.
function show(template) {
  const card = $('#' + template).content.cloneNode(true)
  const button = $('.btn', card)
  $('.door', card).id = 'pane'
  document.body.replaceChildren(card)
  document.title = 'DChat'
  $('#pane').focus()
  return button
}

// Sign-in is gone to once it can be had: else the browser would show an error of its own. Until
// then nothing of the person is shown either.
async function leave(onward) {
  for (let pause = 1000; ; pause = Math.min(2 * pause, 8000)) {
    if (await canBeHad(onward)) return location.replace(onward)
    if ($('#signedout')) show('signedout').href = onward
    await new Promise(done => setTimeout(done, pause))
  }
}

async function canBeHad(url) {
  const answer = await fetchAgain(url, { cache: 'no-store' })
  if (!answer?.ok) return false
  const text = await answer.text().catch(() => '')
  return !!$('form', new DOMParser().parseFromString(text, 'text/html'))
}

export function startEnded() {
  document.addEventListener('submit', submit)
  document.addEventListener('dchat:ended', end)
}
