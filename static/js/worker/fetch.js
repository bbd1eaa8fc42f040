// @ts-check
// Which requests the worker answers. All others go to the server as if there were no worker.
import { assets, isAsset, isConversation } from '../keep/names.js'
import { answerPage, answerPane } from './pages.js'
import { answerShare } from './share.js'

async function answerAsset({ request }) {
  const cache = await caches.open(assets)
  const found = await cache.match(request.url)
  if (found) return found
  const answer = await fetch(request)
  if (answer.status === 200) await cache.put(request.url, answer.clone())
  return answer
}

/** answererOf returns what answers a request, if the worker does.
 * @type {(request: { method: string, mode: string, url: string, headers: Headers }, origin: string) =>
 *   ((event: any) => Promise<Response>) | undefined} */
export function answererOf({ method, mode, url, headers }, origin) {
  const { origin: of, pathname, search } = new URL(url)
  if (of !== origin) return
  if (method === 'POST') return mode === 'navigate' && pathname === '/share' ? answerShare : undefined
  if (method !== 'GET') return
  if (mode === 'navigate') return answerPage
  if (isAsset(pathname) && !search) return answerAsset
  if (headers.has('HX-Request') && isConversation(pathname) && !search) return answerPane
}

export function startFetch(worker) {
  worker.addEventListener('fetch', event => {
    const answer = answererOf(event.request, worker.location.origin)
    if (answer) event.respondWith(answer(event))
  })
}
