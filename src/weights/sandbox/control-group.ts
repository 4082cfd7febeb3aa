import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface GroupLimits {
  readonly memoryBytes: number
  readonly processes: number
}

/** Ends what is still in the groups, and removes them, as soon as the process that holds its standard input is gone or lets go. */
const JANITOR = `cat >/dev/null
for group; do [ ! -e "$group/cgroup.kill" ] || echo 1 >"$group/cgroup.kill"; done 2>/dev/null
tries=0
for group; do
  until rmdir "$group" 2>/dev/null || [ ! -e "$group" ] || [ "$tries" -ge 100 ]; do tries=$((tries + 1)); sleep 0.1; done
done`

/** Bounds for all processes of a sandbox together. */
export interface ControlGroup extends AsyncDisposable {
  /** Whether what is in it is never swapped out. */
  readonly isUnswapped: boolean
  /** A process, and all that it starts from now on. */
  take(pid: number): void
}

/**
 * A control group with these limits, of either version of the interface.
 *
 * @param name not yet taken
 * @returns null where this process may not make one, as ordinary users mostly may not
 */
export function createControlGroup(name: string, limits: GroupLimits, root = '/sys/fs/cgroup'): ControlGroup | null {
  const isUnified = existsSync(join(root, 'cgroup.controllers'))
  const made: string[] = []
  try {
    if (isUnified) makeUnified(join(root, name), limits, made)
    else makeSeparate(root, name, limits, made)
  } catch {
    for (const folder of made) tryRemove(folder)
    return null
  }
  const janitor = spawn('/bin/sh', ['-c', JANITOR, 'janitor', ...made], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  const ended = once(janitor, 'close').catch(() => {})
  return {
    isUnswapped: isUnified && existsSync(join(root, name, 'memory.swap.max')),
    take: (pid) => {
      for (const folder of made) writeFileSync(join(folder, 'cgroup.procs'), String(pid))
    },
    async [Symbol.asyncDispose]() {
      janitor.stdin?.end()
      await ended
      for (const folder of made) tryRemove(folder)
    },
  }
}

/** @see Documentation/admin-guide/cgroup-v2.rst of Linux */
function makeUnified(folder: string, { memoryBytes, processes }: GroupLimits, made: string[]): void {
  const controllers = join(folder, '..', 'cgroup.subtree_control')
  const enabled = readFileSync(controllers, 'utf8').split(/\s+/)
  if (!enabled.includes('memory') || !enabled.includes('pids')) writeFileSync(controllers, '+memory +pids')
  mkdirSync(folder)
  made.push(folder)
  writeFileSync(join(folder, 'memory.max'), String(memoryBytes))
  writeFileSync(join(folder, 'pids.max'), String(processes))
  if (existsSync(join(folder, 'memory.swap.max'))) writeFileSync(join(folder, 'memory.swap.max'), '0')
}

/** @see Documentation/admin-guide/cgroup-v1 of Linux */
function makeSeparate(root: string, name: string, { memoryBytes, processes }: GroupLimits, made: string[]): void {
  const limits = { memory: ['memory.limit_in_bytes', memoryBytes], pids: ['pids.max', processes] } as const
  for (const [kind, [file, value]] of Object.entries(limits)) {
    const folder = join(root, kind, name)
    mkdirSync(folder)
    made.push(folder)
    writeFileSync(join(folder, file), String(value))
  }
}

function tryRemove(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {
    // the janitor has
  }
}
