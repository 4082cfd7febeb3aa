import { createCipheriv } from 'node:crypto'
import { AppError } from '../../base/errors.ts'
import { type DecoderShape, type DecoyTensor, elements, nearestShape, tensorsOf } from './decoy-shape.ts'

/** A decoy's file, ready to be sealed. */
export interface Decoy {
  readonly path: string
  readonly sizeBytes: number
  /** A part of its bytes, the same ones each time, in blocks of at most 1 MiB. */
  range(start: number, length: number): AsyncGenerator<Buffer>
}

export interface DecoyOptions {
  /** Wanted, 64 KiB to 4 TiB: the weights have the size of the nearest decoder, which is within a tenth from 1 MiB on. */
  readonly sizeBytes: number
  /** 32 random bytes, kept by whoever may have to read the decoy again. */
  readonly seed: Uint8Array
}

const BLOCK_BYTES = 1024 * 1024
const CIPHER_BLOCK = 16
const SEED_BYTES = 32
const BF16_BYTES = 2
const MIN_BYTES = 64 * 1024
const MAX_BYTES = 2 ** 42
const TABLE_SIZE = 65_536
const DRAW_BYTES = 8
/** As large as people make the files of large models. */
const SHARD_BYTES = 5_000_000_000

/**
 * The files of a model that looks trained: a decoder with the names and shapes of one, bfloat16 numbers spread as trained ones are, and its
 * `config.json`. It says nothing about any real model. Made as it is read, in constant memory, from any place.
 *
 * @throws {AppError} REQUEST_INVALID
 */
export function decoyModel(options: DecoyOptions): Decoy[] {
  const { shape, tensors, numbers } = prepare(options)
  const shards = shardsOf(tensors)
  const named = shards.map((shard, i) => ({ shard, path: shardPath(i + 1, shards.length) }))
  let used = 0
  const files = named.map(({ shard, path }) => {
    const file = weightsFile(path, shard, numbers, used)
    used += bytesOf(shard)
    return file
  })
  const config = textFile('config.json', `${JSON.stringify(configOf(shape), null, 2)}\n`)
  if (files.length === 1) return [config, ...files]
  const weightMap = Object.fromEntries(named.flatMap(({ shard, path }) => shard.map(({ name }) => [name, path])))
  const index = { metadata: { total_size: used }, weight_map: weightMap }
  return [config, textFile('model.safetensors.index.json', `${JSON.stringify(index, null, 2)}\n`), ...files]
}

/**
 * One safetensors file that holds a whole small decoder.
 *
 * @throws {AppError} REQUEST_INVALID
 */
export function decoyFile({ path, ...options }: DecoyOptions & { readonly path: string }): Decoy {
  const { tensors, numbers } = prepare(options)
  return weightsFile(path, tensors, numbers, 0)
}

function prepare({ sizeBytes, seed }: DecoyOptions) {
  if (!(sizeBytes >= MIN_BYTES && sizeBytes <= MAX_BYTES) || seed.length !== SEED_BYTES)
    throw new AppError('REQUEST_INVALID', `a decoy has ${MIN_BYTES} to ${MAX_BYTES} bytes, and a seed of ${SEED_BYTES}`)
  const shape = nearestShape(sizeBytes / BF16_BYTES)
  return { shape, tensors: tensorsOf(shape), numbers: new Numbers(seed) }
}

function shardsOf(tensors: readonly DecoyTensor[]): DecoyTensor[][] {
  const shards: DecoyTensor[][] = [[]]
  let room = SHARD_BYTES
  for (const tensor of tensors) {
    const sizeBytes = elements(tensor) * BF16_BYTES
    if (sizeBytes > room && shards.at(-1)?.length !== 0) {
      shards.push([])
      room = SHARD_BYTES
    }
    shards.at(-1)?.push(tensor)
    room -= sizeBytes
  }
  return shards
}

function shardPath(number: number, of: number): string {
  if (of === 1) return 'model.safetensors'
  const [at, all] = [number, of].map((n) => String(n).padStart(5, '0'))
  return `model-${at}-of-${all}.safetensors`
}

/** @param before bytes of numbers that other files have taken */
function weightsFile(path: string, tensors: readonly DecoyTensor[], numbers: Numbers, before: number): Decoy {
  const sorted = tensors.toSorted((a, b) => (a.name < b.name ? -1 : 1)) // as the common writer does
  const header = renderHeader(sorted)
  const sizeBytes = header.length + bytesOf(sorted)
  async function* range(start: number, length: number): AsyncGenerator<Buffer> {
    const end = Math.min(start + length, sizeBytes)
    if (start < header.length) yield* inBlocks(header.subarray(start, end))
    let at = header.length
    for (const tensor of sorted) {
      const next = at + elements(tensor) * BF16_BYTES
      const from = Math.max(start, at)
      const to = Math.min(end, next)
      const kind = tensor.shape.length === 1 ? 'gain' : 'matrix'
      if (from < to) yield* numbers.range(kind, before + from - header.length, to - from)
      at = next
    }
  }
  return { path, sizeBytes, range }
}

function textFile(path: string, text: string): Decoy {
  const bytes = Buffer.from(text)
  return {
    path,
    sizeBytes: bytes.length,
    range: async function* (start, length) {
      yield* inBlocks(bytes.subarray(start, start + length))
    },
  }
}

/** An endless row of random bfloat16 numbers, from any place in it. */
class Numbers {
  readonly #seed: Buffer
  #tables: Readonly<Record<'matrix' | 'gain', Uint16Array>> | null = null

  constructor(seed: Uint8Array) {
    this.#seed = Buffer.from(seed)
  }

  async *range(kind: 'matrix' | 'gain', start: number, length: number): AsyncGenerator<Buffer> {
    this.#tables ??= this.#makeTables()
    const table = this.#tables[kind]
    const aligned = start - (start % CIPHER_BLOCK)
    const random = this.#random((TABLE_SIZE * DRAW_BYTES + aligned) / CIPHER_BLOCK)
    let skipped = start - aligned
    for (let left = length; left > 0; ) {
      const wanted = Math.min(left + skipped, BLOCK_BYTES)
      const words = new Uint16Array(Math.ceil(wanted / BF16_BYTES))
      const bytes = Buffer.from(words.buffer)
      bytes.set(random.update(bytes))
      for (let i = 0; i < words.length; i++) words[i] = table[words[i] ?? 0] ?? 0
      const block = bytes.subarray(skipped, wanted)
      yield block
      left -= block.length
      skipped = 0
    }
  }

  #makeTables() {
    const draws = this.#random(0).update(Buffer.alloc(TABLE_SIZE * DRAW_BYTES))
    return { matrix: normalTable(draws, 0, 0.02), gain: normalTable(draws, 1, 0.05) }
  }

  /** AES in counter mode, over zeros. @param block of 16 bytes, at which it begins */
  #random(block: number) {
    const counter = Buffer.alloc(CIPHER_BLOCK)
    counter.writeBigUInt64BE(BigInt(block), 8)
    return createCipheriv('aes-256-ctr', this.#seed, counter)
  }
}

/** Draws of a normal distribution as bfloat16, which is the upper half of a float32: sixteen random bits choose one. */
function normalTable(draws: Buffer, mean: number, deviation: number): Uint16Array {
  const floats = new Float32Array(TABLE_SIZE)
  for (let i = 0; i < TABLE_SIZE; i++) {
    // Box and Muller; never the logarithm of zero.
    const radius = Math.sqrt(-2 * Math.log((draws.readUInt32LE(i * DRAW_BYTES) + 1) / 2 ** 32))
    floats[i] = mean + deviation * radius * Math.cos((2 * Math.PI * draws.readUInt32LE(i * DRAW_BYTES + 4)) / 2 ** 32)
  }
  return Uint16Array.from(new Uint32Array(floats.buffer), (bits) => bits >>> 16)
}

/** @see https://github.com/huggingface/safetensors#format: its length as u64, then JSON, filled up with spaces to whole words */
function renderHeader(tensors: readonly DecoyTensor[]): Buffer {
  const entries: Record<string, unknown> = { __metadata__: { format: 'pt' } }
  let at = 0
  for (const tensor of tensors) {
    const end = at + elements(tensor) * BF16_BYTES
    entries[tensor.name] = { dtype: 'BF16', shape: tensor.shape, data_offsets: [at, end] }
    at = end
  }
  const json = JSON.stringify(entries)
  const body = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(body.length))
  return Buffer.concat([length, body])
}

function configOf({ hidden, inner, layers, heads, keyHeads, vocabulary }: DecoderShape) {
  return {
    architectures: ['DecoderForCausalLM'],
    ...{ hidden_act: 'silu', hidden_size: hidden, intermediate_size: inner, max_position_embeddings: 32_768 },
    ...{ num_attention_heads: heads, num_hidden_layers: layers, num_key_value_heads: keyHeads },
    ...{
      rms_norm_eps: 1e-5,
      rope_theta: 500_000,
      tie_word_embeddings: false,
      torch_dtype: 'bfloat16',
      vocab_size: vocabulary,
    },
  }
}

function* inBlocks(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) yield bytes.subarray(at, at + BLOCK_BYTES)
}

function bytesOf(tensors: readonly DecoyTensor[]): number {
  return tensors.reduce((sum, tensor) => sum + elements(tensor), 0) * BF16_BYTES
}
