import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { isRequired } from './required.ts'

/**
 * Where a gateway of others is on this machine: by its variable (`SAFELEVEL_TEST_ENVOY`), or in `recipes/.tools`, where `recipes/install`
 * puts it. Null = it isn't, and says so; tests that need it are skipped then, unless SAFELEVEL_TEST_REQUIRE names it.
 */
export function findTool(name: 'litellm' | 'portkey' | 'envoy', path: string): string | null {
  const found =
    process.env[`SAFELEVEL_TEST_${name.toUpperCase()}`] ?? new URL(`../../${path}`, import.meta.url).pathname
  if (existsSync(found)) return found
  const how = `${name} is not at ${found}: run recipes/install, or set SAFELEVEL_TEST_${name.toUpperCase()}`
  if (isRequired(name)) throw new Error(how)
  process.stderr.write(`SKIPPED, so not shown: the recipe for ${name}. ${how}\n`)
  return null
}

/** A program that serves on a port; ends with its scope. */
export class Served implements AsyncDisposable {
  readonly #child: ChildProcess
  #output = ''

  constructor(command: string, args: readonly string[], options: { cwd?: string; env?: Record<string, string> } = {}) {
    this.#child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (bytes: Buffer) => {
        this.#output = `${this.#output}${bytes}`.slice(-20_000)
      })
    }
  }

  get output(): string {
    return this.#output
  }

  /** Waits until the port is open. */
  async listens(port: number, withinMs: number): Promise<void> {
    for (const end = Date.now() + withinMs; Date.now() < end; await sleep(200)) {
      if (this.#child.exitCode !== null) throw new Error(`it ended before it served:\n${this.#output}`)
      if (await isOpen(port)) return
    }
    throw new Error(`nothing listens on ${port} after ${withinMs} ms:\n${this.#output}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGTERM')
    const hard = setTimeout(() => this.#child.kill('SIGKILL'), 3_000)
    await ended
    clearTimeout(hard)
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** A port that nothing uses now. */
export async function freePort(): Promise<number> {
  await using server = createServer()
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

export interface ModelServer extends AsyncDisposable {
  readonly port: number
  /** Paths and bodies that reached it; cleared by who looks. */
  readonly requests: { path: string; body: Record<string, unknown> }[]
  /** What it says to everybody. */
  says: string
}

/** A model's server behind another gateway: the sandbox's words are of no use there, since it must say what a test wants. */
export async function startModelServer(
  answer: (path: string, text: string, stream: boolean) => { type: string; body: string },
): Promise<ModelServer> {
  const server = createServer((req, res) => {
    void readAll(req).then((text) => {
      const body = JSON.parse(text || '{}')
      model.requests.push({ path: req.url ?? '', body })
      const said = answer(req.url ?? '', model.says, body.stream === true)
      res.writeHead(200, { 'content-type': said.type }).end(said.body)
    })
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const model: ModelServer = {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    requests: [],
    says: '',
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return model
}

async function readAll(req: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of req) text += chunk
  return text
}

/** The version that a program tells of itself. */
export function versionOf(command: string, args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', timeout: 60_000 }).trim()
}
