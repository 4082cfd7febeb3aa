import type { Clock } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { PgSession } from '../../db/index.ts'
import { type Published, Publisher } from '../publisher.ts'
import type { Signer } from '../signer.ts'
import type { TileStore } from '../tiles/tile-store.ts'
import { type NoteVerifier, TreeBuilder } from '../tlog/index.ts'
import * as store from './store.ts'
import { Blocked, commitmentPages, resume, split } from './takeover.ts'
import { failureOf } from './writer.ts'

const LEASE_MS = 2_500
/** Who has no lease asks so often. */
const ASK_MS = 500
/** Between two looks at the outbox while events come, and while none do. */
const BUSY_MS = 10
const IDLE_MS = 50
/** Records that are given their place in one transaction. */
const MOST = 8_192
const ANSWER_MS = 2_000
const BLOCKED_MS = 5_000
const HEAL_MS = 1_000

export interface SequencerOptions {
  readonly session: PgSession
  /** @param mayReplace throws when the lease may have gone to another by now */
  readonly openTiles: (mayReplace: () => void) => Promise<TileStore>
  readonly signer: Signer
  /** The log's key, and those before it. */
  readonly verifiers: () => Promise<readonly NoteVerifier[]>
  /** Drawn at random for this opening. */
  readonly holder: string
  readonly clock: Clock
  readonly log: Log
  readonly checkpointIntervalMs: number
  readonly leaseMs?: number
}

/** Another one took over: no failure. */
class Fenced extends Error {
  override readonly name = 'Fenced'
}

/** One time of holding the lease. */
interface Term {
  readonly epoch: number
  readonly tiles: TileStore
  readonly publisher: Publisher
  /** Entries that the publisher was given. */
  size: number
}

/**
 * Gives recorded events their place and publishes them, while it holds the lease; waits for the lease while another does. The protocol
 * is in docs/adr/0018-shared-ledger.md; the letters here are its.
 */
export class Sequencer {
  readonly #options: SequencerOptions
  readonly #leaseMs: number
  #term: Term | null = null
  #tiles: TileStore | null = null
  #leaseUntilMs = Number.NEGATIVE_INFINITY
  #failure: string | null = null
  #closed = false
  #wake: (() => void) | null = null
  #running: Promise<void> = Promise.resolve()
  #healedMs = Number.NEGATIVE_INFINITY

  constructor(options: SequencerOptions) {
    this.#options = options
    this.#leaseMs = options.leaseMs ?? LEASE_MS
  }

  /** Whether this process orders and publishes now. */
  get here(): boolean {
    return this.#term !== null
  }

  /** Why the last attempt failed; null when it did not. */
  get failure(): string | null {
    return this.#failure ?? this.#term?.publisher.failure ?? null
  }

  start(): void {
    this.#running = this.#run()
  }

  /** Something was recorded, or the lease was given back: look at once. */
  wake(): void {
    this.#wake?.()
  }

  /** Publishes what is recorded, if it is this one's to do, and gives the lease back. */
  async close(): Promise<void> {
    this.#closed = true
    this.wake()
    await this.#running
    await this.#tiles?.close()
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      try {
        const head = await this.#take()
        if (head === null) await this.#sleep(ASK_MS)
        else await this.#serve(head)
        this.#failure = null
      } catch (error) {
        await this.#stumble(error)
      }
    }
  }

  /** L4: whatever went wrong, what the database has is read back. */
  async #stumble(error: unknown): Promise<void> {
    if (error instanceof Fenced) return
    const blocked = error instanceof Blocked
    const reason = blocked || error instanceof AppError ? error.message : failureOf(error)
    if (this.#failure !== reason) this.#options.log.error({ err: error, reason }, 'the ledger can’t be published')
    this.#failure = reason
    await this.#sleep(blocked ? BLOCKED_MS : ASK_MS)
  }

  /** L1 */
  async #take(): Promise<store.Head | null> {
    const { session, holder, clock } = this.#options
    const askedMs = clock.monotonic()
    const head = await store.takeLease(session, holder, this.#leaseMs, ANSWER_MS)
    if (head !== null) this.#leaseUntilMs = askedMs + this.#leaseMs
    return head
  }

  async #serve(head: store.Head): Promise<void> {
    const { log } = this.#options
    const term = await this.#keeping(head.epoch, () => this.#begin(head))
    this.#term = term
    this.#failure = null
    log.info({ epoch: term.epoch, size: term.size }, 'this replica orders and publishes the ledger')
    try {
      while (!this.#closed) {
        const count = await this.#integrate(term)
        if (count === MOST) continue
        await this.#heal(term)
        await this.#sleep(count > 0 ? BUSY_MS : IDLE_MS)
      }
      await this.#finish(term)
    } finally {
      this.#term = null
      await term.publisher.abandon()
      log.info({ epoch: term.epoch }, 'this replica no longer orders and publishes the ledger')
    }
  }

  /** T1 to T4 */
  async #begin(head: store.Head): Promise<Term> {
    const { session, signer, verifiers, openTiles } = this.#options
    if (head.vkey !== signer.vkey)
      throw new AppError(
        'CONFIG_INVALID',
        'the log’s key was rotated: copy ledger.key from the replica where that was done into this one’s folder of keys, and start it again',
      )
    this.#tiles ??= await openTiles(() => this.#checkLease())
    const tiles = this.#tiles
    try {
      const resumed = await resume(session, tiles, head, await verifiers())
      const { publishedSize, publisher } = await this.#publisherOf(head.epoch, tiles, resumed)
      const term = { epoch: head.epoch, tiles, publisher, size: publishedSize }
      await this.#catchUp(term, head.size)
      if (head.note === null) await tiles.writeText('vkey', `${signer.vkey}\n`)
      await publisher.publish()
      await store.setBlocked(session, head.epoch, null)
      return term
    } catch (error) {
      if (error instanceof Blocked) await store.setBlocked(session, head.epoch, error.message)
      throw error
    }
  }

  async #publisherOf(epoch: number, tiles: TileStore, resumed: Awaited<ReturnType<typeof resume>>) {
    const { session, signer, checkpointIntervalMs, log } = this.#options
    const publisher = new Publisher(
      {
        tiles,
        signer,
        checkpointIntervalMs,
        beforeCheckpoint: (next) => this.#announce(epoch, next),
        onFailure: (reason, err) => {
          if (!(err instanceof Fenced)) log.error({ err, reason }, 'ledger checkpoint failed')
        },
      },
      resumed.published ?? { size: 0, note: '' },
      resumed.tree ?? new TreeBuilder(),
      resumed.edgeEntries,
    )
    const publishedSize = resumed.published?.size ?? 0
    if (resumed.tree === null) {
      log.warn({ size: publishedSize }, 'ledger tiles are missing or damaged: writing them anew from the database')
      await publisher.restore(commitmentPages(session, 0, publishedSize))
    }
    return { publishedSize, publisher }
  }

  /** T4: what the database ordered without this process hearing of it. */
  async #catchUp(term: Term, size: number): Promise<void> {
    const pages = commitmentPages(this.#options.session, term.size, size)
    for await (const page of pages) {
      term.publisher.add(page)
      term.size += page.length
    }
  }

  /** L2, while tiles are read and written for longer than the lease lasts. */
  async #keeping<T>(epoch: number, work: () => Promise<T>): Promise<T> {
    const timer = setInterval(() => void this.#ask(epoch, 0).catch(() => null), this.#leaseMs / 4)
    try {
      return await work()
    } finally {
      clearInterval(timer)
    }
  }

  async #ask(epoch: number, most: number) {
    const { session, clock } = this.#options
    const askedMs = clock.monotonic()
    const answer = await store.integrate(session, epoch, { most, leaseMs: this.#leaseMs, timeoutMs: ANSWER_MS })
    // The database leaves the lease as it is while more than 0.6 of it are left.
    if (answer !== null) this.#leaseUntilMs = askedMs + this.#leaseMs * 0.6
    return answer
  }

  /** I1 to I5 @returns how many were given their place */
  async #integrate(term: Term): Promise<number> {
    const answer = await this.#ask(term.epoch, MOST)
    if (answer === null) throw new Fenced()
    const entries = split(answer.commitments)
    if (entries.length === 0) return 0
    if (answer.first !== term.size) throw new Error(`the next place is ${answer.first}, the tree has ${term.size}`)
    term.size += entries.length
    term.publisher.add(entries)
    return entries.length
  }

  /** P3: from here on replicas serve the note. */
  async #announce(epoch: number, { size, note }: Published): Promise<void> {
    const { session, signer } = this.#options
    const next = { vkey: signer.vkey, size, note, leaseMs: this.#leaseMs }
    if (await store.publishHead(session, epoch, next, ANSWER_MS)) return
    this.wake()
    throw new Fenced()
  }

  /** P4, in a folder: a process that slept between its last look and the renaming may have put an older one there. */
  async #heal({ tiles, publisher }: Term): Promise<void> {
    const { clock } = this.#options
    if (tiles.conditional || clock.monotonic() - this.#healedMs < HEAL_MS) return
    this.#healedMs = clock.monotonic()
    await publisher.reaffirm()
  }

  async #finish(term: Term): Promise<void> {
    while ((await this.#integrate(term)) === MOST);
    await term.publisher.close()
    await store.giveBackLease(this.#options.session, term.epoch, ANSWER_MS)
  }

  #checkLease(): void {
    if (this.#options.clock.monotonic() > this.#leaseUntilMs) throw new Fenced('the lease may have gone to another')
  }

  async #sleep(ms: number): Promise<void> {
    if (this.#closed) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = null
  }
}
