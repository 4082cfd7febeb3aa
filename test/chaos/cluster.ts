import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { Cable } from './cable.ts'
import { GoVerifier } from './go-verifier.ts'
import { Mirror } from './mirror.ts'
import { OffsetClock } from './offset-clock.ts'
import { Replica, until } from './replica.ts'
import type { ServerProcess } from './server-process.ts'
import { type Database, startPostgres, startS3, startValkey } from './servers.ts'

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts')
const UNLIMITED = { requestsPerMinute: 100_000_000, tokensPerMinute: 100_000_000_000 }
/** What a replica says when its term begins. */
const TERM = 'this replica orders and publishes the ledger'
const run = promisify(execFile)

export interface ClusterOptions {
  readonly replicas: number
  /** Where tiles lie: in S3-compatible storage, or in a folder that all replicas see. */
  readonly tiles: 's3' | 'folder'
  readonly valkey: boolean
  /** Replicas run with clocks that can be set, where libfaketime is installed. */
  readonly clocks?: boolean
  /** Leaves the folder with all logs behind. */
  readonly keep?: boolean
}

/** Replicas of one installation on servers of our own, each behind a line of its own that can be cut. */
export class Cluster implements AsyncDisposable {
  readonly replicas: readonly Replica[]
  readonly servers: readonly ServerProcess[]
  /** How long a sequencer may be silent before another takes over. */
  readonly leaseMs = 2_500
  /** How long an append waits for a database that is away. */
  readonly appendTimeoutMs = 5_000
  readonly folder: string
  readonly #database: Database
  readonly #go: GoVerifier | null
  #mirror: Mirror | null = null
  readonly #resources: AsyncDisposableStack

  private constructor(parts: {
    replicas: readonly Replica[]
    servers: readonly ServerProcess[]
    folder: string
    database: Database
    go: GoVerifier | null
    resources: AsyncDisposableStack
  }) {
    this.replicas = parts.replicas
    this.servers = parts.servers
    this.folder = parts.folder
    this.#database = parts.database
    this.#go = parts.go
    this.#resources = parts.resources
  }

  static async start(options: ClusterOptions): Promise<Cluster> {
    await using resources = new AsyncDisposableStack()
    const folder = await mkdtemp(join(tmpdir(), 'safelevel-chaos-'))
    if (!options.keep) resources.defer(() => rm(folder, { recursive: true, force: true }))
    const database = await startPostgres(folder)
    const servers = [resources.use(database.process)]
    const s3 = options.tiles === 's3' ? await startS3(folder) : null
    if (s3 !== null) servers.push(resources.use(s3.process))
    const valkey = options.valkey ? await startValkey(folder) : null
    if (valkey !== null) servers.push(resources.use(valkey))
    const keysDir = join(folder, 'keys')
    mkdirSync(keysDir, { mode: 0o700 })
    const replicas: Replica[] = []
    for (let i = 0; i < options.replicas; i++) {
      const cables = new Map<string, Cable>()
      for (const server of servers) cables.set(server.name, resources.use(await Cable.open(() => server.port)))
      const port = (name: string) => cables.get(name)?.port ?? 0
      const config = {
        publicPort: 0,
        controlPort: 0,
        logLevel: 'info',
        rateLimits: UNLIMITED,
        classifier: { mode: 'screen' },
        canaries: { intervalSeconds: 0 },
        enforcement: { automatic: false }, // strikes are recorded, but the clients' one key goes on being served
        shutdownGraceMs: 5_000,
        ledger: {
          shared: true,
          checkpointIntervalMs: 100,
          tiles: s3 === null ? { folder: join(folder, 'tiles') } : s3.tiles(port('s3')),
        },
      }
      const clock = options.clocks ? OffsetClock.make(join(folder, `clock-${i + 1}`)) : null
      const env = {
        ...(clock?.env ?? {}),
        DATABASE_URL: database.url(port('postgres')),
        SAFELEVEL_KEYS_DIR: keysDir,
        ...(s3?.env ?? {}),
        ...(valkey === null ? {} : { VALKEY_URL: `redis://127.0.0.1:${port('valkey')}` }),
      }
      replicas.push(
        resources.use(
          new Replica({ name: `replica-${i + 1}`, folder: join(folder, `${i + 1}`), config, env, cables, clock }),
        ),
      )
    }
    for (const replica of replicas) await replica.start()
    const go = await GoVerifier.build(folder)
    return new Cluster({ replicas, servers, folder, database, go, resources: resources.move() })
  }

  get verifiesWithGo(): boolean {
    return this.#go !== null
  }

  has(name: string): boolean {
    return this.servers.some((server) => server.name === name)
  }

  server(name: string): ServerProcess {
    const server = this.servers.find((candidate) => candidate.name === name)
    if (server === undefined) throw new Error(`there is no ${name} here`)
    return server
  }

  /** Who orders and publishes now, by the epoch in the database; null while nobody does. */
  async sequencer(): Promise<Replica | null> {
    const [head] = await this.query<{ epoch: string; held: boolean }>(
      'select epoch, lease_until > clock_timestamp() as held from ledger_head',
    )
    if (head === undefined || !head.held) return null
    for (const replica of this.replicas) if (await led(replica, Number(head.epoch))) return replica
    return null
  }

  /** Resolves once another than `before` holds the lease, or after 10 s. */
  async nextSequencer(before: Replica): Promise<void> {
    await until(async () => {
      const now = await this.sequencer()
      return now !== null && now !== before
    }, 10_000)
  }

  async query<T extends pg.QueryResultRow>(sql: string): Promise<T[]> {
    const client = new pg.Client({ connectionString: this.#database.url(this.#database.process.port) })
    await client.connect()
    try {
      return (await client.query<T>(sql)).rows
    } finally {
      await client.end()
    }
  }

  /** Copies the log as a stranger would and has it verified by Safelevel's verifier and, where Go is, by that of the Go checksum database. */
  async verify(): Promise<string[]> {
    const [replica] = this.replicas
    if (replica === undefined) return []
    try {
      this.#mirror ??= new Mirror(join(this.folder, 'mirror'), await this.vkey())
      await this.#copy(replica, this.#mirror)
      await run(
        process.execPath,
        [MAIN, 'ledger', 'verify', this.#mirror.folder, '--key', await this.vkey(), '--json'],
        {
          env: { ...process.env, XDG_CONFIG_HOME: join(this.folder, 'stranger') },
        },
      )
      await this.#go?.verify(this.#mirror.folder, await this.vkey())
      return []
    } catch (error) {
      return [`the log does not verify: ${error instanceof Error ? error.message.slice(0, 500) : error}`]
    }
  }

  /** A partial tile may be collected between the reading of a checkpoint and its own: then the next checkpoint is copied. */
  async #copy(replica: Replica, mirror: Mirror): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await mirror.copy(`${replica.url}/ledger`)
        return
      } catch (error) {
        if (attempt === 3) throw error
        await sleep(300)
      }
    }
  }

  async vkey(): Promise<string> {
    const response = await fetch(`${this.replicas[0]?.url}/ledger/vkey`, { signal: AbortSignal.timeout(5_000) })
    if (!response.ok) throw new Error(`the log's key can't be read: ${response.status}`)
    return (await response.text()).trim()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync()
  }
}

/** Its log tells of each term by its epoch. */
async function led(replica: Replica, epoch: number): Promise<boolean> {
  const log = await readFile(replica.logFile, 'utf8').catch(() => '')
  return log.split('\n').some((line) => line.includes(`"epoch":${epoch},`) && line.includes(TERM))
}
