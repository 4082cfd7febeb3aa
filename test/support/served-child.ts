import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { stringify } from 'yaml'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/** The server as its users run it: `safelevel serve --json` in a process of its own, over a folder that outlives it. */
export class ServedChild {
  readonly child: ChildProcess
  /** Null when the process ended before it was ready. */
  readonly ready: Promise<{ public: string; control: string; key: string | null } | null>
  readonly ended: Promise<void>
  stderr = ''

  constructor(folder: string, config: Record<string, unknown> = {}) {
    this.child = spawn(process.execPath, [MAIN, 'serve', '--json'], {
      cwd: folder,
      env: environment(folder, config),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.ended = new Promise((resolve) => this.child.once('close', () => resolve()))
    this.ready = new Promise((resolve) => {
      let out = ''
      this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        out += text
        if (out.includes('\n')) resolve(JSON.parse(out.slice(0, out.indexOf('\n'))))
      })
      this.child.once('close', () => resolve(null))
    })
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.child.kill(signal)
    await this.ended
  }
}

function environment(folder: string, config: Record<string, unknown>): NodeJS.ProcessEnv {
  const path = join(folder, 'safelevel.yaml')
  const rateLimits = { requestsPerMinute: 100_000_000, tokensPerMinute: 100_000_000_000 }
  writeFileSync(path, stringify({ publicPort: 0, controlPort: 0, logLevel: 'error', rateLimits, ...config }))
  return { ...process.env, SAFELEVEL_CONFIG: path, SAFELEVEL_DATA_DIR: join(folder, 'data') }
}

/** One command of the CLI in that folder, to its end. */
export async function safelevel(
  folder: string,
  args: readonly string[],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = {
    ...process.env,
    SAFELEVEL_CONFIG: join(folder, 'safelevel.yaml'),
    SAFELEVEL_DATA_DIR: join(folder, 'data'),
  }
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [MAIN, ...args], { cwd: folder, env })) }
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
    return { code, stdout, stderr }
  }
}
