// A stand-in for the browser's database: one store whose keys are [person, kind, id].
const keyOf = ({ person, kind, id }) => JSON.stringify([person, kind, id])

class Transaction {
  work = []

  constructor(records) {
    this.records = records
    setImmediate(() => this.run())
  }

  objectStore() {
    return this
  }

  ask(answer) {
    const request = {}
    this.work.push(() => {
      request.result = structuredClone(answer())
      request.onsuccess?.()
    })
    return request
  }

  get(key) {
    return this.ask(() => this.records.get(JSON.stringify(key)))
  }

  getAll({ person }) {
    return this.ask(() => [...this.records.values()].filter(record => record.person === person))
  }

  put(record) {
    const copy = structuredClone(record)
    return this.ask(() => { this.records.set(keyOf(copy), copy) })
  }

  delete(key) {
    const isIn = record => key.person === undefined ? keyOf(record) === JSON.stringify(key) : record.person === key.person
    return this.ask(() => {
      for (const [place, record] of this.records) if (isIn(record)) this.records.delete(place)
    })
  }

  clear() {
    return this.ask(() => this.records.clear())
  }

  run() {
    while (this.work.length) this.work.shift()()
    this.oncomplete?.()
  }
}

/** trouble makes every transaction fail. */
export const trouble = { isOn: false }

function begin(records) {
  if (trouble.isOn) throw new Error('no database')
  return new Transaction(records)
}

/** install gives the page a database; what it stores is returned. */
export function install() {
  const records = new Map()
  globalThis.IDBKeyRange = { bound: ([person]) => ({ person }) }
  globalThis.indexedDB = {
    deleteDatabase() {},
    open() {
      const request = { result: { transaction: () => begin(records), close() {} } }
      setImmediate(() => request.onsuccess())
      return request
    },
  }
  return records
}
