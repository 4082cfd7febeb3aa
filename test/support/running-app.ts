import { cp, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { App } from '../../src/app.ts'
import type { Clock } from '../../src/base/clock.ts'
import { type Config, NO_SECRETS, parseConfig } from '../../src/base/config.ts'
import { createLog } from '../../src/base/log.ts'
import type { ProxySettings } from '../../src/base/proxies.ts'
import { startServer } from '../../src/http/server.ts'
import type { LedgerEvent } from '../../src/ledger/index.ts'
import type { Classifier } from '../../src/screening/index.ts'
import { scratchDir } from './scratch.ts'
import { ScriptedUpstream } from './scripted-upstream.ts'
import { freshDataDir } from './stores.ts'
import { StringScreen } from './string-screen.ts'

/** Both planes in this process on free ports, over a data folder that goes when it is disposed. */
export interface RunningApp extends AsyncDisposable {
  readonly app: App
  /** `http://127.0.0.1:40123` */
  readonly url: string
  readonly controlUrl: string
  readonly key: string
  readonly dataDir: string
  /** Behind the model `scripted`. */
  readonly upstream: ScriptedUpstream
  /** Everything that was logged. */
  logText(): string
  /** The decisions that were recorded since the ledger had this size, of one request where `id` is given. */
  decisionsSince(size: number, id?: string): Promise<LedgerEvent[]>
  /** Names and contents of every file below the data folder. */
  storedFiles(): AsyncGenerator<{ name: string; bytes: Buffer }>
}

export interface RunningAppOptions {
  /** Merged over free ports, plenty of rate limit and the model `scripted`. */
  readonly config?: Record<string, unknown>
  readonly secrets?: ReadonlyMap<string, string>
  /** Proxies that the environment names. */
  readonly proxies?: ProxySettings
  /** What a reload reads, made from what runs. */
  readonly reread?: (running: Config) => Config
  /** Instead of the screen that counts only test strings. */
  readonly classifier?: Classifier
  /** As if a guard model were configured as judge. */
  readonly secondJudge?: Classifier
  /** PostgreSQL, perhaps shared with another; the embedded store when absent. */
  readonly databaseUrl?: string
  /** What time it is, for pages that show what took months. */
  readonly clock?: Clock
  /** A folder to copy keys from, as replicas of one installation share them. */
  readonly keysFrom?: string
  /** Whether staff are watched, as by a served process; it takes part of a core. */
  readonly watched?: boolean
}

export const MODEL = 'scripted'
/** SAFELEVEL_E2E_SCREEN=linear: all that the built-in screen finds counts, not only test strings. */
const REAL_SCREEN = process.env.SAFELEVEL_E2E_SCREEN === 'linear'
const UNLIMITED = { requestsPerMinute: 100_000_000, tokensPerMinute: 100_000_000_000 }

export async function startApp(options: RunningAppOptions = {}): Promise<RunningApp> {
  await using resources = new AsyncDisposableStack()
  const dataDir = options.databaseUrl === undefined ? await freshDataDir() : scratchDir()
  resources.defer(() => rm(dataDir, { recursive: true, force: true }))
  const { upstreams = [], models = [], limits = {}, ...rest } = options.config ?? {}
  const config = parseConfig({
    publicPort: 0,
    controlPort: 0,
    rateLimits: UNLIMITED,
    ledger: { checkpointIntervalMs: 20 },
    shutdownGraceMs: 2_000,
    classifier: { mode: 'screen' },
    canaries: { intervalSeconds: 0 },
    scaling: { months: 3 },
    upstreams: [{ id: 'scripted', kind: 'sandbox' }, ...(Array.isArray(upstreams) ? upstreams : [])],
    models: [{ name: MODEL, upstream: 'scripted' }, ...(Array.isArray(models) ? models : [])],
    // A machine that runs other tests beside this one is late for reasons of its own.
    limits: { maxEventLoopDelayMs: 0, ...(isObject(limits) ? limits : {}) },
    ...rest,
    dataDir,
  })
  if (options.keysFrom !== undefined) {
    // Without a ledger in common each has a log of its own, under a key of its own.
    const filter = (path: string) => config.ledger.shared || !path.endsWith('ledger.key')
    await cp(join(options.keysFrom, 'keys'), join(dataDir, 'keys'), { recursive: true, filter })
  }
  const lines: string[] = []
  const log = createLog('debug', { write: (line) => void lines.push(line) })
  const upstream = new ScriptedUpstream()
  const { reread } = options
  const app: App = resources.use(
    await App.open({
      config,
      reread: reread === undefined ? undefined : () => ({ config: reread(app.config), secrets: NO_SECRETS }),
      secrets: {
        ...NO_SECRETS,
        databaseUrl: options.databaseUrl ?? null,
        upstreamKeys: options.secrets ?? new Map(),
        proxies: options.proxies ?? {},
      },
      log,
      ...(options.clock === undefined ? {} : { clock: options.clock }),
      overrides: {
        upstreams: new Map([['scripted', upstream]]),
        ...(REAL_SCREEN ? {} : { classifier: new StringScreen() }),
        ...(options.classifier === undefined ? {} : { classifier: options.classifier }),
        ...(options.secondJudge === undefined ? {} : { secondJudge: options.secondJudge }),
      },
    }),
  )
  await app.start()
  if (options.watched) app.insider.start()
  const server = resources.use(await startServer(app))
  const key = await app.accounts.ensureFirstKey()
  if (key === null && options.databaseUrl === undefined) throw new Error('there was a key before the first')
  resources.defer(() => app.drain())
  const open = resources.move()
  return {
    app,
    url: server.publicUrl,
    controlUrl: server.controlUrl,
    key: key ?? '',
    dataDir,
    upstream,
    logText: () => lines.join(''),
    decisionsSince: (size, id) => decisions(app, size, id),
    storedFiles: () => filesBelow(dataDir),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

async function decisions(app: App, since: number, id?: string): Promise<LedgerEvent[]> {
  const events: LedgerEvent[] = []
  for (let from = since; from < app.ledger.size; from += 1_000) {
    for (const { event } of await app.ledger.entries(from, 1_000)) {
      if (event?.kind === 'gateway.decision' && (id === undefined || event.subject.id === id)) events.push(event)
    }
  }
  return events
}

async function* filesBelow(dir: string): AsyncGenerator<{ name: string; bytes: Buffer }> {
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const name = join(entry.parentPath, entry.name)
    yield { name, bytes: await readFile(name).catch(() => Buffer.alloc(0)) } // a file may go while this looks
  }
}
