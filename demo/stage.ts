import { App } from '../src/app.ts'
import { loadConfig, parseConfig } from '../src/base/config.ts'
import { createIds } from '../src/base/ids.ts'
import { createLog } from '../src/base/log.ts'
import { type RunningServer, startServer } from '../src/http/index.ts'
import type { Actor } from '../src/ledger/index.ts'
import { Cast } from './cast.ts'
import { StoryClock } from './clock.ts'
import { demoConfig } from './config.ts'
import { Draw } from './draw.ts'
import type { DemoFolder } from './folder.ts'
import { startModelServer } from './model-server.ts'

const DAY_MS = 86_400_000
/** As the operator of the machine stands on the ledger. */
export const OPERATOR: Actor = { type: 'operator', id: 'operator' }

export interface StageOptions {
  readonly folder: DemoFolder
  readonly seed: number
  /** For how long Example Labs has been running Safelevel. */
  readonly days: number
}

/** The real product, some months ago, with the people who work there: what the scenes are played on. */
export class Stage implements AsyncDisposable {
  readonly app: App
  readonly server: RunningServer
  readonly cast: Cast
  readonly clock: StoryClock
  readonly draw: Draw
  readonly folder: DemoFolder
  /** Of the stand-in for the models, which also takes what others are told. */
  readonly modelUrl: string
  readonly #resources: AsyncDisposableStack

  private constructor(
    parts: Pick<Stage, 'app' | 'server' | 'cast' | 'clock' | 'draw' | 'folder' | 'modelUrl'>,
    resources: AsyncDisposableStack,
  ) {
    this.app = parts.app
    this.server = parts.server
    this.cast = parts.cast
    this.clock = parts.clock
    this.draw = parts.draw
    this.folder = parts.folder
    this.modelUrl = parts.modelUrl
    this.#resources = resources
  }

  static async open({ folder, seed, days }: StageOptions): Promise<Stage> {
    await using resources = new AsyncDisposableStack()
    const clock = new StoryClock(instant(days, 8))
    const models = resources.use(await startModelServer())
    const written = demoConfig(models.url, folder.dataDir, { publicPort: 0, controlPort: 0 })
    folder.writeConfig(written)
    const config = parseConfig({
      ...written,
      // Months in a minute: nothing is turned away for coming too fast, and canaries prove nothing about a time that is over.
      rateLimits: { requestsPerMinute: 1_000_000, tokensPerMinute: 1_000_000_000 },
      limits: { maxEventLoopDelayMs: 0 },
      canaries: { intervalSeconds: 0 },
      shutdownGraceMs: 5_000,
      logLevel: 'error',
    })
    const { secrets } = loadConfig({ ...process.env, SAFELEVEL_CONFIG: folder.configPath, DATABASE_URL: '' })
    const log = createLog('error')
    // Names by the time of the story, which lists go by; secrets and keys by the system's chance, as anywhere.
    const app = resources.use(await App.open({ config, secrets, log, clock, ids: createIds(clock) }))
    await app.start()
    app.insider.start()
    const server = resources.use(await startServer(app))
    resources.defer(() => app.drain())
    await app.accounts.ensureFirstKey()
    const cast = await Cast.gather(app)
    return new Stage({ app, server, cast, clock, draw: new Draw(seed), folder, modelUrl: models.url }, resources.move())
  }

  /** What follows from what was recorded by now has happened: views, cases, strikes, notices. */
  async settle(): Promise<void> {
    const { decisions, enforcement, redress, review } = this.app
    await decisions.catchUp()
    await enforcement.catchUp()
    await redress.catchUp()
    await review.catchUp()
    await this.app.weights.access.catchUp()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync()
  }
}

/** Something that happens on a day of the story. */
export interface Scene {
  readonly atMs: number
  play(): Promise<void>
}

/** So many days ago, at an hour of that day in UTC. */
export function instant(daysAgo: number, hour: number): number {
  return Math.floor(Date.now() / DAY_MS) * DAY_MS - daysAgo * DAY_MS + hour * 3_600_000
}

/** Something that has only just happened when the demo is first looked at. */
export function lately(minutesAgo: number, play: () => Promise<void>): Scene {
  return { atMs: Date.now() - minutesAgo * 60_000, play }
}

/** @param hour of the day in UTC; 9.5 is half past nine */
export function scene(daysAgo: number, hour: number, play: () => Promise<void>): Scene {
  return { atMs: instant(daysAgo, hour), play }
}

/** Plays scenes in the order of their times; those that would lie ahead of now are played now. */
export async function playAll(
  { clock }: Pick<Stage, 'clock'>,
  scenes: readonly Scene[],
  onPlayed: (played: number, of: number) => void,
): Promise<void> {
  const inOrder = scenes.toSorted((a, b) => a.atMs - b.atMs)
  for (const [index, { atMs, play }] of inOrder.entries()) {
    clock.to(atMs)
    await play()
    onPlayed(index + 1, inOrder.length)
  }
}
