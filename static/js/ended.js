// The end of a page: its session is gone, or is another person's. What is not sent yet waits in
// the tab for its writer, and nobody else sees it.
import { $ } from './dom.js'
import { outbox } from './outbox.js'
import { closeSocket } from './socket.js'

let leaves = 0 // when the person asked to leave: the answer to that says where to

function submit({ target }) {
  target.closest('[popover]')?.hidePopover()
  if (target.matches('[action="/logout"], [action="/settings/delete"]')) leaves = Date.now()
}

function end() {
  if (outbox.stopped || Date.now() - leaves < 10_000) return
  outbox.stopped = true
  closeSocket()
  if (!outbox.holds()) {
    location.href = '/login?next=' + encodeURIComponent(location.pathname)
    return
  }
  // Signing out empties the storage of all tabs, so it is filled when this one goes on.
  addEventListener('pagehide', () => outbox.keep())
  const card = $('#ended').content.cloneNode(true)
  $('.btn', card).onclick = event => {
    event.preventDefault()
    location.reload()
  }
  $('.door', card).id = 'pane'
  document.body.replaceChildren(card)
  document.title = 'DChat'
}

export function startEnded() {
  document.addEventListener('submit', submit)
  document.addEventListener('dchat:ended', end)
}
