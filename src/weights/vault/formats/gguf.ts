import { type GgmlType, ggmlType } from './gguf-types.ts'
import { HeaderReader } from './header-reader.ts'
import {
  checkTensorName,
  MAX_METADATA_KEYS,
  MAX_NAME_BYTES,
  MAX_TENSORS,
  malformed,
  type ReadRange,
  type Tensor,
  type TensorIndex,
} from './tensor.ts'

/** `GGUF`, read as a little-endian number. */
const MAGIC = 0x46554747
const VERSIONS: ReadonlySet<number> = new Set([2, 3])
const DEFAULT_ALIGNMENT = 32
const MAX_ALIGNMENT = 1 << 20
const MAX_DIMENSIONS = 4
const ASCII = /^[\x21-\x7e]+$/

const UINT32 = 4
const STRING = 8
const ARRAY = 9
/** Kind of a value -> its bytes; texts and arrays carry their lengths. */
const SCALAR_BYTES: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [1, 1],
  [2, 2],
  [3, 2],
  [UINT32, 4],
  [5, 4],
  [6, 4],
  [7, 1],
  [10, 8],
  [11, 8],
  [12, 8],
])

interface Declared {
  readonly name: string
  readonly type: GgmlType
  readonly shape: readonly number[]
  /** Bytes, from the header's sizes. */
  readonly length: number
  /** Bytes from where the tensors begin. */
  readonly offset: number
}

/** Whether a file that begins with these bytes claims to be one. */
export function isGguf(beginning: Uint8Array): boolean {
  return beginning.length >= 4 && Buffer.from(beginning.subarray(0, 4)).readUInt32LE() === MAGIC
}

/**
 * The tensors of a GGUF file, version 2 or 3, little-endian. As strict as the reference: tensors follow each other in the order of the
 * header, each on the next multiple of the alignment, and nothing follows the last. Stricter in that a dimension is never 0, on
 * which readers differ. Metadata is checked for its form and not kept.
 *
 * @param sizeBytes of the whole file
 * @throws {AppError} REQUEST_INVALID for anything else, with what is wrong but no words out of the file
 * @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export async function readGgufIndex(read: ReadRange, sizeBytes: number): Promise<TensorIndex> {
  const header = new HeaderReader('GGUF', read, sizeBytes)
  await header.need(24)
  if (header.u32() !== MAGIC) throw invalid('it does not begin with GGUF')
  checkVersion(header.u32())
  const tensors = header.u64()
  const keys = header.u64()
  if (tensors > MAX_TENSORS) throw invalid(`it has more than ${MAX_TENSORS} tensors`)
  if (keys > MAX_METADATA_KEYS) throw invalid(`it has more than ${MAX_METADATA_KEYS} pieces of metadata`)
  const alignment = await readAlignment(header, keys)
  return place(await readDeclared(header, tensors), header.position, alignment, sizeBytes)
}

function checkVersion(version: number): void {
  if (VERSIONS.has(version)) return
  if (version !== 0 && (version & 0xffff) === 0) throw invalid('it is big-endian, which is not supported')
  throw invalid('its version is neither 2 nor 3')
}

/** Goes through all metadata, of which only the alignment says where tensors lie. */
async function readAlignment(header: HeaderReader, keys: number): Promise<number> {
  const seen = new Set<string>()
  let alignment = DEFAULT_ALIGNMENT
  for (let i = 0; i < keys; i++) {
    const key = await header.text(MAX_NAME_BYTES)
    if (!ASCII.test(key)) throw invalid(`the key of metadata ${i} is not ASCII`)
    if (seen.has(key)) throw invalid(`the key of metadata ${i} stands twice`)
    seen.add(key)
    await header.need(4)
    const kind = header.u32()
    if (key === 'general.alignment') alignment = await readAlignmentValue(header, kind)
    else await skipValue(header, kind)
  }
  return alignment
}

async function readAlignmentValue(header: HeaderReader, kind: number): Promise<number> {
  if (kind !== UINT32) throw invalid('its alignment is not a number of 32 bits')
  await header.need(4)
  const alignment = header.u32()
  if (alignment < 1 || alignment > MAX_ALIGNMENT || (alignment & (alignment - 1)) !== 0)
    throw invalid(`its alignment is not a power of two up to ${MAX_ALIGNMENT}`)
  return alignment
}

async function skipValue(header: HeaderReader, kind: number): Promise<void> {
  if (kind !== ARRAY) return skipValues(header, kind, 1)
  await header.need(12)
  const elements = header.u32()
  return skipValues(header, elements, header.u64())
}

/** Arrays of arrays, which the specification has and no reader takes, are refused by their kind. */
async function skipValues(header: HeaderReader, kind: number, count: number): Promise<void> {
  const bytes = kind === STRING ? 8 : SCALAR_BYTES.get(kind)
  if (bytes === undefined) throw invalid('a value of its metadata is of an unknown kind')
  if (count > header.remaining / bytes) throw invalid('an array of its metadata is longer than its header')
  if (kind !== STRING) return header.skip(count * bytes)
  for (let i = 0; i < count; i++) {
    if (!header.has(8)) await header.need(8)
    header.skip(header.u64())
  }
}

async function readDeclared(header: HeaderReader, count: number): Promise<Declared[]> {
  const declared: Declared[] = []
  const names = new Set<string>()
  for (let i = 0; i < count; i++) {
    const name = checkTensorName('GGUF', await header.text(MAX_NAME_BYTES), i)
    if (names.has(name)) throw invalid(`the name of tensor ${i} stands twice`)
    names.add(name)
    declared.push(await readShape(header, name, i))
  }
  return declared
}

async function readShape(header: HeaderReader, name: string, position: number): Promise<Declared> {
  await header.need(4)
  const dimensions = header.u32()
  if (dimensions > MAX_DIMENSIONS) throw invalid(`tensor ${position} has more than ${MAX_DIMENSIONS} dimensions`)
  await header.need(dimensions * 8 + 12)
  const sizes = Array.from({ length: dimensions }, () => header.u64())
  const type = ggmlType(header.u32())
  if (type === undefined) throw invalid(`the type of tensor ${position} is unknown`)
  const row = sizes[0] ?? 1
  if (row % type.blockElements !== 0) throw invalid(`a row of tensor ${position} is not a whole number of blocks`)
  const length = sizes.slice(1).reduce((bytes, size) => bytes * size, (row / type.blockElements) * type.blockBytes)
  // Beyond 2^53 a product is rounded, but never back below it.
  if (length === 0 || !Number.isSafeInteger(length)) throw invalid(`the shape of tensor ${position} is not possible`)
  return { name, type, shape: sizes.toReversed(), length, offset: header.u64() }
}

function place(declared: readonly Declared[], headerEnd: number, alignment: number, sizeBytes: number): Tensor[] {
  const begin = pad(headerEnd, alignment)
  let end = headerEnd
  let next = 0
  const tensors = declared.map(({ name, type, shape, length, offset }, position) => {
    if (offset !== next) throw invalid(`tensor ${position} does not begin where the one before it ends`)
    const start = begin + offset
    end = start + length
    if (end > sizeBytes) throw invalid(`tensor ${position} reaches beyond the file's end`)
    next = pad(offset + length, alignment)
    return { name, dtype: type.name, shape, start, length }
  })
  if (sizeBytes > pad(end, alignment)) throw invalid('something follows its last tensor')
  return tensors
}

function pad(position: number, alignment: number): number {
  return Math.ceil(position / alignment) * alignment
}

function invalid(what: string): Error {
  return malformed('GGUF', what)
}
