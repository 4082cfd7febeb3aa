import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Log } from '../base/log.ts'

const BUILD = fileURLToPath(new URL('../../console/build.ts', import.meta.url))
const TIMEOUT_MS = 120_000

/**
 * In a checkout: builds the web console if its sources have changed since, in a process of its own, beside the opening of everything
 * else. The built program brings it built, and finds nothing at this path. A failure is logged, and the server serves all but the console.
 */
export async function buildConsole(log: Log): Promise<void> {
  if (!existsSync(BUILD)) return
  try {
    await promisify(execFile)(process.execPath, [BUILD], { timeout: TIMEOUT_MS })
  } catch (error) {
    log.warn({ err: error }, 'the console could not be built')
  }
}
