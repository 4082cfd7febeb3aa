import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { verifyFrozen } from '../ledger/index.ts'
import { damaged, readArchive } from './archive.ts'
import { collect, eachFile } from './files.ts'
import { isMac, MAC, MANIFEST, type Manifest, parseManifest } from './manifest.ts'
import { verifyShared } from './shared-rows.ts'

const MAX_MANIFEST_BYTES = 256 * 1024 * 1024
const MAC_BYTES = 65

export interface BackupReport {
  readonly manifest: Manifest
  /** Whether the installation's key vouches for it; null where the key was not at hand. */
  readonly authentic: boolean | null
}

/**
 * Reads a whole backup: every file against its digest, the manifest against the installation's key where that is at hand, and the ledger's entries
 * against their commitments and the signed root.
 *
 * @param scratch a folder in which the ledger is laid out for a while
 * @param digestKey null = not at hand
 * @throws {AppError} VERIFICATION_FAILED
 */
export async function verifyBackup(path: string, scratch: string, digestKey: Uint8Array | null): Promise<BackupReport> {
  const dir = await mkdtemp(join(scratch, 'safelevel-backup-'))
  try {
    const { manifest, authentic } = await readManifest(path, digestKey)
    await extractLedger(path, manifest, dir)
    if (manifest.ledger.shared) await verifyShared(path, manifest)
    else await verifyFrozen(dir, manifest.ledger.vkey, manifest.ledger.size)
    return { manifest, authentic }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** The manifest, once everything before it was held against it. @throws {AppError} VERIFICATION_FAILED */
async function readManifest(path: string, digestKey: Uint8Array | null): Promise<BackupReport> {
  const found = new Map<string, { sizeBytes: number; sha256: string }>()
  let bytes: Buffer | null = null
  let mac: string | null = null
  for await (const entry of readArchive(path)) {
    if (mac !== null) throw damaged('something follows its end')
    if (bytes !== null) {
      if (entry.name !== MAC) throw damaged('something follows its manifest')
      mac = (await collect(entry, MAC_BYTES)).toString('utf8').trim()
    } else if (entry.name === MANIFEST) bytes = await collect(entry, MAX_MANIFEST_BYTES)
    else {
      for await (const _ of entry.chunks) {
        // only its digest counts here
      }
      if (found.has(entry.name)) throw damaged(`${entry.name} stands in it twice`)
      found.set(entry.name, { sizeBytes: entry.sizeBytes, sha256: entry.sha256() })
    }
  }
  if (bytes === null || mac === null) throw damaged('it ends before its manifest: it was never finished')
  const manifest = parseManifest(bytes)
  for (const { name, sizeBytes, sha256 } of manifest.files) {
    const file = found.get(name)
    if (file === undefined) throw damaged(`${name} is missing`)
    if (file.sizeBytes !== sizeBytes || file.sha256 !== sha256) throw damaged(`${name} is not what it was`)
    found.delete(name)
  }
  if (found.size > 0) throw damaged(`${[...found.keys()][0]} stands in it and not in its manifest`)
  if (digestKey !== null && !isMac(mac, bytes, digestKey))
    throw damaged('its manifest was not written with these keys: it is of another installation, or was changed')
  return { manifest, authentic: digestKey === null ? null : true }
}

/** Lays the ledger's files out below `dir`. */
export async function extractLedger(path: string, manifest: Manifest, dir: string): Promise<void> {
  await eachFile(path, manifest, 'ledger/', async (entry) => {
    const target = join(dir, ...entry.name.split('/').slice(1))
    const isPublic = entry.name.startsWith('ledger/public/')
    await mkdir(dirname(target), { recursive: true, mode: isPublic ? 0o755 : 0o700 })
    const mode = entry.name.startsWith('ledger/private/') ? 0o600 : 0o644
    await pipeline(entry.chunks, createWriteStream(target, { flags: 'wx', mode, flush: true }))
  })
}
