import { Chores } from '../base/chores.ts'
import type { Clock } from '../base/clock.ts'
import type { Config, Secrets } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { record, toEvent } from '../journal/index.ts'
import type { Actor, EventData, Ledger } from '../ledger/index.ts'
import { configDigest, planChange } from './live-config.ts'

const SYSTEM: Actor = { type: 'system', id: 'safelevel' }
const LOOK_MS = 1_000
export type LogLevel = Config['logLevel']

/** How much is logged, and until when. */
export interface LogLevelState {
  readonly level: LogLevel
  /** What the configuration says, to which it goes back. */
  readonly configured: LogLevel
  /** When it goes back by itself, ISO 8601; null = not. */
  readonly until: string | null
}

/** What a reload has done. */
export interface ReloadReport {
  /** Keys that changed and are in effect. */
  readonly changed: readonly string[]
  /** Keys that changed and take effect at the next start. */
  readonly restartNeeded: readonly string[]
  /** SHA-256 of what runs now, hex. */
  readonly digest: string
}

export interface OperationsDeps {
  readonly ledger: Pick<Ledger, 'append' | 'origin'>
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** Reads the configuration anew; absent where it came from nowhere. @throws {AppError} CONFIG_INVALID */
  readonly reread?: (() => { config: Config; secrets: Secrets }) | undefined
  readonly running: () => Config
  /** Opens what the new configuration needs, without effect on what runs. @throws {AppError} CONFIG_INVALID */
  readonly prepare: (config: Config, secrets: Secrets) => Promise<PreparedChange>
}

/** One of the two is called. */
export interface PreparedChange {
  /** At once and as a whole; can't fail. */
  takeEffect(): void
  discard(): void
}

/** What is changed while it runs, by a person or a signal: how much is logged, and the configuration. On record before it takes effect. */
export class Operations implements AsyncDisposable {
  readonly #deps: OperationsDeps
  readonly #chores: Chores
  #configured: LogLevel
  #untilMs: number | null = null
  #work: Promise<unknown> = Promise.resolve()

  constructor(deps: OperationsDeps) {
    this.#deps = deps
    this.#configured = deps.running().logLevel
    this.#chores = new Chores(deps.log)
    this.#chores.every(LOOK_MS, 'the log level did not go back yet', () => this.lookAtClock())
  }

  logLevel(): LogLevelState {
    const { log } = this.#deps
    const until = this.#untilMs === null ? null : new Date(this.#untilMs).toISOString()
    return { level: levelOf(log), configured: this.#configured, until }
  }

  /** @param forSeconds after which it goes back by itself; null = at the next start or reload. @throws {AppError} LEDGER_UNAVAILABLE */
  setLogLevel(level: LogLevel, forSeconds: number | null, by: Actor): Promise<LogLevelState> {
    return this.#oneAtATime(async () => {
      const { log, clock } = this.#deps
      const data = { from: levelOf(log), to: level, ...(forSeconds === null ? {} : { seconds: forSeconds }) }
      await this.#record('system.log_level_set', by, data)
      log.level = level
      this.#untilMs = forSeconds === null ? null : clock.now() + forSeconds * 1_000
      log.info({ logLevel: level, forSeconds }, 'the log level was set')
      return this.logLevel()
    })
  }

  /**
   * Reads the configuration anew and puts in effect what can be, at once and as a whole; requests that run finish on what they began with. One that
   * is not valid changes nothing.
   *
   * @throws {AppError} CONFIG_INVALID naming line and key, LEDGER_UNAVAILABLE; what ran goes on
   */
  reload(by: Actor): Promise<ReloadReport> {
    return this.#oneAtATime(async () => {
      const { reread, running, prepare, log } = this.#deps
      if (reread === undefined) throw new AppError('CONFLICT', 'this process has no configuration file to read anew')
      const read = reread()
      const before = running()
      const { config, changed, restartNeeded } = planChange(before, read.config)
      const prepared = await prepare(config, read.secrets)
      const digest = configDigest(config)
      const told = {
        before: configDigest(before),
        after: digest,
        changed: [...changed],
        restartNeeded: [...restartNeeded],
      }
      try {
        await this.#record('system.configuration_reloaded', by, told)
      } catch (error) {
        prepared.discard()
        throw error
      }
      prepared.takeEffect()
      if (changed.includes('logLevel')) this.#takeConfiguredLevel(config.logLevel)
      log.info({ changed, restartNeeded }, 'the configuration was read anew')
      return { changed, restartNeeded, digest }
    })
  }

  /** By signal: nobody waits for the answer, so the log has it. */
  async reloadBySignal(): Promise<void> {
    try {
      const { restartNeeded } = await this.reload(SYSTEM)
      if (restartNeeded.length > 0) this.#deps.log.warn({ keys: restartNeeded }, 'restart needed for these keys')
    } catch (error) {
      this.#deps.log.error({ err: error }, 'the configuration stays as it was')
    }
  }

  /** Lets a level that was set for a time go back once that is over. Runs every second. */
  async lookAtClock(): Promise<void> {
    if (this.#untilMs === null || this.#deps.clock.now() < this.#untilMs) return
    await this.setLogLevel(this.#configured, null, SYSTEM)
  }

  async close(): Promise<void> {
    await this.#chores.close()
    await this.#work
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** A level that was set for a time stays until then. */
  #takeConfiguredLevel(level: LogLevel): void {
    this.#configured = level
    if (this.#untilMs === null) this.#deps.log.level = level
  }

  async #record(kind: string, by: Actor, data: EventData): Promise<void> {
    const { ledger } = this.#deps
    const event = toEvent(this.#deps, by, { kind, subject: { type: 'installation', id: ledger.origin }, data })
    await record(ledger, [event], 'this could not be recorded, so nothing was changed')
  }

  #oneAtATime<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work)
    this.#work = done.catch(() => {})
    return done
  }
}

const LEVELS: readonly LogLevel[] = ['silent', 'error', 'warn', 'info', 'debug']

function levelOf({ level }: Log): LogLevel {
  return LEVELS.find((known) => known === level) ?? 'info'
}
