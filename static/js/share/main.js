// @ts-check
// What another program shares: the worker has kept it. Files go into the composer of the contact
// that is chosen; a text alone is sent by its form.
import { $ } from '../dom.js'
import { shared } from '../keep/names.js'
import { textOf } from './text.js'

/** @type {File[]} */
let files = []

async function read() {
  if (!window.caches || !await caches.has(shared)) return {}
  const cache = await caches.open(shared)
  for (const request of await cache.keys()) {
    const answer = await cache.match(request)
    const name = answer?.headers.get('Name')
    if (!answer || !name) continue
    const bytes = await answer.blob()
    files.push(new File([bytes], decodeURIComponent(name), { type: bytes.type }))
  }
  return (await cache.match('/share/text'))?.json()
}

// To the composer files come as if they were picked.
function fill(body) {
  const field = $('#composer textarea')
  const picked = new DataTransfer()
  for (const file of files) picked.items.add(file)
  field.value = [field.value, body].filter(Boolean).join('\n')
  field.dispatchEvent(new Event('input', { bubbles: true }))
  const { attachment } = field.form.elements
  attachment.files = picked.files
  attachment.dispatchEvent(new Event('change', { bubbles: true }))
}

async function submit(event) {
  const form = event.target
  if (form.id !== 'share') return
  if (!files.length) {
    caches.delete(shared)
    return
  }
  event.preventDefault()
  const body = form.elements.body.value
  const path = new URL(event.submitter.formAction).pathname.replace(/\/messages$/, '')
  await htmx.ajax('GET', path, { target: '#pane', swap: 'outerHTML settle:0', push: 'true' })
  if (!$('#composer textarea')) return
  fill(body)
  files = []
  await caches.delete(shared)
}

document.addEventListener('submit', submit)

/** start fills the page in. */
export async function start() {
  files = []
  const text = await read().catch(console.info) ?? {}
  const field = $('#share-body')
  if (field && !field.value) field.value = textOf(text)
  const names = files.map(({ name }) => `“${name}”`).join(', ')
  if (files.length) $('#share-files').textContent = `With ${names}.`
}
