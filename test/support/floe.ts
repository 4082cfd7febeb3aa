import { systemIds } from '../../src/base/ids.ts'
import { FloePartSealer, newFloeHeader, segmentPlace } from '../../src/weights/vault/floe/index.ts'

interface Sealing {
  readonly key: Uint8Array
  readonly aad: Uint8Array
  readonly segmentBytes: number
}

/** A whole ciphertext. @param order of the segments' sealing; by position when left out */
export async function sealBytes(
  plain: Buffer,
  { key, aad, segmentBytes }: Sealing,
  order?: readonly number[],
): Promise<Buffer> {
  const header = newFloeHeader(key, aad, { segmentBytes }, systemIds)
  using sealer = new FloePartSealer(key, aad, header, { segmentBytes, sizeBytes: plain.length }, systemIds)
  const { layout } = sealer
  const out = Buffer.alloc(layout.ciphertextBytes)
  out.set(header)
  for (const position of order ?? Array.from({ length: layout.segmentCount }, (_, i) => i)) {
    const { offset, length, plainOffset, plainLength } = segmentPlace(layout, position)
    await sealer.seal(
      position,
      1,
      plain.subarray(plainOffset, plainOffset + plainLength),
      out.subarray(offset, offset + length),
    )
  }
  return out
}
