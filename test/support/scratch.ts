import { mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MEMORY = '/dev/shm'
const ROOM_BYTES = 2 * 2 ** 30

/** Where tests keep stores: in memory where the system has a folder there with room, since copying a store then takes a tenth of the time. */
export const SCRATCH = hasRoom(MEMORY) ? MEMORY : tmpdir()

const made = new Set<string>()
process.once('exit', () => {
  for (const dir of made) rmSync(dir, { recursive: true, force: true })
})

/** A new folder for a store; it goes with this process at the latest. */
export function scratchDir(): string {
  const dir = mkdtempSync(join(SCRATCH, 'safelevel-test-'))
  made.add(dir)
  return dir
}

function hasRoom(dir: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dir)
    return bavail * bsize > ROOM_BYTES
  } catch {
    return false
  }
}
