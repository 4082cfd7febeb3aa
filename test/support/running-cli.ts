import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { RunningApp } from './running-app.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/** A command as an operator runs it on another machine: a process of its own, which knows where the server is and the token. */
export function startCli(
  { app, controlUrl, dataDir }: RunningApp,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [MAIN, ...args], {
    env: {
      PATH: process.env.PATH ?? '',
      SAFELEVEL_DATA_DIR: join(dataDir, 'elsewhere'),
      SAFELEVEL_URL: controlUrl,
      SAFELEVEL_TOKEN: app.operatorToken,
      ...env,
    },
  })
}

/** The same to its end. @returns what it printed, and its exit code: null when a signal ended it */
export async function runCli(...asked: Parameters<typeof startCli>) {
  const child = startCli(...asked)
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve))
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), exit])
  return { out, err, code }
}
