import { AppError } from '../base/errors.ts'
import { type ArchiveEntry, damaged, readArchive } from './archive.ts'
import type { Manifest } from './manifest.ts'

/** The files whose names begin so, in their order, each held against the manifest once it was read. @throws {AppError} VERIFICATION_FAILED */
export async function eachFile(
  path: string,
  { files }: Manifest,
  prefix: string,
  work: (entry: ArchiveEntry) => Promise<void>,
): Promise<void> {
  const digests = new Map(files.map(({ name, sha256 }) => [name, sha256]))
  for await (const entry of readArchive(path)) {
    if (!entry.name.startsWith(prefix) || !digests.has(entry.name)) continue
    await work(entry)
    if (entry.sha256() !== digests.get(entry.name)) throw damaged(`${entry.name} changed while it was read`)
  }
}

/** @throws {AppError} VERIFICATION_FAILED when it is larger than what belongs there */
export async function collect({ chunks, sizeBytes, name }: ArchiveEntry, maxBytes: number): Promise<Buffer> {
  if (sizeBytes > maxBytes) throw new AppError('VERIFICATION_FAILED', `${name} in the backup is too large`)
  const parts: Buffer[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts)
}
