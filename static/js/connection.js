// @ts-check
// Connections that died without a sign. A browser keeps up to six to the server, and sends each
// request through one of them: through the next dead one, for as long as there is one. Only the end
// of a request that waits in vain closes its connection.
const most = 6 // over HTTP/1.1 a browser has no more to one host
const soon = 3000 // milliseconds for a probe
const inTime = 10_000 // for an answer to begin
const atLast = 20_000 // where none came in time, or nothing may be sent twice
const whole = 120_000 // for all of it, once it has begun

/** @type {Promise<boolean[]> | null} */
let flushing = null

function probe() {
  /** @type {RequestInit} */
  const request = { method: 'HEAD', cache: 'no-store', signal: AbortSignal.timeout(soon) }
  return fetch('/healthz', request).then(() => true, () => false)
}

/** flush closes the dead connections, and reports whether the server can be reached over another
 * one.
 * @type {() => Promise<boolean>} */
export function flush() {
  flushing ??= Promise.all(Array(most).fill(0).map(probe)).finally(() => { flushing = null })
  return flushing.then(answered => answered.includes(true))
}

// What has begun may take its time, on a slow line, and its caller may end it still.
async function attempt(url, request, bound) {
  const waiting = new AbortController()
  let late = false
  const end = () => waiting.abort()
  const timer = setTimeout(() => { late = true; end() }, bound)
  request.signal?.addEventListener('abort', end)
  if (request.signal?.aborted) end()
  const answer = await fetch(url, { ...request, signal: waiting.signal }).catch(() => null)
  clearTimeout(timer)
  setTimeout(end, whole)
  return { answer, late }
}

/** fetchOnce is fetch with an answer that begins in time, or null.
 * @type {(url: string, request: RequestInit) => Promise<Response | null>} */
export async function fetchOnce(url, request) {
  const { answer, late } = await attempt(url, request, atLast)
  if (late) flush()
  return answer
}

/** fetchAgain is fetchOnce for what may be repeated: what a dead connection has swallowed, another
 * one takes.
 * @type {(url: string, request?: RequestInit) => Promise<Response | null>} */
export async function fetchAgain(url, request = {}) {
  const { answer, late } = await attempt(url, request, inTime)
  if (!late || !await flush() || request.signal?.aborted) return answer
  return fetchOnce(url, request)
}
