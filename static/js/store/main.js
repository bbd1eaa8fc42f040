// @ts-check
// What is written and not sent yet outlives the tab, the browser and a crash. The page's script
// keeps it for the tab; this script stores it, for all tabs of the person.
import { $, live } from '../dom.js'
import { load } from '../load.js'
import { read, write } from './database.js'
import { discard } from './discard.js'
import { forget, forgetAll } from './forget.js'
import { startLeave } from './leave.js'
import { showOther } from './other.js'
import { me, outbox } from './state.js'
import { meetTabs, startSync } from './sync.js'
import { answerTo, listen } from './tabs.js'

// What another person has left here goes, but for what they have not sent.
async function changePerson() {
  const [last] = await read('')
  if (last?.value === me) return
  if (last) await forget()
  await write([{ person: '', kind: 'last', id: '', value: me }], [], record => record)
}

// An ended page shows nothing of it; what it keeps is what is stored.
function hear({ items, discard: all, who }) {
  if (who) answerTo(outbox.stored.tab)
  if (items) meetTabs({ drafts: outbox.stopped })
  if (all) discard()
}

function look() {
  if (document.visibilityState === 'visible') meetTabs()
}

// What keeps the page for the time without a connection costs the first load nothing.
function keep() {
  const { keep } = live().dataset
  if (!keep || !navigator.serviceWorker || !window.caches) return
  const wait = document.documentElement.classList.contains('kept') ? 0 : 3000
  setTimeout(() => load(keep).catch(() => {}), wait)
}

// The page that sends what another program shares.
function share() {
  const form = $('#share:not([data-begun])')
  if (!form) return
  form.dataset.begun = ''
  load(form.dataset.script).then(script => script.start(), () => {})
}

/** start begins to store the outbox of the page. */
export async function start() {
  keep()
  share()
  document.addEventListener('dchat:shown', share)
  startLeave()
  listen(hear)
  document.addEventListener('dchat:shown', showOther)
  await changePerson().catch(() => {})
  await startSync().catch(console.error)
  addEventListener('focus', look)
  document.addEventListener('visibilitychange', look)
}

/** leave is for a page where one signs in. */
export function leave() {
  const isDeleted = new URLSearchParams(location.search).get('done') === 'deleted'
  return (isDeleted ? forgetAll() : forget()).catch(console.info)
}
