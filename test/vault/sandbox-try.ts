import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { AppError } from '../../src/base/errors.ts'
import { systemIds } from '../../src/base/ids.ts'
import {
  freshUser,
  runInSandbox,
  type SandboxOutcome,
  type SandboxRun,
  sandboxProblems,
  type WeightFile,
} from '../../src/weights/sandbox/index.ts'
import { isRequired } from '../support/required.ts'

export const MIB = 1024 * 1024

/** What keeps this machine from making sandboxes; a reason to skip, but where CI requires them. */
export const PROBLEMS = sandboxProblems(freshUser(systemIds))
export const canTry = PROBLEMS.length === 0 || isRequired('bwrap')

/** A folder that anybody may read, removed at the end. */
export function openFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'safelevel-sandbox-'))
  chmodSync(path, 0o755)
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** Compiles the program that attacks. @returns its path */
export function buildAttack(folder: string): string {
  const source = join(folder, 'attack.c')
  cpSync(join(import.meta.dirname, 'sandbox-attack.c'), source)
  execFileSync('gcc', ['-O1', '-o', join(folder, 'attack'), source])
  return join(folder, 'attack')
}

export function weights(path: string, bytes: Buffer, sha256: string | null = null): WeightFile {
  return {
    path,
    sizeBytes: bytes.length,
    sha256,
    async *open() {
      for (let at = 0; at < bytes.length; at += MIB) yield bytes.subarray(at, at + MIB)
    },
  }
}

export interface Tried {
  readonly stdout: string
  readonly stderr: string
  /** Null when the run failed as a whole. */
  readonly outcome: SandboxOutcome | null
  readonly error: AppError | null
}

/** Runs a script of the shell, or a program when an array is given. */
export async function tryInside(
  command: string | readonly string[],
  options: Partial<SandboxRun> = {},
): Promise<Tried> {
  const stdout = collector()
  const stderr = collector()
  const run: SandboxRun = {
    command: typeof command === 'string' ? ['/bin/sh', '-c', command] : command,
    files: [],
    readable: [],
    env: {},
    outDir: null,
    outLimitBytes: MIB,
    printLimitBytes: MIB,
    memoryLimitBytes: 256 * MIB,
    processLimit: 64,
    destination: null,
    allowSwap: true,
    stdin: null,
    stdout: stdout.stream,
    stderr: stderr.stream,
    signal: AbortSignal.timeout(60_000),
    ids: systemIds,
    ...options,
  }
  try {
    const outcome = await runInSandbox(run)
    return { stdout: stdout.text(), stderr: stderr.text(), outcome, error: null }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { stdout: stdout.text(), stderr: stderr.text(), outcome: null, error }
  }
}

function collector() {
  const chunks: Buffer[] = []
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(chunk)
      done()
    },
  })
  return { stream, text: () => Buffer.concat(chunks).toString() }
}
