import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { z } from 'zod'

const ROOT = join(import.meta.dirname, '..', '..')

/** Steps of a long run: what each came to lies in a file of its own, so that it is not done again after the run was stopped. */
export class Steps {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async open(folder: string): Promise<Steps> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return new Steps(folder)
  }

  async once<T>(name: string, schema: z.ZodType<T>, work: () => Promise<unknown>): Promise<T> {
    const path = join(this.#folder, `${name}.json`)
    const before = readIfThere(path)
    if (before !== null) return schema.parse(JSON.parse(before))
    const made = await work()
    const checked = schema.parse(made)
    await writeFile(path, `${JSON.stringify(made, null, 1)}\n`, { mode: 0o600 })
    return checked
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

export interface Ran {
  readonly out: string
  readonly code: number | null
}

export interface Ending {
  /** With which it may end; 0 when left out. */
  readonly codes?: readonly number[] | undefined
  /** Ends it. */
  readonly signal?: AbortSignal
}

/**
 * Runs a program to its end, what it says of its progress on our own standard error.
 *
 * @throws {Error} when it ends otherwise than it may
 */
export async function ran(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { codes = [0], signal }: Ending = {},
): Promise<Ran> {
  const child = spawn(program, args, {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(signal && { signal }),
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const [out, code] = await Promise.all([text(child.stdout), ended])
  if (code === null || !codes.includes(code)) throw new Error(`${program} ${args[0]} ended with ${code}`)
  return { out, code }
}

/** `safelevel …` as an operator types it, which is shown. */
export class Cli {
  readonly #env: NodeJS.ProcessEnv

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = env
  }

  async run(args: readonly string[], codes?: readonly number[]): Promise<string> {
    process.stderr.write(`$ safelevel ${args.map(quoted).join(' ')}\n`)
    const main = join(ROOT, 'src', 'cli', 'main.ts')
    const { out } = await ran(process.execPath, [main, ...args], this.#env, { codes })
    return out
  }

  async json<T>(schema: z.ZodType<T>, args: readonly string[], codes?: readonly number[]): Promise<T> {
    return schema.parse(JSON.parse(await this.run([...args, '--json'], codes)))
  }
}

function quoted(word: string): string {
  return /^[\w./:=@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
