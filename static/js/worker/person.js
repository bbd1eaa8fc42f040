// @ts-check
// Who has set up the notifications of this browser. The worker has no page that says for whom it
// acts, so it looks it up here.
const [name, store, key] = ['dchat-push', 'person', 'as']

/** @type {<T>(request: IDBRequest<T>) => Promise<T>} */
const result = request => new Promise((done, fail) => {
  request.onsuccess = () => done(request.result)
  request.onerror = () => fail(request.error)
})

/** @type {<T>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T>) => Promise<T>} */
async function transact(mode, ask) {
  const request = indexedDB.open(name, 1)
  request.onupgradeneeded = () => request.result.createObjectStore(store)
  const database = await result(request)
  try {
    return await result(ask(database.transaction(store, mode).objectStore(store)))
  } finally {
    database.close()
  }
}

/** @type {() => Promise<string | undefined>} */
export const recall = () => transact('readonly', store => store.get(key))

/** @type {(person: string) => Promise<unknown>} */
export const remember = person => transact('readwrite', store => store.put(person, key))

/** forget ends it: the person has signed out, or wants no notifications here any more. */
export function forget() {
  indexedDB.deleteDatabase(name)
}
