import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const ENDS_WITH_PARENT = new URL('./ends-with-parent.ts', import.meta.url).href

/**
 * `safelevel serve --json` in a process of its own, which stops in good order when this one is gone, however it went: a signal that cannot be
 * caught gives nobody the time to stop their children.
 *
 * @returns the child, whose standard error is ours, and what it says
 */
export function spawnServing(env: NodeJS.ProcessEnv): { readonly child: ChildProcess; readonly stdout: Readable } {
  const child = spawn(process.execPath, ['--import', ENDS_WITH_PARENT, MAIN, 'serve', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env,
  })
  if (child.stdout === null) throw new Error('a child without an output')
  return { child, stdout: child.stdout }
}
