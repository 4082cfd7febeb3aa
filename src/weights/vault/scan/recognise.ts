import { constants, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { formatOf } from './magic.ts'
import { beginning, type Probe, within } from './probe.ts'
import type { Recognised, WeightFormat } from './schema.ts'
import { areNumbers, spreadOf } from './statistics.ts'
import { zipEntries } from './zip.ts'

const { Z_SYNC_FLUSH, ZSTD_e_continue } = constants

const HEAD_BYTES = 64 * 1024
const GZIP_BYTES = 64 * 1024
/** Nothing comes out before a block of up to 128 KiB is in. */
const ZSTD_BYTES = 160 * 1024
const MAX_UNPACKED_BYTES = 32 * 1024 * 1024
/** Enough for a spread that means something. */
const MIN_UNPACKED_BYTES = 32 * 1024
const ZIP_HEADER_BYTES = 30
const MAX_MEMBERS = 512
const TAR_BLOCK = 512
/** Below it a spread says little, and models of this size little too. */
const MIN_SPREAD_BYTES = 4 * 1024 * 1024
/** Numbers are less than 8 bits per byte, quantised and compressed ones nearly that; text, tables and programs are below 7. */
const OPAQUE_ENTROPY = 7.2
/** Beside an index, which holds no numbers. */
const TENSORFLOW_DATA = /\.data-\d{5}-of-\d{5}$/

const NAMED_LIKE_WEIGHTS =
  /\.(?:safetensors|gguf|ggml|pt|pth|ckpt|bin|weights|msgpack|params|pdparams|h5|hdf5|keras|onnx|onnx[._]data|npz|npy|tflite|mlmodel|nemo|distcp|llamafile|engine|plan|awq|gptq|exl2|data-\d{5}-of-\d{5})$|(?:^|[._-])(?:weights?|checkpoints?|consolidated|pytorch_model|lora|adapter_model|optimizer|shard)(?:[._-]|\d|$)/i

/** The pickle of an archive of PyTorch's own is small, and its name is no other's. */
const TORCH_PICKLE = /(?:^|\/)data\.pkl$/
/** Python's own `.pth` files, which hold paths, are in many archives. */
const MIN_MEMBER_BYTES = 64 * 1024
const ZIP_MEMBERS: readonly (readonly [RegExp, WeightFormat])[] = [
  [/\.weights\.h5$/, 'keras'],
  [/\.npy$/, 'numpy'],
  [/\.safetensors$/, 'safetensors'],
  [/\.gguf$/, 'gguf'],
  [/\.(?:pt|pth|ckpt)$/, 'pytorch'],
  [/\.(?:h5|hdf5)$/, 'hdf5'],
  [/\.onnx$/, 'onnx'],
]

/**
 * Whether a file holds weights, by its content: what it is called counts only where the content tells nothing. A file of any size costs at
 * most about a MiB of reading, but for archives.
 *
 * @param name without its folders
 * @returns null for everything else
 */
export async function recognise(name: string, probe: Probe): Promise<Recognised | null> {
  const packed = await recogniseMarked(probe, 0)
  if (packed !== null) return packed
  if (probe.sizeBytes < MIN_SPREAD_BYTES) return null
  const spread = await spreadOf(probe)
  if (areNumbers(spread))
    return { format: TENSORFLOW_DATA.test(name) ? 'tensorflow-checkpoint' : 'numbers', within: null }
  if (spread.entropy >= OPAQUE_ENTROPY && NAMED_LIKE_WEIGHTS.test(name)) return { format: 'opaque', within: null }
  return null
}

/** @param depth of archives around it; one is looked into, and what is packed in it twice is not */
async function recogniseMarked(probe: Probe, depth: number): Promise<Recognised | null> {
  const head = await probe.read(0, HEAD_BYTES)
  const format = formatOf(head, probe.sizeBytes)
  if (format !== null) return { format, within: null }
  if (head.length >= ZIP_HEADER_BYTES && head.toString('latin1', 0, 4) === 'PK\x03\x04') return await inZip(probe, head)
  if (head.toString('latin1', 257, 262) === 'ustar') return depth > 1 ? null : await inTar(probe, depth)
  const unpacked = depth > 0 ? null : await unpack(probe, head)
  return unpacked === null ? null : await inPacked(unpacked, depth)
}

async function inPacked({ by, bytes }: Unpacked, depth: number): Promise<Recognised | null> {
  const marked = await recogniseMarked(beginning(bytes), depth + 1)
  if (marked !== null) return { format: marked.format, within: by }
  const spread = await spreadOf({ ...beginning(bytes), sizeBytes: bytes.length })
  return bytes.length >= MIN_UNPACKED_BYTES && areNumbers(spread) ? { format: 'numbers', within: by } : null
}

/** PyTorch's, Keras' and NumPy's own files are zip archives, too. */
async function inZip(probe: Probe, head: Buffer): Promise<Recognised | null> {
  const first = head.toString('latin1', ZIP_HEADER_BYTES, ZIP_HEADER_BYTES + head.readUInt16LE(26))
  const entries = Number.isFinite(probe.sizeBytes) ? await zipEntries(probe) : []
  if ([first, ...entries.map(({ name }) => name)].some((name) => TORCH_PICKLE.test(name)))
    return { format: 'pytorch', within: null }
  const large = entries.filter(({ sizeBytes }) => sizeBytes >= MIN_MEMBER_BYTES)
  const [, format] = ZIP_MEMBERS.find(([pattern]) => large.some(({ name }) => pattern.test(name))) ?? []
  if (format === undefined) return null
  return { format, within: format === 'keras' || format === 'numpy' ? null : 'zip' }
}

async function inTar(probe: Probe, depth: number): Promise<Recognised | null> {
  let at = 0
  for (let members = 0; members < MAX_MEMBERS; members++) {
    const header = await probe.read(at, TAR_BLOCK)
    if (header.length < TAR_BLOCK || header.toString('latin1', 257, 262) !== 'ustar') return null
    const sizeBytes = tarSize(header)
    if (sizeBytes === null) return null
    const inner = await recogniseMarked(within(probe, at + TAR_BLOCK, sizeBytes), depth + 1)
    if (inner !== null) return { format: inner.format, within: 'tar' }
    at += TAR_BLOCK + Math.ceil(sizeBytes / TAR_BLOCK) * TAR_BLOCK
  }
  return null
}

/** Octal, or from 8 GiB on a number in base 256. @see POSIX pax, "ustar Interchange Format" */
function tarSize(header: Buffer): number | null {
  const field = header.subarray(124, 136)
  if (field[0] === 0x80) return Number(field.readBigUInt64BE(4)) || null
  const octal = /^ *([0-7]{1,11})[\0 ]*$/.exec(field.toString('latin1'))?.[1]
  return octal === undefined ? null : Number.parseInt(octal, 8)
}

interface Unpacked {
  readonly by: 'gzip' | 'zstd'
  readonly bytes: Buffer
}

/** Only its beginning: a bomb stays one of 32 MiB at most. */
async function unpack(probe: Probe, head: Buffer): Promise<Unpacked | null> {
  const isGzip = head.length > 4 && head.readUInt16BE(0) === 0x1f8b
  const isZstd = head.length > 4 && head.readUInt32BE(0) === 0x28b52ffd
  if (!isGzip && !isZstd) return null
  const bytes = await probe.read(0, isGzip ? GZIP_BYTES : ZSTD_BYTES)
  try {
    return isGzip
      ? { by: 'gzip', bytes: gunzipSync(bytes, { finishFlush: Z_SYNC_FLUSH, maxOutputLength: MAX_UNPACKED_BYTES }) }
      : {
          by: 'zstd',
          bytes: zstdDecompressSync(bytes, { finishFlush: ZSTD_e_continue, maxOutputLength: MAX_UNPACKED_BYTES }),
        }
  } catch {
    return null // damaged, or a bomb
  }
}
