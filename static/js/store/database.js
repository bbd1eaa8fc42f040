// @ts-check
// The browser's database: one record for each message and each draft that is not sent, and for the
// files of each tab, by person.
const [name, store] = ['dchat', 'unsent']
const patience = 5000 // a database that does not answer holds nothing up

/** @type {Promise<IDBDatabase> | null} */
let opening = null

function open() {
  opening ??= new Promise((done, fail) => {
    const request = indexedDB.open(name, 1)
    request.onupgradeneeded = () => {
      request.result.createObjectStore(store, { keyPath: ['person', 'kind', 'id'] })
    }
    request.onerror = () => fail(request.error)
    request.onsuccess = () => {
      const close = () => {
        request.result.close()
        opening = null
      }
      Object.assign(request.result, { onversionchange: close, onclose: close })
      done(request.result)
    }
  })
  return opening
}

// What a transaction asked for counts once it is complete.
function complete(database, mode, work) {
  return new Promise((done, fail) => {
    const transaction = database.transaction(store, mode)
    const answer = work(transaction.objectStore(store))
    transaction.oncomplete = () => done(answer?.result ?? answer)
    transaction.onabort = () => fail(transaction.error)
  })
}

/** @type {(mode: IDBTransactionMode, work: (store: IDBObjectStore) => any) => Promise<any>} */
async function transact(mode, work) {
  const attempt = open().then(database => complete(database, mode, work))
  let timer
  const late = new Promise((_, fail) => {
    timer = setTimeout(fail, patience, new Error('the database does not answer'))
  })
  try {
    return await Promise.race([attempt, late])
  } catch (error) {
    opening = null // the next one tries a connection of its own
    throw error
  } finally {
    clearTimeout(timer)
  }
}

const everythingOf = person => IDBKeyRange.bound([person], [person, []])

/** read returns what is stored of a person.
 * @type {(person: string) => Promise<StoredRecord[]>} */
export const read = person => transact('readonly', store => {
  return store.getAll(everythingOf(person))
})

/** write stores records, in one step, and deletes the others. merge decides what becomes of a
 * record that is there already; what is stored in the end is returned.
 * @type {(puts: StoredRecord[], deletes: any[][], merge: (record: StoredRecord,
 *   found?: StoredRecord) => StoredRecord | null) => Promise<(StoredRecord | null)[]>} */
export function write(puts, deletes, merge) {
  return transact('readwrite', store => {
    /** @type {(StoredRecord | null)[]} */
    const results = []
    for (const key of deletes) store.delete(key)
    puts.forEach((record, i) => {
      const key = [record.person, record.kind, record.id]
      const found = store.get(key)
      found.onsuccess = () => {
        const result = merge(record, found.result)
        results[i] = result
        if (result) store.put(result)
        else store.delete(key)
      }
    })
    return results
  })
}

/** take removes a record and returns it; of several tabs that ask for it one gets it.
 * @type {(key: any[]) => Promise<StoredRecord | undefined>} */
export const take = key => transact('readwrite', store => {
  const found = store.get(key)
  found.onsuccess = () => store.delete(key)
  return found
})

/** clear deletes what is stored of a person, or of everyone.
 * @type {(person?: string) => Promise<void>} */
export const clear = person => transact('readwrite', store => {
  if (person === undefined) store.clear()
  else store.delete(everythingOf(person))
})
