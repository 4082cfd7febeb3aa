import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface ServerCommand {
  readonly name: string
  readonly port: number
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly uid?: number
  readonly gid?: number
  readonly logFile: string
  /** Throws, or is false, until it answers. */
  readonly answers: () => Promise<boolean>
}

/** A server that the replicas stand on, in a process of its own that can be killed, stopped and started again. */
export class ServerProcess implements AsyncDisposable {
  readonly #command: ServerCommand
  #child: ChildProcess | null = null

  constructor(command: ServerCommand) {
    this.#command = command
  }

  get name(): string {
    return this.#command.name
  }

  get port(): number {
    return this.#command.port
  }

  async start(): Promise<void> {
    const { name, command, args, env, uid, gid, logFile, answers } = this.#command
    const child = spawn(command, [...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    })
    const log = createWriteStream(logFile, { flags: 'a' })
    child.stdout?.pipe(log)
    child.stderr?.pipe(log, { end: false })
    this.#child = child
    const deadline = performance.now() + 30_000
    while (performance.now() < deadline) {
      if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}: see ${logFile}`)
      if (await answers().catch(() => false)) return
      await sleep(50)
    }
    throw new Error(`${name} did not answer within 30 s: see ${logFile}`)
  }

  /** As a power cut ends it: no signal that it could handle, and its children with it. */
  async kill(): Promise<void> {
    const child = this.#child
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    for (const pid of processTree(child.pid)) signal(pid, 'SIGKILL')
    await ended
    this.#child = null
  }

  pause(): void {
    if (this.#child?.pid !== undefined) for (const pid of processTree(this.#child.pid)) signal(pid, 'SIGSTOP')
  }

  resume(): void {
    if (this.#child?.pid !== undefined) for (const pid of processTree(this.#child.pid)) signal(pid, 'SIGCONT')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.resume()
    await this.kill()
  }
}

/** A process that we started and its descendants, parents first. PostgreSQL gives each backend a session of its own, so groups do not tell. */
export function processTree(root: number): number[] {
  const tree = [root]
  for (const pid of tree) {
    try {
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
      if (children !== '') tree.push(...children.split(' ').map(Number))
    } catch {
      // it ended meanwhile
    }
  }
  return tree
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // it ended meanwhile
  }
}

export async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('no free port'))
        else resolve(address.port)
      })
    })
  })
}
