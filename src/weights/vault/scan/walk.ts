import { isUtf8 } from 'node:buffer'
import type { Stats } from 'node:fs'
import { lstat, opendir, statfs } from 'node:fs/promises'
import { codeOf } from '../../../base/error-code.ts'

/** A plain file on the way. */
export interface WalkedFile {
  /** Bytes, since a name need not be UTF-8. */
  readonly path: Buffer
  readonly stats: Stats
}
/** Something that could not be looked at. */
export interface WalkedGap {
  readonly path: Buffer
  readonly why: 'permission' | 'failed' | 'too-deep' | 'too-many'
}

export interface WalkLimits {
  /** Folders in folders. */
  readonly maxDepth: number
  /** Names in all. */
  readonly maxEntries: number
}

/** What a walk has come by so far. */
export interface WalkTally {
  entries: number
  passedOver: number
}

interface Folder {
  readonly path: Buffer
  readonly depth: number
  readonly device: number
}

/** File systems in which the kernel speaks: proc, sysfs, cgroup and cgroup2, debugfs, tracefs, securityfs, bpf, devpts. */
const KERNEL: ReadonlySet<number> = new Set([
  0x9fa0, 0x62656572, 0x27e0eb, 0x63677270, 0x64626720, 0x74726163, 0x73636673, 0xcafe4a11, 0x1cd1,
])
/** Whether a device is the kernel's. */
type Devices = Map<number, boolean>

const AT_ONCE = 128
const SLASH = Buffer.from('/')

/**
 * All plain files at or under a path. Links are not followed, so nothing is seen twice and no walk is endless; devices, pipes and sockets
 * are passed over, and so are the kernel's own file systems. What disappears meanwhile is no gap.
 */
export async function* walk(
  root: string,
  { maxDepth, maxEntries }: WalkLimits,
  tally: WalkTally,
): AsyncGenerator<WalkedFile | WalkedGap> {
  const start = Buffer.from(root)
  const folders: Folder[] = []
  const devices: Devices = new Map()
  const first = await look(start)
  if (first === null) return yield { path: start, why: 'failed' }
  if ('why' in first) return yield first
  tally.entries++
  if (first.stats.isDirectory()) folders.push({ path: start, depth: 0, device: first.stats.dev })
  else if (first.stats.isFile()) yield first
  else tally.passedOver++
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for await (const found of entriesOf(folder, devices, tally)) {
      if (tally.entries > maxEntries) return yield { path: folder.path, why: 'too-many' }
      if ('why' in found || found.stats.isFile()) yield found
      else if (!found.stats.isDirectory()) tally.passedOver++
      else if (folder.depth === maxDepth) yield { path: found.path, why: 'too-deep' }
      else folders.push({ path: found.path, depth: folder.depth + 1, device: found.stats.dev })
    }
  }
}

/** A path for people and JSON: what is no UTF-8 stands as `\xNN`, and a backslash as two. */
export function showPath(path: Buffer): string {
  if (isUtf8(path)) return path.toString('utf8').replaceAll('\\', '\\\\')
  return path
    .toString('latin1')
    .replace(/[\\\x80-\xff]/g, (char) => (char === '\\' ? '\\\\' : `\\x${char.charCodeAt(0).toString(16)}`))
}

async function* entriesOf(folder: Folder, devices: Devices, tally: WalkTally): AsyncGenerator<WalkedFile | WalkedGap> {
  try {
    if (await isKernels(folder, devices)) {
      tally.passedOver++
      return
    }
    for await (const paths of pathsIn(folder)) {
      tally.entries += paths.length
      for (const found of await Promise.all(paths.map(look))) if (found !== null) yield found
    }
  } catch (error) {
    const gap = gapOf(folder.path, error)
    if (gap !== null) yield gap
  }
}

/** In batches, since each is asked about, and storage over a network takes its time for an answer. */
async function* pathsIn({ path }: Folder): AsyncGenerator<Buffer[]> {
  let batch: Buffer[] = []
  // latin1 keeps each byte of a name as one character.
  for await (const { name } of await opendir(path, { encoding: 'latin1', bufferSize: AT_ONCE })) {
    batch.push(join(path, Buffer.from(name, 'latin1')))
    if (batch.length < AT_ONCE) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** Asked once per file system. */
async function isKernels({ path, device }: Folder, devices: Devices): Promise<boolean> {
  const known = devices.get(device)
  if (known !== undefined) return known
  const answer = KERNEL.has((await statfs(path)).type)
  devices.set(device, answer)
  return answer
}

/** null for what is gone. */
async function look(path: Buffer): Promise<WalkedFile | WalkedGap | null> {
  try {
    return { path, stats: await lstat(path) }
  } catch (error) {
    return gapOf(path, error)
  }
}

function gapOf(path: Buffer, error: unknown): WalkedGap | null {
  const code = codeOf(error)
  if (code === 'ENOENT' || code === 'ENOTDIR') return null
  return { path, why: code === 'EACCES' || code === 'EPERM' ? 'permission' : 'failed' }
}

function join(folder: Buffer, name: Buffer): Buffer {
  return folder.at(-1) === SLASH[0] ? Buffer.concat([folder, name]) : Buffer.concat([folder, SLASH, name])
}
