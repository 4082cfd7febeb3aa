import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { AppError } from '../../../base/errors.ts'
import { type Ids, systemIds } from '../../../base/ids.ts'
import { FloeEncryptor } from './encryptor.ts'
import { BufferRing, inOrder } from './in-order.ts'
import { segmentPlace } from './layout.ts'
import { DEFAULT_SEGMENT_BYTES } from './params.ts'
import { readAt, writeAt } from './source.ts'

/** Enough for reading, sealing, writing and digesting at once on a few cores; 2 MiB of buffers at the default size. */
const SEGMENTS_IN_FLIGHT = 8

export interface SealFile {
  /** 32 random bytes for this file alone */
  readonly key: Uint8Array
  readonly aad: Uint8Array
  /** Bytes that `from` must have; the associated data names them too. */
  readonly sizeBytes: number
  readonly segmentBytes?: number
  readonly ids?: Ids
  /** Ends it with the signal's reason. */
  readonly signal?: AbortSignal
  /** Told after each segment how many bytes of plaintext are done. */
  readonly onProgress?: (doneBytes: number) => void
}

export interface SealedFile {
  readonly plaintextBytes: number
  readonly ciphertextBytes: number
  readonly segmentBytes: number
  readonly segmentCount: number
  /** of the plaintext that was sealed, hex */
  readonly sha256: string
}

/**
 * Seals a file into an empty one, in constant memory, reading each byte once: the digest is of exactly what was sealed. The header is written
 * last and all is synchronised, so that a file that was begun and not finished, at a crash too, never opens.
 *
 * @throws {AppError} CONFLICT when `from` has another size or changes meanwhile, or `to` is not empty; REQUEST_INVALID for what can't be sealed.
 *   What the file system throws (ENOSPC) comes as it is. `to` is then the caller's to remove.
 */
export async function sealFile(from: FileHandle, to: FileHandle, options: SealFile): Promise<SealedFile> {
  const { key, aad, sizeBytes, segmentBytes = DEFAULT_SEGMENT_BYTES, ids = systemIds, signal, onProgress } = options
  using encryptor = new FloeEncryptor(key, aad, { sizeBytes, segmentBytes }, ids)
  const { layout } = encryptor
  const before = await from.stat({ bigint: true })
  if (!before.isFile()) throw new AppError('REQUEST_INVALID', 'only a regular file can be sealed')
  if (before.size !== BigInt(sizeBytes)) throw changed()
  if ((await to.stat()).size !== 0) throw new AppError('CONFLICT', 'the file to seal into is not empty')

  const buffers = new BufferRing(SEGMENTS_IN_FLIGHT, Math.min(sizeBytes, segmentBytes))
  const sealed = inOrder(layout.segmentCount, SEGMENTS_IN_FLIGHT, async (position) => {
    signal?.throwIfAborted()
    const { offset, plainOffset, plainLength } = segmentPlace(layout, position)
    const plaintext = buffers.at(position).subarray(0, plainLength)
    if ((await readAt(from, plaintext, plainOffset)) !== plainLength) throw changed()
    await writeAt(to, await encryptor.seal(position, plaintext), offset)
    return plaintext
  })
  const digest = createHash('sha256')
  let doneBytes = 0
  try {
    for await (const plaintext of sealed) {
      digest.update(plaintext)
      doneBytes += plaintext.length
      onProgress?.(doneBytes)
    }
  } finally {
    buffers.wipe()
  }
  const after = await from.stat({ bigint: true })
  if (after.size !== before.size || after.mtimeNs !== before.mtimeNs) throw changed()
  encryptor.finish()
  await to.sync()
  await writeAt(to, [encryptor.header], 0)
  await to.sync()
  const { plaintextBytes, ciphertextBytes, segmentCount } = layout
  return { plaintextBytes, ciphertextBytes, segmentBytes, segmentCount, sha256: digest.digest('hex') }
}

function changed(): AppError {
  return new AppError('CONFLICT', 'the file changed while it was sealed: seal it again when nothing writes to it')
}
