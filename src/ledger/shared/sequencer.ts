import type { Clock } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { PgSession } from '../../db/index.ts'
import { type Published, Publisher } from '../publisher.ts'
import type { Signer } from '../signer.ts'
import type { TileHooks, TileStore } from '../tiles/tile-store.ts'
import { type NoteVerifier, parseVkey, successionPath, TreeBuilder, vkeyHandedOver } from '../tlog/index.ts'
import * as store from './store.ts'
import { Blocked, commitmentPages, type Resumed, resume, split } from './takeover.ts'
import { failureOf } from './writer.ts'

const LEASE_MS = 2_500
/** Who has no lease asks so often; what failed is tried again after it. */
const ASK_MS = 500
/** Between two looks at the outbox while events come, and while none do. */
const BUSY_MS = 20
const IDLE_MS = 50
/** Records that are given their place in one transaction. */
const MOST = 8_192
const ANSWER_MS = 2_000
const BLOCKED_MS = 5_000
const HEAL_MS = 1_000
/** Who can't publish for so long lets another try, at first; and leaves it to the others for a moment. */
const PATIENCE_MS = 2_000
const MOST_PATIENCE_MS = 60_000
/** Also while tiles can be written: without a checkpoint for so long, another tries. */
const SLOWEST_MS = 20_000
const ABSTAIN_MS = 1_000

export interface SequencerOptions {
  readonly session: PgSession
  /** Reads entries to resume from, beside `session`. */
  readonly reader: PgSession
  readonly openTiles: (hooks: TileHooks) => Promise<TileStore>
  /** The log's key, as far as this replica has it. */
  readonly signer: () => Signer
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
  readonly head: store.Head
  /** Entries that have their place. */
  size: number
  /** Null until the tree is there: events get their places meanwhile. */
  publisher: Publisher | null
  opening: Promise<void> | null
  openAtMs: number
  /** The size of the newest checkpoint, and since when it has been that, or there has been nothing newer to publish. */
  publishedSize: number
  publishedMs: number
  /** What ends the term. */
  end: Error | null
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
  #patienceMs = PATIENCE_MS
  #abstainUntilMs = Number.NEGATIVE_INFINITY
  #writtenMs = Number.NEGATIVE_INFINITY

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
    return this.#failure ?? this.#term?.publisher?.failure ?? null
  }

  start(): void {
    this.#running = this.#run()
  }

  /** The lease was given back, or ran out: look at once. */
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
        if (head === null) {
          this.#failure = null
          await this.#sleep(ASK_MS)
        } else await this.#serve(head)
      } catch (error) {
        if (error instanceof Fenced) continue
        this.#fail(error)
        await this.#sleep(error instanceof Blocked ? BLOCKED_MS : ASK_MS)
      }
    }
  }

  #fail(error: unknown): void {
    const told = error instanceof Blocked || error instanceof AppError
    const reason = told ? error.message : failureOf(error)
    if (this.#failure !== reason) this.#options.log.error({ err: error, reason }, 'the ledger can’t be published')
    this.#failure = reason
  }

  /** L1 */
  async #take(): Promise<store.Head | null> {
    const { session, signer, holder, clock } = this.#options
    const askedMs = clock.monotonic()
    if (askedMs < this.#abstainUntilMs) return null
    const asked = { holder, vkey: signer().vkey, leaseMs: this.#leaseMs }
    const head = await store.takeLease(session, asked, ANSWER_MS)
    if (head !== null) this.#leaseUntilMs = askedMs + this.#leaseMs
    return head
  }

  /** L4: whatever ends it, the next term reads back what the database has. */
  async #serve(head: store.Head): Promise<void> {
    const { log } = this.#options
    const publishedMs = this.#options.clock.monotonic()
    const { size, publishedSize } = head
    const term: Term = {
      head,
      size,
      publisher: null,
      opening: null,
      openAtMs: 0,
      publishedSize,
      publishedMs,
      end: null,
    }
    this.#term = term
    log.info({ epoch: head.epoch, size: head.size }, 'this replica orders and publishes the ledger')
    try {
      while (!this.#closed) {
        const count = await this.#integrate(term)
        this.#openPublisher(term)
        if (term.end !== null) throw term.end
        if (this.#isStuck(term)) return await this.#yield(term)
        if (count === MOST) continue
        await this.#heal(term)
        await this.#sleep(count > 0 ? BUSY_MS : IDLE_MS)
      }
      await this.#finish(term)
    } finally {
      term.end ??= new Fenced()
      this.#term = null
      await term.opening
      await term.publisher?.abandon()
      log.info({ epoch: head.epoch }, 'this replica no longer orders and publishes the ledger')
    }
  }

  /** I1 to I5 @returns how many were given their place */
  async #integrate(term: Term): Promise<number> {
    const { session, clock } = this.#options
    const askedMs = clock.monotonic()
    const asked = { most: MOST, leaseMs: this.#leaseMs, timeoutMs: ANSWER_MS }
    const answer = await store.integrate(session, term.head.epoch, asked)
    if (answer === null) throw new Fenced()
    // The database leaves the lease as it is while more than 0.6 of it are left.
    this.#leaseUntilMs = askedMs + this.#leaseMs * 0.6
    if (answer.first !== term.size) throw new Error(`the next place is ${answer.first}, not ${term.size}`)
    const entries = split(answer.commitments)
    term.size += entries.length
    if (entries.length > 0) term.publisher?.add(entries)
    return entries.length
  }

  /** Events get their places while the tile store is away: what follows the ledger does not wait for it. */
  #openPublisher(term: Term): void {
    if (term.publisher !== null || term.opening !== null) return
    const { clock } = this.#options
    if (clock.monotonic() < term.openAtMs) return
    term.opening = this.#begin(term)
      .then(() => {
        this.#failure = null
      })
      .catch((error: unknown) => {
        term.openAtMs = clock.monotonic() + ASK_MS
        if (error instanceof Fenced || error instanceof Blocked || isConflict(error)) term.end = error
        else this.#fail(error)
      })
      .finally(() => {
        term.opening = null
        this.wake()
      })
  }

  /** Whether another replica should try: this one may be cut off from the tile store alone. */
  #isStuck(term: Term): boolean {
    const nowMs = this.#options.clock.monotonic()
    const publishedSize = term.publisher?.published.size ?? term.head.publishedSize
    const waits = term.publisher === null || term.size > publishedSize
    if (!waits || publishedSize > term.publishedSize) {
      // Nobody needs to be tried again: this one can.
      if (!waits) this.#patienceMs = PATIENCE_MS
      term.publishedMs = nowMs
    }
    term.publishedSize = publishedSize
    // A store that takes tiles, but slowly, would be no faster for another.
    const idleMs = nowMs - Math.max(term.publishedMs, this.#writtenMs)
    return idleMs > this.#patienceMs || nowMs - term.publishedMs > Math.max(SLOWEST_MS, this.#patienceMs)
  }

  async #yield(term: Term): Promise<void> {
    this.#options.log.warn({ epoch: term.head.epoch }, 'this replica can’t publish the ledger: another one may try')
    // Where nobody can, giving it back and forth must not be all that is done.
    this.#patienceMs = Math.min(MOST_PATIENCE_MS, this.#patienceMs * 2)
    this.#abstainUntilMs = this.#options.clock.monotonic() + ABSTAIN_MS
    await store.giveBackLease(this.#options.session, term.head.epoch, ANSWER_MS)
  }

  /** T1 to T4 */
  async #begin(term: Term): Promise<void> {
    const { session, reader, verifiers, openTiles } = this.#options
    const { head } = term
    this.#tiles ??= await openTiles({ mayReplace: () => this.#checkLease(), onWritten: () => this.#written() })
    const tiles = this.#tiles
    let resumed: Resumed
    try {
      resumed = await resume(reader, tiles, head, await verifiers())
    } catch (error) {
      if (error instanceof Blocked) await store.setBlocked(session, head.epoch, error.message)
      throw error
    }
    await store.setBlocked(session, head.epoch, null)
    const publisher = this.#publisherOf(term, tiles, resumed)
    try {
      await this.#catchUp(term, publisher, resumed)
      if (head.note === null || resumed.tree === null) await this.#writeKeys(tiles)
      await publisher.publish()
    } catch (error) {
      // From its first checkpoint on, the term's publisher tries again by itself; any other must not go on beside the next one.
      if (term.publisher === publisher && publisher.published.note !== '') return
      term.publisher = null
      await publisher.abandon()
      throw error
    }
  }

  /** The log's key, and the last word of each before it: in a new place nobody has put them there. */
  async #writeKeys(tiles: TileStore): Promise<void> {
    const { reader, signer } = this.#options
    for (const note of await store.readSuccessions(reader))
      await tiles.writeText(successionPath(parseVkey(vkeyHandedOver(note))), note)
    await tiles.writeText('vkey', `${signer().vkey}\n`)
  }

  /** T3 and T4 */
  async #catchUp(term: Term, publisher: Publisher, resumed: Resumed): Promise<void> {
    const { reader, log } = this.#options
    let size = resumed.published?.size ?? 0
    if (resumed.tree === null) {
      log.warn({ size }, 'ledger tiles are missing or damaged: writing them anew from the database')
      await publisher.restore(commitmentPages(reader, 0, size))
    }
    while (size < term.size) {
      for await (const page of commitmentPages(reader, size, term.size)) {
        publisher.add(page)
        size += page.length
        checkGoing(term)
      }
    }
    // In the same turn as the last look at `term.size`: what is integrated from now on is handed to it.
    term.publisher = publisher
  }

  #publisherOf(term: Term, tiles: TileStore, resumed: Resumed): Publisher {
    const { signer, checkpointIntervalMs, log } = this.#options
    return new Publisher(
      {
        tiles,
        signer: signer(),
        checkpointIntervalMs,
        beforeCheckpoint: (next) => this.#announce(term, next),
        onFailure: (reason, err) => {
          if (err instanceof Fenced) return
          log.error({ err, reason }, 'ledger checkpoint failed')
          // Who wrote it must be known before anything else is written over it.
          if (isConflict(err)) term.end = err
          this.wake()
        },
      },
      resumed.published ?? { size: 0, note: '' },
      resumed.tree ?? new TreeBuilder(),
      resumed.edgeEntries,
    )
  }

  /** P3: from here on replicas serve the note. */
  async #announce(term: Term, { size, note }: Published): Promise<void> {
    const { session, signer } = this.#options
    checkGoing(term)
    const next = { vkey: signer().vkey, size, note, leaseMs: this.#leaseMs }
    if (await store.publishHead(session, term.head.epoch, next, ANSWER_MS)) return
    term.end = new Fenced()
    this.wake()
    throw term.end
  }

  /** P4, in a folder: a process that slept between its last look and the renaming may have put an older one there. */
  async #heal({ publisher }: Term): Promise<void> {
    const { clock } = this.#options
    if (publisher === null || this.#tiles?.conditional !== false) return
    if (clock.monotonic() - this.#healedMs < HEAL_MS) return
    this.#healedMs = clock.monotonic()
    await publisher.reaffirm().catch(() => {}) // a folder that can't be read shows at the next checkpoint
  }

  /** L3 */
  async #finish(term: Term): Promise<void> {
    await term.opening
    while ((await this.#integrate(term)) === MOST);
    await term.publisher?.close()
    await store.giveBackLease(this.#options.session, term.head.epoch, ANSWER_MS)
  }

  #written(): void {
    this.#writtenMs = this.#options.clock.monotonic()
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

function checkGoing(term: Term): void {
  if (term.end !== null) throw term.end
}

function isConflict(error: unknown): error is AppError {
  return error instanceof AppError && error.code === 'CONFLICT'
}
