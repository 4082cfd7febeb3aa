import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { RunningApp } from './running-app.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/** A command as a process of its own, which of this one's environment knows only where programs are. */
export function spawnCli(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd?: string,
): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [MAIN, ...args], { cwd, env: { PATH: process.env.PATH, ...env } })
}

/** What it printed, and its exit code: null when a signal ended it. To be asked for at once: what was printed before is lost. */
export async function endOf(child: ChildProcessWithoutNullStreams) {
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve))
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), exit])
  return { out, err, code }
}

/** As an operator runs it on another machine: it knows where the server is, and the token. */
export function startCli(
  { app, controlUrl, dataDir }: RunningApp,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams {
  return spawnCli(args, {
    SAFELEVEL_DATA_DIR: join(dataDir, 'elsewhere'),
    SAFELEVEL_URL: controlUrl,
    SAFELEVEL_TOKEN: app.operatorToken,
    ...env,
  })
}

/** The same to its end. */
export const runCli = (...asked: Parameters<typeof startCli>) => endOf(startCli(...asked))
