import type { WeightFormat } from './schema.ts'

/** What a safetensors header says of each tensor. */
const SAFETENSORS = /^\s*\{\s*"(?:[^"\\]|\\.)*"\s*:\s*\{/
const MAX_SAFETENSORS_HEADER = 100_000_000
/** Files of torch.save before 2020: the pickle of its magic number, 0x1950a86a20f9469cfc6c. */
const TORCH_LEGACY = Buffer.from('8a0a6cfc9c46f9206aa85019', 'hex')
const ARRAYS_IN_PICKLE = /torch|numpy|jax|flax|tensorflow|paddle|mxnet/
/** Older forms of the ones that became GGUF: their names, as little-endian numbers. */
const GGML = new Set(['lmgg', 'fmgg', 'tjgg', 'algg'])
const HDF5 = Buffer.from('894844460d0a1a0a', 'hex')
const NUMPY = Buffer.from('934e554d5059', 'hex')

/** The fields of an ONNX model: wire type by number. */
const ONNX_FIELDS: ReadonlyMap<number, number> = new Map([
  [1, 0],
  [2, 2],
  [3, 2],
  [4, 2],
  [5, 0],
  [6, 2],
  [7, 2],
  [8, 2],
  [14, 2],
  [20, 2],
  [25, 2],
])
const ONNX_GRAPH = 7

/**
 * The format that a file of weights says it has, by its beginning. Lenient: a header with a fault is still a header.
 *
 * @param head the first 64 KiB, or less where there is less
 * @param sizeBytes of the whole
 */
export function formatOf(head: Buffer, sizeBytes: number): WeightFormat | null {
  if (head.length < 8) return null
  const word = head.toString('latin1', 0, 4)
  if (word === 'GGUF' || word === 'FUGG') return 'gguf'
  if (GGML.has(word)) return 'ggml'
  if (head.subarray(0, 6).equals(NUMPY)) return 'numpy'
  if (head.subarray(0, 8).equals(HDF5)) return 'hdf5'
  if (head.toString('latin1', 4, 8) === 'TFL3') return 'tflite'
  if (isSafetensors(head, sizeBytes)) return 'safetensors'
  if (head[0] === 0x80 && (head[1] ?? 0) >= 2 && (head[1] ?? 0) <= 5) return pickleOf(head)
  return isOnnx(head, sizeBytes) ? 'onnx' : null
}

/** @see https://github.com/huggingface/safetensors#format */
function isSafetensors(head: Buffer, sizeBytes: number): boolean {
  const length = head.readBigUInt64LE(0)
  if (length < 2n || length > MAX_SAFETENSORS_HEADER || Number(length) + 8 > sizeBytes) return false
  const text = head.toString('latin1', 8, Math.min(8 + Number(length), 4_096))
  return SAFETENSORS.test(text)
}

/** Any program can write a pickle: those of arrays name the library that reads them back. */
function pickleOf(head: Buffer): WeightFormat | null {
  if (head.subarray(2, 2 + TORCH_LEGACY.length).equals(TORCH_LEGACY)) return 'pytorch'
  return ARRAYS_IN_PICKLE.test(head.toString('latin1')) ? 'pickle' : null
}

/**
 * Whether the fields follow each other as those of an ONNX model do, up to a graph. Protocol Buffers have no mark of their own.
 *
 * @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto `ModelProto`
 */
function isOnnx(head: Buffer, sizeBytes: number): boolean {
  let at = 0
  for (let fields = 0; fields < 200; fields++) {
    const tag = varint(head, at)
    if (tag === null) return false
    const [number, wire] = [Math.floor(tag.value / 8), tag.value % 8]
    if (ONNX_FIELDS.get(number) !== wire) return false
    const value = varint(head, tag.end)
    if (value === null) return false
    if (number === ONNX_GRAPH) return fields > 0 && value.value > 0 && value.end + value.value <= sizeBytes
    at = wire === 0 ? value.end : value.end + value.value
  }
  return false
}

function varint(bytes: Buffer, start: number): { value: number; end: number } | null {
  let value = 0
  for (let i = 0; i < 7; i++) {
    const byte = bytes[start + i]
    if (byte === undefined) return null
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return { value, end: start + i + 1 }
  }
  return null
}
