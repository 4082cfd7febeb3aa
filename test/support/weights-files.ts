import type { ReadRange } from '../../src/weights/vault/formats/index.ts'

/** Reads out of memory as out of a file, and keeps what was asked for. */
export class Ranges {
  readonly asked: { start: number; length: number }[] = []
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  readonly read: ReadRange = async (start, length) => {
    this.asked.push({ start, length })
    return Buffer.from(this.#bytes.subarray(start, start + length))
  }
}

/** A safetensors file with this header and so many bytes behind it. */
export function safetensorsFile(header: string | Buffer, dataBytes: number): Buffer {
  const json = Buffer.from(header)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  return Buffer.concat([length, json, Buffer.alloc(dataBytes)])
}

export interface GgufTensor {
  readonly name: string | Buffer
  /** As in the file: the dimension that varies fastest first. */
  readonly dimensions: readonly bigint[]
  readonly type: number
  readonly offset: bigint
}

export interface GgufParts {
  readonly magic?: string
  readonly version?: number
  readonly tensorCount?: bigint
  readonly keyCount?: bigint
  /** Key -> kind and value as they stand in the file. */
  readonly metadata?: readonly (readonly [string | Buffer, Buffer])[]
  readonly tensors?: readonly GgufTensor[]
}

export const u32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
export const u64 = (value: bigint) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return bytes
}
export const ggufText = (text: string | Buffer) => {
  const bytes = Buffer.from(text)
  return Buffer.concat([u64(BigInt(bytes.length)), bytes])
}

/** The header of a GGUF file, up to its padding. */
export function ggufHeader({ magic = 'GGUF', version = 3, metadata = [], tensors = [], ...counts }: GgufParts): Buffer {
  return Buffer.concat([
    Buffer.from(magic),
    u32(version),
    u64(counts.tensorCount ?? BigInt(tensors.length)),
    u64(counts.keyCount ?? BigInt(metadata.length)),
    ...metadata.flatMap(([key, value]) => [ggufText(key), value]),
    ...tensors.flatMap(({ name, dimensions, type, offset }) => [
      ggufText(name),
      u32(dimensions.length),
      ...dimensions.map(u64),
      u32(type),
      u64(offset),
    ]),
  ])
}

/** That header, padded, and so many bytes behind it. */
export function ggufFile(parts: GgufParts, dataBytes: number, alignment = 32): Buffer {
  const header = ggufHeader(parts)
  const padding = (alignment - (header.length % alignment)) % alignment
  return Buffer.concat([header, Buffer.alloc(padding + dataBytes)])
}
