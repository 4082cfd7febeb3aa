import { createCipheriv } from 'node:crypto'
import { AppError } from '../../base/errors.ts'

/** A decoy that is ready to be sealed. */
export interface DecoyFile {
  readonly sizeBytes: number
  /** The same bytes each time, in blocks of at most 1 MiB. */
  stream(): AsyncIterable<Buffer>
}

const BLOCK_BYTES = 1024 * 1024
const SEED_BYTES = 32
const BF16_BYTES = 2
const MIN_BYTES = 64 * 1024
const MAX_BYTES = 2 ** 42
const TABLE_SIZE = 65_536
const HEAD_WIDTH = 64

interface Shape {
  readonly hidden: number
  readonly layers: number
  readonly vocabulary: number
}
interface Tensor {
  readonly name: string
  readonly shape: readonly number[]
}

const HIDDEN = [
  16, 32, 64, 128, 256, 384, 512, 640, 768, 1024, 1280, 1536, 2048, 2560, 3072, 4096, 5120, 6144, 7168, 8192, 12_288,
  16_384,
]
const VOCABULARIES = [256, 512, 1_024, 2_048, 8_192, 32_000, 49_152, 64_000, 128_256, 151_936]
/** A layer for about so many columns, in the models that there are. */
const COLUMNS_PER_LAYER = { least: 24, most: 256 }

/**
 * A safetensors file that looks like a trained decoder: the names and shapes of one, and bfloat16 numbers spread as trained ones are. It
 * says nothing about any model. Made as it is read, in constant memory.
 *
 * @param sizeBytes wanted, 64 KiB to 4 TiB; the file has the size of the nearest model, which is within a tenth from 1 MiB on
 * @param seed 32 random bytes, kept by whoever may have to read the stream again
 * @throws {AppError} REQUEST_INVALID
 */
export function decoyFile({ sizeBytes, seed }: { readonly sizeBytes: number; readonly seed: Uint8Array }): DecoyFile {
  if (!(sizeBytes >= MIN_BYTES && sizeBytes <= MAX_BYTES) || seed.length !== SEED_BYTES)
    throw new AppError('REQUEST_INVALID', `a decoy has ${MIN_BYTES} to ${MAX_BYTES} bytes, and a seed of ${SEED_BYTES}`)
  const tensors = tensorsOf(nearest(sizeBytes / BF16_BYTES))
  const header = renderHeader(tensors)
  const counts = tensors.map(({ shape }) => elements(shape))
  return {
    sizeBytes: header.length + counts.reduce((sum, count) => sum + count, 0) * BF16_BYTES,
    stream: () => render(header, tensors, Buffer.from(seed)),
  }
}

async function* render(header: Buffer, tensors: readonly Tensor[], seed: Buffer): AsyncGenerator<Buffer> {
  const random = createCipheriv('aes-256-ctr', seed, Buffer.alloc(16))
  const zeros = Buffer.alloc(BLOCK_BYTES)
  const matrices = normalTable(random, 0, 0.02)
  const gains = normalTable(random, 1, 0.05)
  for (let at = 0; at < header.length; at += BLOCK_BYTES) yield header.subarray(at, at + BLOCK_BYTES)
  for (const { shape } of tensors) {
    const table = shape.length === 1 ? gains : matrices
    let left = elements(shape) * BF16_BYTES
    while (left > 0) {
      const block = random.update(zeros.subarray(0, Math.min(left, BLOCK_BYTES)))
      const numbers = new Uint16Array(block.length / BF16_BYTES)
      Buffer.from(numbers.buffer).set(block)
      for (let i = 0; i < numbers.length; i++) numbers[i] = table[numbers[i] ?? 0] ?? 0
      yield Buffer.from(numbers.buffer)
      left -= block.length
    }
  }
}

/** Draws of a normal distribution as bfloat16, which is the upper half of a float32: sixteen random bits choose one. */
function normalTable(random: ReturnType<typeof createCipheriv>, mean: number, deviation: number): Uint16Array {
  const bytes = random.update(Buffer.alloc(TABLE_SIZE * 8))
  const floats = new Float32Array(TABLE_SIZE)
  for (let i = 0; i < TABLE_SIZE; i++) {
    // Box and Muller; never the logarithm of zero.
    const radius = Math.sqrt(-2 * Math.log((bytes.readUInt32LE(i * 8) + 1) / 2 ** 32))
    floats[i] = mean + deviation * radius * Math.cos((2 * Math.PI * bytes.readUInt32LE(i * 8 + 4)) / 2 ** 32)
  }
  return Uint16Array.from(new Uint32Array(floats.buffer), (bits) => bits >>> 16)
}

/** The shape whose parameters come nearest to the wanted number; of equals the first. */
function nearest(parameters: number): Shape {
  let best: Shape = { hidden: 16, layers: 1, vocabulary: 256 }
  let bestGap = Number.POSITIVE_INFINITY
  for (const hidden of HIDDEN) {
    for (const vocabulary of VOCABULARIES) {
      const rest = parameters - 2 * vocabulary * hidden - hidden
      const fitting = Math.round(rest / layerParameters(hidden))
      const [least, most] = [
        Math.ceil(hidden / COLUMNS_PER_LAYER.most),
        Math.floor(hidden / COLUMNS_PER_LAYER.least) + 2,
      ]
      const layers = Math.min(Math.max(fitting, least, 1), most)
      const gap = Math.abs(rest - layers * layerParameters(hidden))
      if (gap < bestGap) [best, bestGap] = [{ hidden, layers, vocabulary }, gap]
    }
  }
  return best
}

function layerParameters(hidden: number): number {
  return layerTensors('', hidden).reduce((sum, { shape }) => sum + elements(shape), 0)
}

function tensorsOf({ hidden, layers, vocabulary }: Shape): Tensor[] {
  const tensors = [
    { name: 'lm_head.weight', shape: [vocabulary, hidden] },
    { name: 'model.embed_tokens.weight', shape: [vocabulary, hidden] },
    { name: 'model.norm.weight', shape: [hidden] },
  ]
  for (let layer = 0; layer < layers; layer++) tensors.push(...layerTensors(`model.layers.${layer}.`, hidden))
  return tensors.toSorted((a, b) => (a.name < b.name ? -1 : 1)) // as the common writer does
}

function layerTensors(prefix: string, hidden: number) {
  const inner = Math.max(Math.ceil((hidden * 8) / 3 / HEAD_WIDTH) * HEAD_WIDTH, HEAD_WIDTH)
  const keys = hidden >= 2_048 ? hidden / 4 : hidden // larger models share them among heads
  return [
    { name: `${prefix}input_layernorm.weight`, shape: [hidden] },
    { name: `${prefix}mlp.down_proj.weight`, shape: [hidden, inner] },
    { name: `${prefix}mlp.gate_proj.weight`, shape: [inner, hidden] },
    { name: `${prefix}mlp.up_proj.weight`, shape: [inner, hidden] },
    { name: `${prefix}post_attention_layernorm.weight`, shape: [hidden] },
    { name: `${prefix}self_attn.k_proj.weight`, shape: [keys, hidden] },
    { name: `${prefix}self_attn.o_proj.weight`, shape: [hidden, hidden] },
    { name: `${prefix}self_attn.q_proj.weight`, shape: [hidden, hidden] },
    { name: `${prefix}self_attn.v_proj.weight`, shape: [keys, hidden] },
  ]
}

/** @see https://github.com/huggingface/safetensors#format: its length as u64, then JSON, filled up with spaces to whole words */
function renderHeader(tensors: readonly Tensor[]): Buffer {
  const entries: Record<string, unknown> = { __metadata__: { format: 'pt' } }
  let at = 0
  for (const { name, shape } of tensors) {
    const end = at + elements(shape) * BF16_BYTES
    entries[name] = { dtype: 'BF16', shape, data_offsets: [at, end] }
    at = end
  }
  const json = JSON.stringify(entries)
  const body = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(body.length))
  return Buffer.concat([length, body])
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}
