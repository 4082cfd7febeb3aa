import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { systemIds } from '../../src/base/ids.ts'
import { createLog } from '../../src/base/log.ts'
import { openDb, PgSession } from '../../src/db/index.ts'
import { auditLedger } from '../../src/ledger/audit.ts'
import {
  openCheckpoint,
  openFileSigner,
  openTiles,
  parseVkey,
  SharedLedger,
  type SharedLedgerOptions,
  type Signer,
  type TileStore,
} from '../../src/ledger/index.ts'
import { SqlRecords } from '../../src/ledger/shared/sql-records.ts'
import { Cable } from '../chaos/cable.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'

export { newEvent } from './shared-events.ts'

/** What happens at a step of a sequencer; throwing is a store that fails. */
export type StepFault = (step: 'write' | 'checkpoint' | 'checkpoint done' | 'drop') => Promise<void> | void

/** One ledger in a PostgreSQL of the tests, and replicas of it whose lines and stores can fail. */
export class SharedWorld implements AsyncDisposable {
  readonly dir: string
  readonly signer: Signer
  readonly #database: TestDatabase
  readonly #replicas: Replica[] = []
  /** Every checkpoint that reached the tile store, in order. */
  readonly checkpoints: string[] = []
  readonly lines: string[] = []
  readonly session: PgSession
  tiles: SharedLedgerOptions['openTiles']

  private constructor(dir: string, signer: Signer, database: TestDatabase) {
    this.dir = dir
    this.signer = signer
    this.#database = database
    this.session = new PgSession({ url: database.url, log: this.log, name: 'test' })
    this.tiles = (hooks) => openTiles({ folder: join(dir, 'tiles') }, systemIds, hooks)
  }

  static async open(): Promise<SharedWorld> {
    const database = await createTestDatabase()
    const dir = await mkdtemp(join(tmpdir(), 'safelevel-shared-'))
    const signer = await openFileSigner({ path: join(dir, 'keys/ledger.key'), ids: systemIds })
    const world = new SharedWorld(dir, signer, database)
    await (await openDb({ url: database.url, dataDir: dir, log: world.log })).close()
    return world
  }

  get log() {
    return createLog('debug', { write: (line) => void this.lines.push(line) })
  }

  get url(): string {
    return this.#database.url
  }

  async replica(options: Partial<SharedLedgerOptions> = {}): Promise<Replica> {
    const at = new URL(this.#database.url)
    const cable = await Cable.open(() => Number(at.port))
    const url = new URL(at)
    url.port = String(cable.port)
    const replica = new Replica(cable)
    replica.ledger = await SharedLedger.open({
      url: url.href,
      signer: this.signer,
      clock: systemClock,
      ids: systemIds,
      log: this.log,
      checkpointIntervalMs: 20,
      leaseMs: 400,
      appendTimeoutMs: 1_500,
      ...options,
      openTiles: async (hooks) => this.#watched(await (options.openTiles ?? this.tiles)(hooks), replica),
    })
    this.#replicas.push(replica)
    return replica
  }

  #watched(store: TileStore, replica: Replica): TileStore {
    return {
      place: store.place,
      conditional: store.conditional,
      read: (path) => store.read(path),
      write: async (files) => {
        await replica.fault('write')
        await store.write(files)
      },
      replaceCheckpoint: async (note) => {
        await replica.fault('checkpoint')
        await store.replaceCheckpoint(note)
        this.checkpoints.push(note)
        await replica.fault('checkpoint done')
      },
      writeText: (path, text) => store.writeText(path, text),
      dropPartials: async (full) => {
        await replica.fault('drop')
        await store.dropPartials(full)
      },
      list: () => store.list(),
      remove: (paths) => store.remove(paths),
      close: () => store.close(),
    }
  }

  /** Ids of the events in the log, in its order. */
  async eventIds(): Promise<string[]> {
    const rows = await this.session.query<{ event_id: string }>(
      'select r.event_id from ledger_entry e join ledger_record r on r.id = e.record order by e.position',
      [],
      10_000,
    )
    return rows.map(({ event_id }) => event_id)
  }

  /** Waits until everything recorded is published. */
  async settled(): Promise<void> {
    const unsettled = async () => {
      const [row] = await this.session.query<{ n: number }>(
        'select (select count(*) from ledger_outbox) + size - published_size as n from ledger_head',
        [],
        5_000,
      )
      return row?.n
    }
    await expect.poll(unsettled, { timeout: 15_000, interval: 50 }).toBe(0)
  }

  /**
   * That one log holds each of `acknowledged` once and nothing twice, that its tiles, bodies and checkpoint agree, and that no checkpoint
   * ever went back or told of another tree.
   */
  async check(acknowledged: readonly string[]): Promise<void> {
    await this.settled()
    const ids = await this.eventIds()
    expect(new Set(ids).size).toBe(ids.length)
    const found = new Set(ids)
    expect(acknowledged.filter((id) => !found.has(id))).toEqual([])
    const [head] = await this.session.query<{ note: string }>('select note from ledger_head', [], 5_000)
    const key = parseVkey(this.signer.vkey)
    const checkpoint = await openCheckpoint(head?.note ?? '', key)
    expect(checkpoint.size).toBe(ids.length)
    const source = await this.tiles()
    try {
      const { bodies } = await auditLedger({ source, checkpoint, segments: new SqlRecords(this.session) })
      expect(bodies?.checked).toBe(ids.length)
    } finally {
      await source.close()
    }
    const roots = new Map<number, string>()
    let last = 0
    for (const note of this.checkpoints) {
      const { size, root } = await openCheckpoint(note, key)
      const hex = Buffer.from(root).toString('hex')
      expect(size).toBeGreaterThanOrEqual(last)
      expect(roots.get(size) ?? hex).toBe(hex)
      roots.set(size, hex)
      last = size
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const replica of this.#replicas) await replica.dispose()
    await this.session.close()
    await this.#database[Symbol.asyncDispose]()
    await rm(this.dir, { recursive: true, force: true })
  }
}

export class Replica {
  ledger!: SharedLedger
  readonly cable: Cable
  fault: StepFault = () => {}
  #gone = false

  constructor(cable: Cable) {
    this.cable = cable
  }

  /** As the others see it when its process ends: it reaches nothing any more. */
  crash(): void {
    this.#gone = true
    this.cable.set('cut')
    this.fault = () => {
      throw new Error('this process is gone')
    }
  }

  /** Its line is whole again, unless it is gone. */
  mend(): void {
    if (!this.#gone) this.cable.set('whole')
  }

  async dispose(): Promise<void> {
    if (!this.#gone && this.cable.state !== 'whole') this.cable.set('whole')
    await this.ledger.close().catch(() => {})
    await this.cable[Symbol.asyncDispose]()
  }
}
