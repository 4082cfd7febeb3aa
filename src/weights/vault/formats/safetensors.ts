import { isUtf8 } from 'node:buffer'
import { HeaderJson } from './safetensors-json.ts'
import {
  checkTensorName,
  MAX_HEADER_BYTES,
  MAX_METADATA_KEYS,
  MAX_NAME_BYTES,
  MAX_TENSORS,
  malformed,
  type ReadRange,
  type Tensor,
  type TensorIndex,
} from './tensor.ts'

/** The header's length, before it. */
const LENGTH_BYTES = 8
/** As many as NumPy has. */
const MAX_DIMENSIONS = 64
/** Longer than any member's name or type. */
const MAX_WORD_BYTES = 16

/** @see https://github.com/huggingface/safetensors/blob/main/safetensors/src/tensor.rs `Dtype::bitsize` */
const BITS: ReadonlyMap<string, number> = new Map([
  ['F4', 4],
  ['F6_E2M3', 6],
  ['F6_E3M2', 6],
  ['BOOL', 8],
  ['U8', 8],
  ['I8', 8],
  ['F8_E5M2', 8],
  ['F8_E4M3', 8],
  ['F8_E8M0', 8],
  ['F8_E4M3FNUZ', 8],
  ['F8_E5M2FNUZ', 8],
  ['I16', 16],
  ['U16', 16],
  ['F16', 16],
  ['BF16', 16],
  ['I32', 32],
  ['U32', 32],
  ['F32', 32],
  ['C64', 64],
  ['F64', 64],
  ['I64', 64],
  ['U64', 64],
])

interface Declared {
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
  /** Bytes from where the tensors begin; `end` is the first that is not the tensor's. */
  readonly begin: number
  readonly end: number
}

/**
 * The tensors of a safetensors file. As the reference: a header of at most 100 MB; sorted by place, tensors follow each other without a
 * hole or an overlap from the header's end to the file's, and each is as long as its shape and type say. Stricter, where readers would
 * differ: no key stands twice, a tensor has its three members and no other.
 *
 * @param sizeBytes of the whole file
 * @throws {AppError} REQUEST_INVALID for anything else, with what is wrong but no words out of the file
 * @see https://github.com/huggingface/safetensors#format
 */
export async function readSafetensorsIndex(read: ReadRange, sizeBytes: number): Promise<TensorIndex> {
  if (sizeBytes < LENGTH_BYTES) throw invalid('it ends before its header')
  const length = Buffer.from(await exactly(read, 0, LENGTH_BYTES)).readBigUInt64LE()
  if (length > MAX_HEADER_BYTES) throw invalid(`its header is longer than ${MAX_HEADER_BYTES} bytes`)
  const dataStart = LENGTH_BYTES + Number(length)
  if (dataStart > sizeBytes) throw invalid('its header is longer than the file')
  const bytes = await exactly(read, LENGTH_BYTES, Number(length))
  if (!isUtf8(bytes)) throw invalid('its header is not valid UTF-8')
  return place(
    parseHeader(new HeaderJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))),
    dataStart,
    sizeBytes,
  )
}

async function exactly(read: ReadRange, start: number, length: number): Promise<Uint8Array> {
  const bytes = await read(start, length)
  if (bytes.length !== length) throw invalid('it ends early')
  return bytes
}

function parseHeader(json: HeaderJson): Declared[] {
  const declared: Declared[] = []
  const names = new Set<string>()
  json.expect('{')
  if (!json.accept('}')) {
    do {
      const name = json.text(MAX_NAME_BYTES)
      if (names.has(name)) throw json.invalid('has a key that stands twice')
      names.add(name)
      json.expect(':')
      if (name === '__metadata__') skipMetadata(json)
      else if (declared.length === MAX_TENSORS) throw json.invalid(`has more than ${MAX_TENSORS} tensors`)
      else declared.push(parseTensor(json, checkTensorName('safetensors', name, declared.length)))
    } while (json.accept(','))
    json.expect('}')
  }
  json.end()
  return declared
}

/** A map of texts; trainers put megabytes of notes there, which nobody here reads. */
function skipMetadata(json: HeaderJson): void {
  const keys = new Set<string>()
  json.expect('{')
  if (json.accept('}')) return
  do {
    const key = json.text(MAX_NAME_BYTES)
    if (keys.has(key)) throw json.invalid('has a key that stands twice')
    if (keys.size === MAX_METADATA_KEYS) throw json.invalid(`has more than ${MAX_METADATA_KEYS} pieces of metadata`)
    keys.add(key)
    json.expect(':')
    json.skipText()
  } while (json.accept(','))
  json.expect('}')
}

function parseTensor(json: HeaderJson, name: string): Declared {
  let dtype: string | undefined
  let shape: number[] | undefined
  let offsets: number[] | undefined
  json.expect('{')
  do {
    const member = json.text(MAX_WORD_BYTES)
    json.expect(':')
    if (member === 'dtype' && dtype === undefined) dtype = json.text(MAX_WORD_BYTES)
    else if (member === 'shape' && shape === undefined) shape = json.integers(MAX_DIMENSIONS)
    else if (member === 'data_offsets' && offsets === undefined) offsets = json.integers(2)
    else throw json.invalid('has a tensor with a member that is unknown or stands twice')
  } while (json.accept(','))
  json.expect('}')
  const [begin, end] = offsets ?? []
  if (dtype === undefined || shape === undefined || begin === undefined || end === undefined)
    throw json.invalid('has a tensor without its type, shape or place')
  return { name, dtype, shape, begin, end }
}

function place(declared: readonly Declared[], dataStart: number, sizeBytes: number): Tensor[] {
  let next = 0
  const tensors = declared
    .toSorted((a, b) => a.begin - b.begin || a.end - b.end)
    .map(({ name, dtype, shape, begin, end }, position) => {
      if (begin !== next) throw invalid(`tensor ${position} does not begin where the one before it ends`)
      if (end - begin !== expectedBytes(dtype, shape, position))
        throw invalid(`tensor ${position} is not as long as its shape and type say`)
      next = end
      return { name, dtype, shape, start: dataStart + begin, length: end - begin }
    })
  if (dataStart + next !== sizeBytes) throw invalid('its tensors do not end where the file ends')
  return tensors
}

function expectedBytes(dtype: string, shape: readonly number[], position: number): number {
  const bits = BITS.get(dtype)
  if (bits === undefined) throw invalid(`the type of tensor ${position} is unknown`)
  let total = bits
  for (const size of shape) {
    total *= size
    if (!Number.isSafeInteger(total)) throw invalid(`the shape of tensor ${position} is not possible`)
  }
  if (total % 8 !== 0) throw invalid(`tensor ${position} is not a whole number of bytes`)
  return total / 8
}

function invalid(what: string): Error {
  return malformed('safetensors', what)
}
