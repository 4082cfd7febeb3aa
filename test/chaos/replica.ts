import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { readOperatorToken } from '../../src/accounts/index.ts'
import type { Cable } from './cable.ts'
import type { OffsetClock } from './offset-clock.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const START_TIMEOUT_MS = 60_000

export interface ReplicaPlan {
  readonly name: string
  readonly folder: string
  readonly config: Readonly<Record<string, unknown>>
  readonly env: Readonly<Record<string, string>>
  /** Null where clocks can't be set. */
  readonly clock: OffsetClock | null
  /** What it stands on -> its own line there. */
  readonly cables: ReadonlyMap<string, Cable>
}

export type ReplicaState = 'running' | 'paused' | 'down'

/** `safelevel serve --json` in a process of its own, as an operator runs it, with a data folder that outlives it. */
export class Replica implements AsyncDisposable {
  readonly #plan: ReplicaPlan
  #child: ChildProcess | null = null
  #urls: { public: string; control: string; key: string | null } | null = null
  #state: ReplicaState = 'down'

  constructor(plan: ReplicaPlan) {
    this.#plan = plan
    mkdirSync(plan.folder, { recursive: true })
    writeFileSync(join(plan.folder, 'safelevel.yaml'), stringify(plan.config))
  }

  get name(): string {
    return this.#plan.name
  }

  get folder(): string {
    return this.#plan.folder
  }

  get dataDir(): string {
    return join(this.#plan.folder, 'data')
  }

  get logFile(): string {
    return join(this.#plan.folder, 'replica.log')
  }

  get state(): ReplicaState {
    return this.#state
  }

  get pid(): number {
    return this.#child?.pid ?? 0
  }

  get cables(): ReadonlyMap<string, Cable> {
    return this.#plan.cables
  }

  get clock(): OffsetClock | null {
    return this.#plan.clock
  }

  cable(to: string): Cable {
    const cable = this.#plan.cables.get(to)
    if (cable === undefined) throw new Error(`${this.name} has no line to ${to}`)
    return cable
  }

  /** Where the data plane listens; a started replica keeps the last address while it is down. */
  get url(): string {
    if (this.#urls === null) throw new Error(`${this.name} never started`)
    return this.#urls.public
  }

  get controlUrl(): string {
    if (this.#urls === null) throw new Error(`${this.name} never started`)
    return this.#urls.control
  }

  /** The installation's first key, which only the first start tells. */
  get firstKey(): string | null {
    return this.#urls?.key ?? null
  }

  get operatorToken(): string {
    return readOperatorToken(this.dataDir) ?? ''
  }

  get environment(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      ...this.#plan.env,
      SAFELEVEL_CONFIG: join(this.#plan.folder, 'safelevel.yaml'),
      SAFELEVEL_DATA_DIR: this.dataDir,
    }
  }

  /** Resolves once it is ready; rejects when it ends before. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [MAIN, 'serve', '--json'], {
      cwd: this.#plan.folder,
      env: this.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    child.stderr?.pipe(createWriteStream(this.logFile, { flags: 'a' }))
    const ready = new Promise<string>((resolve, reject) => {
      let out = ''
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        out += text
        if (out.includes('\n')) resolve(out.slice(0, out.indexOf('\n')))
      })
      child.once('close', (code, signal) =>
        reject(new Error(`${this.name} ended with ${code ?? signal}: see ${this.logFile}`)),
      )
    })
    this.#urls = { key: null, ...JSON.parse(await within(ready, START_TIMEOUT_MS, `${this.name} was not ready`)) }
    this.#state = 'running'
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child
    this.#state = 'down'
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('close', resolve))
    child.kill(signal)
    await ended
  }

  /** As an upgrade stops it. @returns whether it ended by itself; one that does not is killed */
  async stop(patienceMs: number): Promise<boolean> {
    const ended = this.kill('SIGTERM')
    const inTime = await within(ended, patienceMs, 'the end').then(
      () => true,
      () => false,
    )
    if (!inTime) this.#child?.kill('SIGKILL')
    await ended
    return inTime
  }

  pause(): void {
    this.#child?.kill('SIGSTOP')
    this.#state = 'paused'
  }

  resume(): void {
    if (this.#state !== 'paused') return
    this.#child?.kill('SIGCONT')
    this.#state = 'running'
  }

  /** Whether it says that it can serve; false also when it can't be asked. */
  async ready(): Promise<boolean> {
    if (this.#state !== 'running') return false
    try {
      const response = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(2_000) })
      await response.arrayBuffer()
      return response.status === 200
    } catch {
      return false
    }
  }

  /** The operator's API. @returns the parsed answer of a 2xx; rejects otherwise. */
  async operate(method: string, path: string, body?: unknown, timeoutMs = 10_000): Promise<unknown> {
    const response = await fetch(`${this.controlUrl}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.operatorToken}`, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await response.text()
    if (!response.ok)
      throw new Error(`${this.name} answered ${method} ${path} with ${response.status}: ${text.slice(0, 300)}`)
    return JSON.parse(text)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.resume()
    await this.kill()
  }
}

export async function within<T>(promise: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  const timer = new AbortController()
  const late = sleep(timeoutMs, undefined, { signal: timer.signal, ref: false }).then(() => {
    throw new Error(`${what} within ${timeoutMs} ms`)
  })
  late.catch(() => {})
  try {
    return await Promise.race([promise, late])
  } finally {
    timer.abort()
  }
}

/** Asks again every `everyMs` until the answer is yes. @returns milliseconds that it took; null when it never was */
export async function until(
  answer: () => Promise<boolean> | boolean,
  timeoutMs: number,
  everyMs = 50,
): Promise<number | null> {
  const startedMs = performance.now()
  while (performance.now() - startedMs < timeoutMs) {
    if (await answer()) return performance.now() - startedMs
    await sleep(everyMs)
  }
  return null
}
