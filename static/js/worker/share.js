// @ts-check
// What another program shares waits in the browser until its person has chosen a contact.
import { shared } from '../keep/names.js'
import { kept } from './pages.js'

const most = 50 // files of one message

/** keepShared stores the fields and files of a form.
 * @type {(form: FormData) => Promise<void>} */
export async function keepShared(form) {
  await caches.delete(shared)
  const cache = await caches.open(shared)
  const files = form.getAll('files').filter(file => file instanceof File && file.name)
  for (const [i, file] of /** @type {any[]} */ (files).slice(0, most).entries()) { // in their order
    const name = encodeURIComponent(file.name)
    const headers = { 'Content-Type': file.type || 'application/octet-stream', Name: name }
    await cache.put(`/share/file/${i}`, new Response(file, { headers }))
  }
  const names = ['title', 'text', 'url']
  const text = Object.fromEntries(names.map(name => [name, form.get(name) ?? '']))
  await cache.put('/share/text', new Response(JSON.stringify(text)))
}

/** answerShare takes what is shared. Without a person who is signed in the server answers. */
export async function answerShare(event) {
  if (!await kept()) return fetch(event.request)
  await keepShared(await event.request.formData())
  return Response.redirect('/share', 303)
}
