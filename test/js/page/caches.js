// A stand-in for the caches of the browser.
const origin = 'https://chat.example.org'
const keyOf = request => new URL(request.url ?? request, origin).href

class Cache {
  entries = new Map()

  async put(request, answer) {
    this.entries.set(keyOf(request), answer)
  }

  async match(request) {
    return this.entries.get(keyOf(request))?.clone()
  }

  async delete(request) {
    return this.entries.delete(keyOf(request))
  }

  async keys() {
    return [...this.entries.keys()].map(url => ({ url }))
  }

  values() {
    return this.entries.values()
  }
}

/** installCaches replaces the caches, and returns them by their names. */
export function installCaches() {
  const stored = new Map()
  globalThis.caches = {
    has: async name => stored.has(name),
    keys: async () => [...stored.keys()],
    delete: async name => stored.delete(name),
    async open(name) {
      if (!stored.has(name)) stored.set(name, new Cache())
      return stored.get(name)
    },
  }
  return stored
}
