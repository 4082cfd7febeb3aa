import { join } from 'node:path'
import { Chores } from '../base/chores.ts'
import type { Clock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import { loadOrCreateKey } from '../base/keys.ts'
import type { Log } from '../base/log.ts'
import { mapPage, type Page, type PageQuery, readPage } from '../base/page.ts'
import type { DbHandle } from '../db/index.ts'
import { kindFits, type Ledger, type LedgerEvent } from '../ledger/index.ts'
import { DeliveryError } from './channels/channel.ts'
import { isStream, type Wired, wire } from './channels/open.ts'
import type { NotifyConfig } from './config.ts'
import { type Message, messageOf } from './message.ts'
import type { ChannelView, DeliveryState, DeliveryView } from './schema.ts'
import { atLeast, severityOf } from './severity.ts'
import * as store from './store.ts'
import { Webhooks } from './webhooks.ts'

export interface NotifyDeps {
  readonly db: DbHandle
  readonly ledger: Pick<Ledger, 'size' | 'entries' | 'entry' | 'append'>
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly config: NotifyConfig
  /** Channel id -> secret. */
  readonly secrets: ReadonlyMap<string, string>
  /** Where `notify.key` is, or is made. */
  readonly keysDir: string
  readonly installation: string
  /** Where staff reach the console; null = not known. */
  readonly consoleUrl: () => string | null
}

const POLL_MS = 500
const BATCH = 500
const AT_A_TIME = 8
/** Batches in one go; a lease lasts a minute. */
const ROUNDS = 20
/** Other processes' messages and those that failed are looked for so often. */
const LOOK_MS = 5_000
const SEND_MS = 30_000
/** After these pauses a message is tried again; after the last it is given up, which staff see. About 27 hours in all. */
const PAUSES_MS = [5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 28_800_000, 43_200_000]
const KEPT_MS = 30 * 86_400_000
const SWEEP_MS = 3_600_000
const FAN_OUT = '@messages'

/**
 * Tells people and programs outside what happened: a view over the ledger. Each channel has its mark on the ledger, so nothing is lost when
 * this process or the other side is down, and every message has the event's id, so that one sent twice can be told.
 */
export class Notify implements AsyncDisposable {
  readonly webhooks: Webhooks
  readonly #deps: NotifyDeps
  #wired: readonly Wired[]
  readonly #stop = new AbortController()
  readonly #chores: Chores
  /** Where the ledger stood when each message channel was first configured: it hears of nothing older. */
  readonly #since = new Map<string, number>()
  /** Everything before this has been seen to by this process; saves asking the store when nothing happened. */
  readonly #seen = new Map<string, number>()
  #lookAtMs = Number.NEGATIVE_INFINITY
  #sweptMs = Number.NEGATIVE_INFINITY

  static async open(deps: NotifyDeps): Promise<Notify> {
    const notify = new Notify(deps)
    await notify.#openCursors([FAN_OUT, ...notify.#wired.map(({ id }) => id)])
    return notify
  }

  /**
   * Makes other channels ready while these go on.
   *
   * @param secrets Channel id -> secret
   * @returns has them told from then on; what waits for a channel that is gone is given up when its time comes
   */
  async prepare(
    { channels }: Pick<NotifyConfig, 'channels'>,
    secrets: ReadonlyMap<string, string>,
  ): Promise<() => void> {
    const wired = channels.map((channel) => wire(channel, secrets.get(channel.id), this.#deps.clock))
    await this.#openCursors(wired.map(({ id }) => id))
    return () => {
      const gone = this.#wired
      this.#wired = wired
      // What they are just sending fails, and is sent again: their marks have not moved.
      this.#chores.now('a channel that is gone did not close', () => closeStreams(gone))
    }
  }

  private constructor(deps: NotifyDeps) {
    this.#deps = deps
    this.#chores = new Chores(deps.log)
    this.#wired = deps.config.channels.map((channel) => wire(channel, deps.secrets.get(channel.id), deps.clock))
    const key = loadOrCreateKey(join(deps.keysDir, 'notify.key'), 32, deps.ids)
    this.webhooks = new Webhooks({ ...deps, key, privateAllowed: deps.config.privateWebhooks })
  }

  start(): void {
    this.#chores.every(POLL_MS, 'notices are waiting', () => this.catchUp())
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#chores.close()
    await closeStreams(this.#wired)
    await this.webhooks.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Sends what is due. Runs twice a second; several processes share the work. */
  async catchUp(): Promise<void> {
    await this.#fanOut()
    await Promise.all(this.#wired.filter(isStream).map((channel) => this.#stream(channel)))
    await this.#deliver()
    await this.#sweep()
  }

  /** How each configured channel does. */
  async channels(): Promise<ChannelView[]> {
    const { db, ledger } = this.#deps
    const counts = await store.countDeliveries(db.db)
    const cursors = new Map((await store.listCursors(db.db)).map((cursor) => [cursor.channel, cursor]))
    return this.#wired.map(({ id, kind, events, minSeverity, stream }) => {
      const count = counts.get(id)
      const cursor = stream ? cursors.get(id) : undefined
      const success = cursor?.lastSuccessAt ?? count?.lastSuccessAt ?? null
      return {
        id,
        kind,
        events: [...events],
        minSeverity,
        waiting: cursor === undefined ? (count?.waiting ?? 0) : Math.max(0, ledger.size - cursor.position),
        failed: count?.failed ?? 0,
        lastError: cursor?.lastError ?? count?.lastError ?? null,
        lastSuccessAt: success?.toISOString() ?? null,
      }
    })
  }

  /** Newest first. */
  async deliveries(
    query: PageQuery & { readonly channel?: string | undefined; readonly state?: DeliveryState | undefined },
  ): Promise<Page<DeliveryView>> {
    const { db } = this.#deps.db
    return mapPage(await readPage(query.limit, (limit) => store.listDeliveries(db, { ...query, limit })), toView)
  }

  /** Sends again what was given up. @throws {AppError} NOT_FOUND */
  async retry(id: string): Promise<void> {
    const { db, clock } = this.#deps
    if (!(await store.retryDelivery(db.db, id, new Date(clock.now())))) {
      throw new AppError('NOT_FOUND', 'there is no such delivery that was given up')
    }
    this.#lookAtMs = Number.NEGATIVE_INFINITY
  }

  async #openCursors(channels: readonly string[]): Promise<void> {
    const { db, ledger, clock } = this.#deps
    for (const channel of channels) await store.openCursor(db.db, channel, ledger.size, new Date(clock.now()))
    for (const { channel, position } of await store.listCursors(db.db)) {
      if (!this.#since.has(channel)) this.#since.set(channel, position)
    }
  }

  /** Notes for every message channel and customer's webhook what it must hear of; the mark moves in the same transaction. */
  async #fanOut(): Promise<void> {
    const { db, ledger } = this.#deps
    const hearers = this.#wired.filter(({ messages }) => messages !== undefined)
    // An installation that tells nobody pays nothing.
    if (hearers.length === 0 && !(await this.webhooks.any())) return
    await this.#leased(FAN_OUT, async (cursor) => {
      const entries = await ledger.entries(cursor.position, BATCH)
      const found = await Promise.all(entries.map(({ position, event }) => this.#heardBy(hearers, position, event)))
      const next = cursor.position + entries.length
      await db.db.transaction().execute(async (tx) => {
        await store.addDeliveries(tx, found.flat(), this.#now())
        if (found.length > 0) this.#lookAtMs = Number.NEGATIVE_INFINITY
        await store.moveCursor(tx, cursor, next)
      })
      return next
    })
  }

  async #heardBy(hearers: readonly Wired[], position: number, event: LedgerEvent | null): Promise<store.NewDelivery[]> {
    if (event === null) return []
    const channels = hearers
      .filter((channel) => hears(channel, event) && position >= (this.#since.get(channel.id) ?? 0))
      .map(({ id }) => id)
    const all = [...channels, ...(await this.webhooks.hearers(event))]
    return all.map((channel) => ({ id: this.#deps.ids.next('dlv'), channel, position, kind: event.kind }))
  }

  /** Sends a stream what it has not had, batch by batch, in order. */
  async #stream(channel: Wired): Promise<void> {
    await this.#leased(channel.id, async (cursor) => {
      const entries = await this.#deps.ledger.entries(cursor.position, BATCH)
      const messages = entries.flatMap(({ position, event }) =>
        event !== null && hears(channel, event) ? [this.#message(position, event)] : [],
      )
      if (messages.length > 0) await channel.stream?.sendBatch(messages, this.#limit())
      return cursor.position + entries.length
    })
  }

  /** Works on one mark while no other process does, until it is at the end of the ledger. @param work Returns where the mark moves. */
  async #leased(channel: string, work: (cursor: store.Cursor) => Promise<number>): Promise<void> {
    const { db, ledger } = this.#deps
    if ((this.#seen.get(channel) ?? -1) >= ledger.size) return
    const cursor = await store.leaseCursor(db.db, channel, this.#now())
    if (cursor === null) return
    try {
      let { position } = cursor
      for (let round = 0; position < ledger.size && round < ROUNDS && !this.#stop.signal.aborted; round++) {
        const next = await work({ ...cursor, position })
        await store.moveCursor(db.db, { ...cursor, position }, next)
        position = next
      }
      this.#seen.set(channel, position)
      await store.releaseCursor(db.db, channel, { now: this.#now(), sent: position > cursor.position })
    } catch (error) {
      const { reason, pauseMs } = this.#failure(error, cursor.failures)
      const now = this.#now()
      await store.releaseCursor(db.db, channel, {
        now,
        error: reason,
        nextAt: new Date(now.getTime() + (pauseMs ?? PAUSES_MS.at(-1) ?? 0)),
      })
    }
  }

  async #deliver(): Promise<void> {
    const { db, clock } = this.#deps
    if (clock.now() < this.#lookAtMs) return
    const due = await store.claimDue(db.db, AT_A_TIME, this.#now())
    if (due.length === 0) this.#lookAtMs = clock.now() + LOOK_MS
    await Promise.all(due.map((delivery) => this.#deliverOne(delivery)))
  }

  async #deliverOne(delivery: Awaited<ReturnType<typeof store.claimDue>>[number]): Promise<void> {
    const { db, ledger } = this.#deps
    const end = (state: 'delivered' | 'failed' | 'erased', error: string | null) =>
      store.endDelivery(db.db, delivery.id, { state, error, at: this.#now() })
    const { event } = await ledger.entry(delivery.position)
    if (event === null) return await end('erased', null)
    const wired = this.#wired.find(({ id }) => id === delivery.channel)?.messages
    const channel = wired ?? (await this.webhooks.channel(delivery.channel))
    if (channel === null) return await end('failed', 'the channel is no longer configured')
    try {
      await channel.send(this.#message(delivery.position, event), this.#limit())
      await end('delivered', null)
    } catch (error) {
      const { reason, pauseMs } = this.#failure(error, delivery.attempts - 1)
      if (pauseMs !== null)
        return await store.postpone(db.db, delivery.id, reason, new Date(this.#now().getTime() + pauseMs))
      await end('failed', reason)
      this.#deps.log.error({ channel: delivery.channel, delivery: delivery.id, reason }, 'a notice was given up')
    }
  }

  /** @param failures Before this one. @returns `pauseMs` null = given up. */
  #failure(error: unknown, failures: number): { reason: string; pauseMs: number | null } {
    const known = error instanceof DeliveryError
    if (!known) this.#deps.log.warn({ err: error }, 'a notice could not be sent')
    const reason = known ? error.message : 'an error of ours: see the log'
    const pause = PAUSES_MS[failures] ?? null
    if (known && error.gone) return { reason, pauseMs: null }
    return { reason, pauseMs: pause === null ? null : Math.max(pause, known ? (error.retryAfterMs ?? 0) : 0) }
  }

  async #sweep(): Promise<void> {
    const { db, clock } = this.#deps
    if (clock.monotonic() - this.#sweptMs < SWEEP_MS) return
    this.#sweptMs = clock.monotonic()
    await store.forgetDelivered(db.db, new Date(clock.now() - KEPT_MS))
  }

  #message(position: number, event: LedgerEvent): Message {
    const { installation, consoleUrl } = this.#deps
    return messageOf({ position, event }, { installation, consoleUrl: consoleUrl() })
  }

  #limit(): AbortSignal {
    return AbortSignal.any([this.#stop.signal, AbortSignal.timeout(SEND_MS)])
  }

  #now(): Date {
    return new Date(this.#deps.clock.now())
  }
}

async function closeStreams(channels: readonly Wired[]): Promise<void> {
  for (const { stream } of channels) await stream?.close?.()
}

function hears({ events, minSeverity }: Wired, event: LedgerEvent): boolean {
  // Whoever reads a channel for everything may be whom a case is about: only one that asks for these by name hears of them.
  if (event.kind.startsWith('insider.') && !events.some((pattern) => pattern.startsWith('insider.'))) return false
  return kindFits(event.kind, events) && atLeast(severityOf(event.kind), minSeverity)
}

function toView(row: Awaited<ReturnType<typeof store.listDeliveries>>[number]): DeliveryView {
  const { id, channel, position, kind, attempts, createdAt, endedAt, lastError } = row
  return {
    id,
    channel,
    position,
    kind,
    attempts,
    lastError,
    state: row.state,
    createdAt: createdAt.toISOString(),
    nextAt: row.state === 'waiting' ? row.nextAt.toISOString() : null,
    endedAt: endedAt?.toISOString() ?? null,
  }
}
