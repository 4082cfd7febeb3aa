import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isRequired } from './required.ts'

const PROGRAM = ['valkey-server', 'redis-server'].find((name) => spawnSync(name, ['--version']).status === 0)

/** Whether tests can start a Valkey or Redis server. Where none is installed they are skipped with a line that says so. */
export function redisAvailable(suite: string): boolean {
  if (PROGRAM !== undefined) return true
  if (isRequired('redis'))
    throw new Error(
      `${suite}: SAFELEVEL_TEST_REQUIRE names redis, but neither valkey-server nor redis-server is installed`,
    )
  process.stderr.write(`SKIPPED with Valkey: ${suite} (install valkey-server or redis-server to run it)\n`)
  return false
}

/** A server of a test's own, which it may stop, pause and start again on the same port. */
export class TestRedis implements AsyncDisposable {
  readonly port: number
  readonly #dir: string
  #process: ChildProcess | null = null

  private constructor(port: number, dir: string) {
    this.port = port
    this.#dir = dir
  }

  static async start(): Promise<TestRedis> {
    const redis = new TestRedis(await freePort(), mkdtempSync(join(tmpdir(), 'safelevel-redis-')))
    await redis.start()
    return redis
  }

  get url(): string {
    return `valkey://127.0.0.1:${this.port}`
  }

  async start(): Promise<void> {
    const args = [
      '--port',
      String(this.port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--dir',
      this.#dir,
      '--daemonize',
      'no',
    ]
    const child = spawn(PROGRAM ?? 'redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#process = child
    for await (const bytes of child.stdout) if (String(bytes).includes('Ready to accept')) break
    child.stdout.resume()
  }

  async kill(): Promise<void> {
    const child = this.#process
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  pause(): void {
    this.#process?.kill('SIGSTOP')
  }

  resume(): void {
    this.#process?.kill('SIGCONT')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    rmSync(this.#dir, { recursive: true, force: true })
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  server.close()
  await once(server, 'close')
  return port
}
