// @ts-check
// One file to the server, by the tus protocol.
import { $, live } from '../dom.js'
import { load } from '../load.js'
import { everything, outbox } from './queue.js'
import { characters } from './text.js'

const piece = 1_000_000 // bytes: every proxy lets them pass
const { me, as } = live().dataset

/** transferOf prepares the transfer of a file, going on with what the server has of it.
 * @type {(upload: Upload) => Promise<any>} */
export async function transferOf(upload) {
  if (!window.tus) await load($('#upload').dataset.tus)
  const { Upload: Transfer } = /** @type {NonNullable<typeof window.tus>} */ (window.tus)
  const transfer = new Transfer(upload.file, {
    ...how(upload),
    onUploadUrlAvailable() {
      upload.url = transfer.url
      outbox.changed()
    },
    onAfterResponse: (request, answer) => hear(upload, request, answer),
    onProgress: sent => upload.progress(sent),
    onChunkComplete: () => { upload.tries = 0 },
    onSuccess: () => upload.done(),
    onError: error => upload.trouble(error),
  })
  const begun = upload.url ? [] : await transfer.findPreviousUploads()
  const isFree = ({ uploadUrl }) => !everything().some(other => other.url === uploadUrl)
  const ours = begun.findLast(isFree)
  if (ours) transfer.resumeFromPreviousUpload(ours)
  return transfer
}

function how({ file, url, conversation, name, size, modified, asFile }) {
  return {
    endpoint: '/uploads',
    uploadUrl: url,
    chunkSize: piece,
    retryDelays: null, // we know better when
    headers: outbox.headers, // an error is a sentence then
    metadata: { filename: name, filetype: file.type, ...asFile && { as_file: '1' } },
    fingerprint: async () => ['dchat', me, conversation, name, size, modified, asFile].join('-'),
    removeFingerprintOnSuccess: true,
  }
}

// The library takes a server that is not ready for one that has forgotten the file, and would begin
// anew.
function hear(upload, request, answer) {
  upload.heard = Date.now()
  const status = answer.getStatus()
  if (request.getMethod() !== 'HEAD' || status < 300) return
  if (![403, 404, 410].includes(status)) throw new Error(`HEAD answered ${status}`)
}

function sentenceOf(answer) {
  const body = new DOMParser().parseFromString(answer?.getBody() || '', 'text/html').body
  return characters(body.textContent?.trim() ?? '').slice(0, 300).join('')
}

// A folder cannot be read, nor a file that was moved meanwhile.
const isReadable = file => file.slice(0, 1).arrayBuffer().then(() => true, () => false)

/** reasonOf says what an error means for a file: its state, and why.
 * @type {(error: any, file: File) => Promise<[state: string, why: string]>} */
export async function reasonOf(error, file) {
  const answer = error.originalResponse
  const status = answer?.getStatus() ?? 0
  const sentence = sentenceOf(answer)
  if ([413, 422, 507].includes(status)) {
    return ['refused', sentence || 'The server does not take this file.']
  }
  const isAnother = status === 409 && as && answer.getHeader('DChat-As') !== as
  if (isAnother || [400, 401, 403, 405].includes(status)) {
    return ['failed', sentence || 'The server did not take it.']
  }
  if (status) return ['waiting', 'The server is busy. This goes on by itself.']
  if (await isReadable(file)) return ['waiting', 'No connection. This goes on by itself.']
  return ['refused', 'This cannot be read: it has changed or is gone, or it is a folder.']
}

/** discard tells the server that a file is not wanted. What it is not told of, it sweeps away in a
 * day.
 * @type {(upload: Upload) => Promise<unknown>} */
export async function discard({ tus, url }) {
  const headers = { ...outbox.headers, 'Tus-Resumable': '1.0.0' }
  if (tus) return tus.abort(true).catch(() => {})
  return url && outbox.fetchAgain(url, { method: 'DELETE', headers })
}
