// Types that modules share, and what they use of scripts that have none.

type Upload = import('./upload/file.js').Upload
type Fields = Iterable<[string, string]> | Record<string, unknown>

/** A message that is not stored yet. */
interface Item {
  key: string
  /** when it was written: messages leave in this order */
  at?: number
  /** the browser's database has it */
  saved?: boolean
  /** the tab that has its files, until the server has them */
  tab?: string
  body: string
  read?: number
  url: string
  conversation: number
  files: Upload[]
  /** the id of the message that it answers, and how that is shown */
  reply?: string
  quote?: { name?: string; text?: string }
  why?: string
  final?: boolean
}

/** What the composer does instead of writing a new message: an answer, or an edit. */
interface Mode {
  id: string
  /** whose message is answered */
  name?: string
  /** the beginning of the message */
  text: string
  /** the revision that an edit began from */
  rev?: string
  /** the draft before an edit */
  before?: string
}

/** A draft as a tab has it, or as it is stored. */
interface Draft {
  text: string
  mode?: Mode
  /** what another tab had written instead; "" has been discarded */
  other?: string
  /** when it changed last */
  at: number
}

/** What a tab notes of the stored outbox. */
interface Stored {
  /** the name of the tab */
  tab?: string
  /** which time of a draft was stored, by conversation */
  drafts?: Record<string, number>
  /** messages that were sent or discarded here, and may be stored still */
  dropped?: string[]
}

/** One record of the browser's database. */
interface StoredRecord {
  person: string
  kind: string
  id: string
  value: any
}

interface Outbox {
  items: Item[]
  /** files for the next message, by conversation */
  trays: Record<string, any[]>
  /** its text, by conversation */
  drafts: Record<string, string>
  /** its mode, by conversation */
  modes: Record<string, Mode>
  /** when its text changed, by conversation */
  times: Record<string, number>
  /** for the script that stores the outbox */
  stored: Stored
  headers: Record<string, string>
  fetchAgain(url: string, request?: RequestInit): Promise<Response | null>
  flush(): Promise<boolean>
  sending: Set<number>
  /** because the page is over */
  stopped: boolean
  kept?: string
  keep(): void
  mirror(): void
  isKept(): boolean
  holds(): boolean
  changed(): void
  write(conversation: number | string, ...texts: (string | undefined)[]): void
  add(message: Omit<Item, 'key'>): void
  drop(item: Item): void
  retry(): void
  send(conversation: number): Promise<void>
  next(conversation: number): Item | undefined
  turn(conversation: number): Promise<number>
  post(item: Item): Promise<number>
  show(): void
  showPending(): void
  bubble(item: Item): HTMLElement
}

/** The time in milliseconds, and what is to happen later. */
interface Clock {
  now(): number
  later(go: () => void, wait: number): unknown
}

interface Acknowledger {
  heard(frame: string, cursor: string): void
  reset(): void
}

/** One swap that htmx is about to do. */
interface HtmxTask {
  fragment: DocumentFragment
  /** an element, or the selector of one */
  target?: any
  swapSpec?: { style: string; key?: string; sort?: string }
}

interface HtmxContext {
  /** where the page stood when its pager asked */
  rev?: number
  sourceElement?: Element
  target?: Element
  request: RequestInit & { headers: Record<string, string>; timeout?: string }
  response?: { raw: Response; headers: Headers }
  fetch?: (url: string, request: RequestInit) => Promise<Response>
}

interface HtmxConnection {
  url: string
  socket: WebSocket
}

/** What an extension is called with: the element, and the details of the event. */
interface HtmxDetail {
  ctx: HtmxContext
  tasks: HtmxTask[]
  connection: HtmxConnection
  message: { data: string }
  code: number
  error: unknown
  waitUntil(promise: Promise<unknown> | null): void
}

type HtmxHook = (element: Element, detail: HtmxDetail) => boolean | void

/** A swap of its own: (style, target, fragment, options of the swap). */
type HtmxSwap = (style: string, list: Element, fragment: DocumentFragment, options: any) => boolean

interface HtmxRequest {
  target: string
  source?: Element
  select?: string
  swap?: string
  push?: string
}

interface HtmxFragments {
  sourceElement: Element
  target: Element
  swap: string
  text: string
}

declare const htmx: {
  process(element: Element): void
  ajax(verb: string, url: string, options: HtmxRequest): Promise<void>
  swap(fragments: HtmxFragments): Promise<void>
  registerExtension(name: string, hooks: Record<string, HtmxHook | HtmxSwap>): void
}

interface Window {
  /** tus-js-client, once it is loaded */
  tus?: { Upload: new (file: File, options: object) => any }
}
