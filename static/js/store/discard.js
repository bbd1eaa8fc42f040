// @ts-check
// Everything of a person that is not sent is given up.
import { clear } from './database.js'
import { me, others, outbox } from './state.js'
import { putMark, save } from './sync.js'

const empty = object => Object.keys(object).forEach(key => delete object[key])

/** discard empties the outbox of this tab and of the browser. */
export async function discard() {
  const uploads = [...Object.values(outbox.trays), ...outbox.items.map(item => item.files)].flat()
  uploads.forEach(upload => upload.forget?.())
  outbox.items = []
  for (const object of [outbox.drafts, outbox.trays, outbox.modes, others]) empty(object)
  outbox.changed()
  await save()
  await clear(me).then(putMark).catch(() => {})
}
