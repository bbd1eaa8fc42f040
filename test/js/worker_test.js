import assert from 'node:assert/strict'
import test from 'node:test'
import { installCaches } from './page/caches.js'

const stored = installCaches()
const { compose } = await import('../../static/js/worker/compose.js')
const { answererOf } = await import('../../static/js/worker/fetch.js')
const { answerPage, answerPane, forget, kept, settle } = await import('../../static/js/worker/pages.js')
const { answerShare, keepShared } = await import('../../static/js/worker/share.js')
const { isAsset, isConversation, isKnown, surplus } = await import('../../static/js/keep/names.js')
const { textOf } = await import('../../static/js/share/text.js')

const origin = 'https://chat.example.org'
const request = (path, more = {}) => ({ method: 'GET', mode: 'cors', url: origin + path, headers: new Headers(), ...more })

test('a pane is put into the shell, whatever is written in either', () => {
  const shell = '<html><head><title>DChat</title></head><p>$& data-now="x"</p><main id="pane"></main>' +
    '<div id="live" data-name="a>b" data-now="then"></div></html>'
  const pane = '<title>$1 &amp; bert</title><main id="pane">$& <title>x</title></main>'
  assert.equal(compose(shell, pane, new Date(0)),
    '<html><head><title>$1 &amp; bert</title></head><p>$& data-now="x"</p><main id="pane">$& <title>x</title></main>' +
    '<div id="live" data-name="a>b" data-now="1970-01-01T00:00:00.000Z"></div></html>')
})

test('the worker answers pages, panes of conversations, assets, and what is shared', () => {
  const name = (path, more) => answererOf(request(path, more), origin)?.name
  const page = { mode: 'navigate' }
  const scripted = { headers: new Headers({ 'HX-Request': 'true' }) }
  assert.equal(name('/chats/bert?at=3', page), 'answerPage')
  assert.equal(name('/chats/bert', scripted), 'answerPane')
  assert.equal(name('/chats/bert'), undefined)
  assert.equal(name('/chats/bert?before=7', scripted), undefined)
  assert.equal(name('/chats/bert/messages', scripted), undefined)
  assert.equal(name('/static/dchat.0123abcd.js'), 'answerAsset')
  assert.equal(name('/static/dchat.js'), undefined)
  assert.equal(name('/share', { ...page, method: 'POST' }), 'answerShare')
  assert.equal(name('/logout', { ...page, method: 'POST' }), undefined)
  assert.equal(name('/share', { method: 'POST' }), undefined)
  assert.equal(answererOf({ ...request('/', page), url: 'https://example.org/' }, origin), undefined)
})

test('what is too much goes, the oldest first, but for what is needed', () => {
  assert.deepEqual(surplus(['a', 'b', 'c'], 3), [])
  assert.deepEqual(surplus(['a', 'b', 'c', 'd'], 2), ['a', 'b'])
  assert.deepEqual(surplus(['a', 'b', 'c', 'd'], 2, one => 'ab'.includes(one)), ['c', 'd'])
  assert.deepEqual(surplus(['a', 'b'], 0, () => true), [])
})

test('names', () => {
  assert.equal(isConversation('/chats/b.e-r_t'), true)
  assert.equal(isConversation('/chats/bert/messages'), false)
  assert.equal(isAsset('/static/icon-192.0123abcd.png'), true)
  assert.equal(isAsset('/static/../x.0123abcd.js'), false)
  assert.equal(isKnown('dchat-pages-1-anna'), true)
  assert.equal(isKnown('dchat-pages-0-anna'), false)
})

const answerOf = (person, status = 200) => new Response('', { status, headers: person ? { 'DChat-As': person, 'Content-Security-Policy': 'p' } : {} })

const event = (path, answer, more) => ({ request: request(path, more), preloadResponse: Promise.resolve(answer) })

// keepFor is what a page of a person keeps.
async function keepFor(person, path = '/chats/bert') {
  await settle('/', answerOf(person))
  const cache = await caches.open('dchat-pages-1-' + person)
  await cache.put('/~shell', new Response('<title></title><main id="pane"></main>'))
  await cache.put('/~other', new Response('<title>DChat</title><main id="pane">other</main>'))
  await cache.put(path, new Response(`<title>${person}</title><main id="pane">${person}</main>`))
}

const failing = { request: request('/chats/bert', { mode: 'navigate' }), preloadResponse: Promise.reject(new TypeError('no line')) }
failing.preloadResponse.catch(() => {})

test('a page that cannot be had is what was seen last, with the headers of the server', async () => {
  stored.clear()
  await keepFor('anna')
  const answer = await answerPage(failing)
  assert.equal(await answer.text(), '<title>anna</title><main id="pane">anna</main>')
  assert.equal(answer.headers.get('Content-Security-Policy'), 'p')
  assert.equal(answer.headers.get('Cache-Control'), 'no-store')
  const other = await answerPage({ ...failing, request: request('/settings') })
  assert.match(await other.text(), />other</)
  const away = await answerPage(event('/chats/bert', answerOf('', 503)))
  assert.match(await away.text(), />anna</)
  assert.equal((await answerPage(event('/readyz', answerOf('', 503)))).status, 503)
  assert.equal((await answerPage(event('/chats/bert', answerOf('anna', 404)))).status, 404)
})

test('what one person has seen no other one sees', async () => {
  stored.clear()
  await keepFor('anna')
  await settle('/chats/x', answerOf('bert'))
  assert.deepEqual([...stored.keys()], ['dchat-pages-1-bert'])
  assert.equal((await answerPage(failing)).type, 'error')
  await keepFor('bert')
  await (await caches.open('dchat-pages-1-anna')).put('/~shell', new Response('late'))
  assert.equal(await kept(), undefined, 'of two one cannot be told')
  assert.equal(stored.size, 0)
})

test('signed out there is nothing, and an answer of another server changes nothing', async () => {
  for (const path of ['/', '/login', '/signup']) {
    stored.clear()
    await keepFor('anna')
    await settle('/chats/bert', answerOf(''))
    await settle(path, answerOf('', 502))
    assert.equal(stored.has('dchat-pages-1-anna'), true)
    await settle(path, answerOf(''))
    assert.equal(stored.has('dchat-pages-1-anna'), false, path)
  }
})

test('after a month without the server nothing is shown', async t => {
  stored.clear()
  await keepFor('anna')
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 31 * 864e5 })
  assert.equal(await kept(), undefined)
  assert.equal(stored.size, 0)
})

test('a server that does not answer is waited for some seconds', async t => {
  stored.clear()
  await keepFor('anna')
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const answer = answerPage({ ...failing, preloadResponse: new Promise(() => {}) })
  await new Promise(done => setImmediate(done))
  t.mock.timers.tick(8000)
  assert.match(await (await answer).text(), />anna</)
})

test('a page that is there gets panes that it has opened before', async () => {
  stored.clear()
  await keepFor('anna')
  globalThis.fetch = async () => { throw new TypeError('no line') }
  const answer = await answerPane({ request: request('/chats/bert') })
  assert.equal(await answer.text(), '<title>anna</title><main id="pane">anna</main>')
  assert.equal(answer.headers.get('DChat-As'), 'anna')
  assert.equal((await answerPane({ request: request('/chats/carl') })).type, 'error')
})

test('what is shared waits for a person, until another page is opened', async () => {
  stored.clear()
  const form = new FormData()
  form.set('text', 'hello')
  form.append('files', new File(['a'], 'ä.txt', { type: 'text/plain' }))
  form.append('files', new File(['b'], 'b'))
  globalThis.fetch = async () => answerOf('')
  const post = { request: { ...request('/share'), formData: async () => form } }
  assert.equal((await answerShare(post)).status, 200, 'the server answers')
  assert.equal(stored.size, 0)
  await keepFor('anna')
  Response.redirect = (path, status) => ({ path, status })
  assert.deepEqual(await answerShare(post), { path: '/share', status: 303 })
  const names = [...stored.get('dchat-shared-1').values()].map(answer => answer.headers.get('Name'))
  assert.deepEqual(names, ['%C3%A4.txt', 'b', null])
  await settle('/share', answerOf('anna'))
  assert.equal(stored.has('dchat-shared-1'), true)
  await settle('/', answerOf('anna'))
  assert.equal(stored.has('dchat-shared-1'), false)
  await keepShared(form)
  await forget()
  assert.equal(stored.size, 0)
})

test('programs repeat themselves', () => {
  assert.equal(textOf({ title: 'A', text: 'see https://x.org', url: 'https://x.org' }), 'A\nsee https://x.org')
  assert.equal(textOf({ title: 'same', text: 'same' }), 'same')
  assert.equal(textOf({}), '')
  assert.equal(textOf({ title: ' A title ', url: 'https://x.org' }), 'A title\nhttps://x.org')
})
