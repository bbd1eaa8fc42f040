// @ts-check
// Times: the server writes them in the zone that it heard of last, the page in its own. The clock
// is the server's.
import { $, $$, live, seqOf } from './dom.js'

const browser = () => Intl.DateTimeFormat(undefined, { hour: 'numeric' }).resolvedOptions()
const dayName = { weekday: 'long', day: 'numeric', month: 'long' }
const shortDay = { day: 'numeric', month: 'short' }
const year = { year: 'numeric' }

let zone, formats, ahead = 0, today

/** now is the server's time in milliseconds. */
export const now = () => Date.now() + ahead

// Words are those of the page's language, as they are written where the browser is at home.
function home() {
  const { lang } = document.documentElement
  const tags = [browser().locale, ...navigator.languages]
  const tag = tags.find(tag => tag === lang || tag.startsWith(lang + '-'))
  if (tag) return tag
  return lang === 'en' ? 'en-GB' : lang
}

function settleZone() {
  const { timeZone, hourCycle } = browser()
  const half = hourCycle?.startsWith('h1')
  document.documentElement.dataset.hours = half ? '12' : '24'
  zone = timeZone || 'UTC'
  const hour = half ? 'numeric' : '2-digit'
  formats = { locale: home(), clock: { hour, minute: '2-digit', hourCycle } }
  document.cookie = `tz=${encodeURIComponent(zone)};path=/;max-age=31536000;samesite=lax`
}

function text(date, options) {
  const key = Object.entries(options).join()
  formats[key] ??= new Intl.DateTimeFormat(formats.locale, options)
  return formats[key].format(date)
}

// Midnights are counted, not spans of 24 hours.
const dayOf = date => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / 864e5
const thisYear = date => date.getFullYear() === new Date(now()).getFullYear()
const withYear = date => thisYear(date) ? {} : year

function yesterday() {
  const word = new Intl.RelativeTimeFormat(formats.locale, { numeric: 'auto' }).format(-1, 'day')
  return word.replace(/^./u, letter => letter.toUpperCase())
}

const kinds = {
  clock: date => text(date, formats.clock),
  full: date => text(date, { ...dayName, ...year, ...formats.clock }),
  day: date => text(date, { ...dayName, ...withYear(date) }),
  date: date => text(date, { day: 'numeric', month: 'long', ...year }),
  month: date => text(date, { month: 'long', ...year }),
  moment: date => text(date, { ...shortDay, ...withYear(date), ...formats.clock }),
  row(date) {
    const days = dayOf(new Date(now())) - dayOf(date)
    if (days <= 0) return kinds.clock(date)
    if (days === 1) return yesterday()
    if (days < 7) return text(date, { weekday: 'short' })
    return text(date, { ...shortDay, ...withYear(date) })
  },
}

function show(time) {
  const date = new Date(time.dateTime)
  if (isNaN(date.getTime())) return
  time.firstChild.data = kinds[time.dataset.as](date) + (time.firstElementChild ? ' ' : '')
  if (time.title) time.title = kinds.full(date)
  time.dataset.here = ''
}

// A row knows by itself whether it begins a day: it has the time of the message before it.
function divide(row, root) {
  const date = new Date($('time', row).dateTime)
  const { prev } = row.dataset
  const id = row.id.replace('message', 'day')
  let divider = $('#' + id, root)
  if (prev && dayOf(new Date(prev)) === dayOf(date)) return divider?.remove()
  if (!divider) {
    divider = document.createElement('div')
    Object.assign(divider, { id, className: 'day' })
    divider.dataset.seq = seqOf(row) - 1 + '.5'
    divider.append(document.createElement('time'))
    const above = row.previousElementSibling
    ;(above?.matches('.new') ? above : row).before(divider)
  }
  const label = $('time', divider)
  label.dateTime = new Date(dayOf(date) * 864e5).toISOString().slice(0, 10)
  label.textContent = kinds.day(date)
  label.dataset.here = ''
}

/** localise writes the times of a part of the page that has just come. */
export function localise(root) {
  for (const time of $$('time[data-as]:not([data-here])', root)) {
    show(time)
    const row = time.closest('.msg[id]')
    if (row) divide(row, root)
  }
}

// A page may stay open over midnight, and travel.
function refresh() {
  const moved = browser().timeZone !== zone
  const day = dayOf(new Date(now()))
  if (!moved && day === today) return
  today = day
  if (moved) settleZone()
  const stale = moved ? 'time[data-as]' : 'time[data-as="row"]'
  for (const time of $$(stale)) delete time.dataset.here
  localise(document)
}

export function startTimes() {
  settleZone()
  ahead = Date.parse(live()?.dataset.now) - Date.now() || 0
  today = dayOf(new Date(now()))
  localise(document)
  setInterval(refresh, 30_000)
  document.addEventListener('visibilitychange', refresh)
}
