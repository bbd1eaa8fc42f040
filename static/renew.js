// Files in messages. A picture opens large. Addresses run out after a day: what an open page shows by an old one gets
// a new one when it does not load, or is followed.
const $ = selector => document.querySelector(selector)
const often = 60_000 // what does not load by a new address either is not asked for again and again
const renewed = new WeakMap()
let work = Promise.resolve()

const rowOf = element => element.closest?.('#pane [role=log] .msg[data-rev]')
const signed = row => [...row.querySelectorAll('*')].flatMap(element => [...element.attributes].filter(({ value }) => value.startsWith('/files/')))

// What a proxy says, or the server to another person, has no addresses for this page.
const isOurs = answer => answer?.headers.get('DChat-As') === window.outbox.headers['DChat-As']

// One answer has new addresses for its whole page of messages.
async function renew(row) {
  if (Math.abs(Date.now() - renewed.get(row)) < often) return
  const { fetchAgain, headers } = window.outbox
  const answer = await fetchAgain(`${row.closest('[role=log]').dataset.path}/messages?before=${Number(row.dataset.seq) + 1}`, { headers })
  if (!isOurs(answer) || !answer.ok) return
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  for (const fresh of page.querySelectorAll('.msg')) {
    const old = document.getElementById(fresh.id)
    const addresses = signed(fresh)
    if (!old || signed(old).length !== addresses.length) continue
    renewed.set(old, Date.now())
    signed(old).forEach((attribute, i) => { attribute.value = addresses[i].value })
  }
}

const unreachable = () => $('#notice').replaceChildren($('#unreachable').content.cloneNode(true))
const queue = row => { work = work.then(() => row.isConnected && renew(row)); return work }

document.addEventListener('error', ({ target }) => { if (rowOf(target)) queue(rowOf(target)) }, true)

// Only the server knows whether an address is good: clocks differ.
const ask = link => window.outbox.fetchAgain(link.href, { method: 'HEAD' })
const asked = new WeakSet()

document.addEventListener('click', async event => {
  const link = event.target.closest?.('a[href^="/files/"]')
  if (!link || !rowOf(link) || link.dataset.large || event.ctrlKey || event.metaKey || event.shiftKey || asked.delete(link)) return
  event.preventDefault()
  event.stopImmediatePropagation()
  let answer = await ask(link)
  if (answer?.status === 404) {
    await queue(rowOf(link))
    answer = await ask(link)
  }
  answer ? asked.add(link) && link.click() : unreachable()
}, true)

document.addEventListener('click', event => {
  const picture = event.target.closest?.('a[data-large]')
  if (!picture) return
  event.preventDefault()
  const again = link => rowOf(link) && queue(rowOf(link))
  import($('#viewer').dataset.script).then(viewer => viewer.open(picture, again)).catch(unreachable)
})
