import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ManualClock } from '../../../base/clock.ts'
import { decoyFile } from '../decoy.ts'
import {
  Known,
  SCAN_DEFAULTS,
  type ScanFinding,
  type ScanGap,
  type ScanOptions,
  type ScanSummary,
  scanForWeights,
} from './index.ts'

const MIB = 1024 ** 2
let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'safelevel-scan-'))
})
afterEach(() => {
  rmSync(dir, { recursive: true, force: true })
})

function plant(path: string, ...bytes: readonly (Buffer | string)[]): string {
  const at = join(dir, path)
  mkdirSync(dirname(at), { recursive: true })
  writeFileSync(at, Buffer.concat(bytes.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part))))
  return at
}

interface Result {
  readonly found: ScanFinding[]
  readonly gaps: ScanGap[]
  readonly summary: ScanSummary
  /** Format by path within the folder. */
  readonly formats: Record<string, string>
}

async function scan(over: Partial<ScanOptions> = {}, paths: readonly string[] = [dir]): Promise<Result> {
  const scanning = scanForWeights(paths, {
    ...SCAN_DEFAULTS,
    known: null,
    allowed: [],
    clock: new ManualClock(),
    ...over,
  })
  const found: ScanFinding[] = []
  const gaps: ScanGap[] = []
  for (;;) {
    const { done, value } = await scanning.next()
    if (done === true) {
      const formats = found.map(({ path, format, within }) => [
        path.slice(dir.length + 1),
        within === null ? format : `${format} in ${within}`,
      ])
      return { found, gaps, summary: value, formats: Object.fromEntries(formats) }
    }
    if (value.type === 'found') found.push(value)
    else gaps.push(value)
  }
}

async function safetensors(sizeBytes = 2 * MIB, seed = 1): Promise<Buffer> {
  const file = decoyFile({ path: 'model.safetensors', sizeBytes, seed: Buffer.alloc(32, seed) })
  const blocks: Buffer[] = []
  for await (const block of file.range(0, file.sizeBytes)) blocks.push(block)
  return Buffer.concat(blocks)
}

const noise = (length = 2 * MIB) => randomBytes(length)
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** Numbers of a normal distribution. */
function gaussian(count: number): Float32Array {
  const uniform = new Uint32Array(noise(8 * count).buffer)
  return Float32Array.from({ length: count }, (_, i) => {
    const radius = Math.sqrt(-2 * Math.log(((uniform[2 * i] ?? 0) + 1) / 2 ** 32))
    return 0.02 * radius * Math.cos((2 * Math.PI * (uniform[2 * i + 1] ?? 0)) / 2 ** 32)
  })
}
const upperHalves = (floats: Float32Array) =>
  Buffer.from(Uint16Array.from(new Uint32Array(floats.buffer), (bits) => bits >>> 16).buffer)

/** Numbers of 16 bits as IEEE 754 has them: those here are normal and within range. */
function half(floats: Float32Array): Buffer {
  const bits = new Uint32Array(floats.buffer)
  const halves = Uint16Array.from(bits, (word) => ((word >>> 16) & 0x8000) | (((word >>> 13) & 0x3_ffff) - (112 << 10)))
  return Buffer.from(halves.buffer)
}

/** Half of an archive: one stored member, and a directory that names it. */
function zip(name: string, content: Buffer): Buffer {
  const local = Buffer.alloc(30)
  local.writeUInt32LE(0x04034b50, 0)
  local.writeUInt16LE(name.length, 26)
  const entry = Buffer.alloc(46)
  entry.writeUInt32LE(0x02014b50, 0)
  entry.writeUInt32LE(content.length, 24)
  entry.writeUInt16LE(name.length, 28)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt32LE(46 + name.length, 12)
  end.writeUInt32LE(30 + name.length + content.length, 16)
  return Buffer.concat([local, Buffer.from(name), content, entry, Buffer.from(name), end])
}

describe('what is found', () => {
  it('is every kind of weights, whatever it is called', async () => {
    const tensors = await safetensors()
    plant('holiday.mp4', tensors)
    plant('notes.txt', 'GGUF\x03\0\0\0', noise())
    plant('old', 'tjgg', noise())
    plant('a.bin', zip('archive/data.pkl', noise()))
    plant('arrays', zip('arr_0.npy', noise()))
    plant('keras', zip('model.weights.h5', noise()))
    plant('shared.zip', zip('x/model.safetensors', tensors))
    plant('legacy.dat', Buffer.from('80028a0a6cfc9c46f9206aa85019', 'hex'), '.', noise())
    plant('p.bin', '\x80\x04ctorch._utils\n_rebuild_tensor_v2\n', noise())
    plant('h', Buffer.from('894844460d0a1a0a', 'hex'), noise())
    plant('n', Buffer.from('934e554d50590100', 'hex'), noise())
    plant('t', '\0\0\0\0TFL3', noise())
    plant('o', Buffer.from('08081207', 'hex'), 'pytorch', Buffer.from('3a80808001', 'hex'), noise(3 * MIB))
    plant('squeezed', gzipSync(tensors, { level: 1 }))
    plant('pressed', zstdCompressSync(tensors))
    execFileSync('tar', ['-cf', join(dir, 'bundle'), '-C', dir, 'holiday.mp4'])
    execFileSync('tar', ['-czf', join(dir, 'bundle.tgz'), '-C', dir, 'holiday.mp4'])
    expect((await scan()).formats).toEqual({
      'holiday.mp4': 'safetensors',
      'notes.txt': 'gguf',
      old: 'ggml',
      'a.bin': 'pytorch',
      arrays: 'numpy',
      keras: 'keras',
      'shared.zip': 'safetensors in zip',
      'legacy.dat': 'pytorch',
      'p.bin': 'pickle',
      h: 'hdf5',
      n: 'numpy',
      t: 'tflite',
      o: 'onnx',
      squeezed: 'safetensors in gzip',
      pressed: 'safetensors in zstd',
      bundle: 'safetensors in tar',
      'bundle.tgz': 'safetensors in gzip',
    })
  })

  it('is numbers without a header, in the four common types, also after something else', async () => {
    const floats = gaussian(1_100_000)
    const halves = upperHalves(floats)
    plant('f32.jpg', Buffer.from(floats.buffer))
    plant('bf16', halves, halves)
    plant('f64', Buffer.from(Float64Array.from(floats, (value) => value * Math.PI).buffer))
    plant('f32.log.gz', gzipSync(Buffer.from(floats.buffer), { level: 1 }))
    plant('f16', half(floats), half(floats))
    plant('variables.data-00000-of-00001', Buffer.from(floats.buffer))
    plant('disguised.wav', 'RIFF....WAVEfmt ', Buffer.alloc(97, 1), halves, halves)
    expect((await scan()).formats).toEqual({
      'f32.jpg': 'numbers',
      bf16: 'numbers',
      f64: 'numbers',
      'f32.log.gz': 'numbers in gzip',
      f16: 'numbers',
      'variables.data-00000-of-00001': 'tensorflow-checkpoint',
      'disguised.wav': 'numbers',
    })
  })

  it('is a large file that tells nothing, if it is named like weights', async () => {
    for (const name of [
      'model.bin',
      'layer.weights',
      'lora-7.dat',
      'consolidated.00',
      'x.msgpack',
      'pytorch_model-00001.dat',
    ])
      plant(name, noise(5 * MIB))
    for (const name of ['backup.enc', 'photo.raw', 'disk.img', 'loading.dat', 'binary']) plant(name, noise(5 * MIB))
    expect(Object.keys((await scan()).formats).sort()).toEqual(
      ['consolidated.00', 'layer.weights', 'lora-7.dat', 'model.bin', 'pytorch_model-00001.dat', 'x.msgpack'].sort(),
    )
  })

  it('is nothing innocent', async () => {
    const sound = Int16Array.from({ length: 3 * MIB }, (_, i) => 9_000 * Math.sin(i / 20) + 4_000 * Math.random())
    plant('pcm.wav', Buffer.from(sound.buffer))
    plant('counters', Buffer.from(Uint32Array.from({ length: 2 * MIB }, (_, i) => i * 7).buffer))
    plant('words.bin', 'the weights of the model are elsewhere; '.repeat(200_000))
    plant('zeros.bin', Buffer.alloc(6 * MIB))
    plant('office.docx', zip('word/document.xml', noise(5 * MIB)))
    plant('package.whl', zip('distutils-precedence.pth', Buffer.alloc(30_000, 'import os; ')))
    plant('source.tar.gz', gzipSync('int main(void) { return 0; }\n'.repeat(400_000)))
    plant('notes.pkl', '\x80\x04ccollections\nOrderedDict\n', 'x'.repeat(2 * MIB))
    plant('proto.pb', Buffer.from('0a05', 'hex'), 'hello', noise())
    plant('data.json', '{"a": [', '{"dtype": "F32"},'.repeat(200_000), '0]}')
    writeFileSync(
      join(dir, 'program'),
      Buffer.concat([Buffer.from('\x7fELF'), randomBytes(4_096), Buffer.alloc(6 * MIB, 'mov rax; ')]),
    )
    const { formats, summary } = await scan({ minBytes: 10_000 })
    expect(formats).toEqual({})
    expect(summary).toMatchObject({ examined: 11, found: 0, verdict: 'clean' })
  })

  it('is no smaller than it was asked for', async () => {
    plant('small', 'GGUF', noise(MIB - 5))
    expect((await scan()).found).toEqual([])
    expect((await scan({ minBytes: 1_000 })).formats).toEqual({ small: 'gguf' })
  })
})

describe('what the vault knows', () => {
  it('is told by its bytes, and approved in the place of its registered copy alone', async () => {
    const [one, two] = [await safetensors(2 * MIB, 1), await safetensors(2 * MIB, 2)]
    const raw = noise(3 * MIB)
    plant('copy/model.safetensors', one)
    plant('copy/inner/other.safetensors', two)
    plant('copy-of-it/model.safetensors', one)
    plant('desk/raw', raw)
    plant('desk/changed', one.subarray(0, -1), 'x')
    const files = [one, two, raw].map((bytes, i) => ({
      version: `m/${Math.min(i, 1)}`,
      path: `f${i}`,
      sizeBytes: bytes.length,
      sha256: sha256(bytes),
    }))
    const copies = [
      { id: 'cpy_1', version: 'm/0', place: `here:${dir}/copy/` },
      { id: 'cpy_2', version: 'm/1', place: `elsewhere:${dir}/copy` },
      { id: 'cpy_3', version: 'm/1', place: 'a safe in the cellar' },
    ]
    const { found, summary } = await scan({ known: new Known(files, copies, 'here') })
    const told = Object.fromEntries(
      found.map(({ path, standing, version, file, copy }) => [
        path.slice(dir.length + 1),
        [standing, version, file, copy],
      ]),
    )
    expect(told).toEqual({
      'copy/model.safetensors': ['registered', 'm/0', 'f0', 'cpy_1'],
      'copy/inner/other.safetensors': ['stray', 'm/1', 'f1', null],
      'copy-of-it/model.safetensors': ['stray', 'm/0', 'f0', null],
      'desk/raw': ['stray', 'm/1', 'f2', null],
      'desk/changed': ['unknown', null, null, null],
    })
    expect(summary).toMatchObject({ found: 5, unapproved: 4, verdict: 'found' })
  })

  it('is not made allowed by its place, as others’ models are', async () => {
    const mine = await safetensors()
    plant('cache/mine', mine)
    plant('cache/theirs', 'GGUF', noise())
    plant('cachet/theirs', 'GGUF', noise())
    const known = new Known([{ version: 'm/1', path: 'f', sizeBytes: mine.length, sha256: sha256(mine) }], [], 'here')
    const { found } = await scan({ known, allowed: [`${dir}/cache/`] })
    expect(Object.fromEntries(found.map(({ path, standing }) => [path.slice(dir.length + 1), standing]))).toEqual({
      'cache/mine': 'stray',
      'cache/theirs': 'allowed',
      'cachet/theirs': 'unknown',
    })
  })
})

describe('the walk', () => {
  it('follows no link, waits for no pipe, and passes over devices and the kernel', async () => {
    const real = plant('real/model.gguf', 'GGUF', noise())
    symlinkSync(real, join(dir, 'link.gguf'))
    symlinkSync(dir, join(dir, 'real', 'round'))
    execFileSync('mkfifo', [join(dir, 'pipe')])
    const { formats, summary } = await scan()
    expect(formats).toEqual({ 'real/model.gguf': 'gguf' })
    expect(summary).toMatchObject({ passedOver: 3, gaps: 0 })
    expect((await scan({}, ['/proc', '/dev/null'])).summary).toMatchObject({
      passedOver: 2,
      examined: 0,
      verdict: 'clean',
    })
  })

  it('says where it could not go, and is not clean then', async () => {
    plant('a/b/c/model.gguf', 'GGUF', noise())
    expect(await scan({ maxDepth: 1 })).toMatchObject({
      gaps: [{ path: `${dir}/a/b`, why: 'too-deep' }],
      summary: { verdict: 'incomplete' },
    })
    expect(await scan({ maxEntries: 2 })).toMatchObject({
      gaps: [{ why: 'too-many' }],
      summary: { verdict: 'incomplete' },
    })
    const none = join(dir, 'none')
    expect(await scan({}, [none])).toMatchObject({
      gaps: [{ path: none, why: 'failed' }],
      summary: { verdict: 'incomplete' },
    })
  })

  it.skipIf(process.getuid?.() === 0)('says what it may not read', async () => {
    chmodSync(plant('secret', 'GGUF', noise()), 0)
    expect(await scan()).toMatchObject({ gaps: [{ why: 'permission' }], summary: { verdict: 'incomplete' } })
  })

  it('shows names that are no text, and takes one file as well as a folder', async () => {
    const odd = Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0x6d, 0xff, 0x5c])])
    writeFileSync(odd, Buffer.concat([Buffer.from('GGUF'), noise()]))
    const { found } = await scan()
    expect(found.map(({ path }) => path)).toEqual([`${dir}/m\\xff\\\\`])
    const one = plant('one.gguf', 'GGUF', noise())
    expect((await scan({}, [one])).formats).toEqual({ 'one.gguf': 'gguf' })
  })

  it('reads little of what is huge and empty, and ends when it is told', async () => {
    truncateSync(plant('sparse.bin', 'x'), 2 ** 42)
    const zipped = plant('sparse.zip', zip('a', Buffer.alloc(0)))
    truncateSync(zipped, 2 ** 40)
    appendFileSync(zipped, Buffer.alloc(30))
    const startedMs = performance.now()
    expect((await scan()).found).toEqual([])
    expect(performance.now() - startedMs).toBeLessThan(3_000)
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(scan({ signal })).rejects.toThrow('enough')
  })

  it('survives headers that lie', async () => {
    const u64 = (value: bigint) => {
      const bytes = Buffer.alloc(8)
      bytes.writeBigUInt64LE(value)
      return bytes
    }
    plant('a', u64(2n ** 63n), '{"a":{', noise())
    plant('b', u64(99_000_000n), '{"a":{', noise())
    plant('c.zip', 'PK\x03\x04', noise())
    plant(
      'd.zip',
      'PK\x03\x04',
      noise(),
      Buffer.from('504b0607', 'hex'),
      u64(2n ** 60n),
      Buffer.alloc(8),
      Buffer.from('504b0506', 'hex'),
      Buffer.alloc(18, 0xff),
    )
    plant('e.gz', Buffer.from('1f8b', 'hex'), noise())
    plant('bomb.gz', gzipSync(Buffer.alloc(40 * MIB)), noise(MIB))
    plant('bomb.zst', zstdCompressSync(Buffer.alloc(40 * MIB)), noise(MIB))
    const tar = Buffer.alloc(512)
    tar.write('x', 0)
    tar.write('77777777777', 124)
    tar.write('ustar', 257)
    plant('f.tar', tar, noise())
    plant('g.tar', ...Array.from({ length: 4_000 }, () => Buffer.concat([tar.fill('00000000000', 124, 135)])))
    const { found, gaps, summary } = await scan()
    expect({ found, gaps }).toEqual({ found: [], gaps: [] })
    expect(summary.examined).toBe(9)
  })

  it('tells how far it is', async () => {
    for (let i = 0; i < 70; i++) plant(`f${i}`, Buffer.alloc(MIB))
    const seen: number[] = []
    await scan({ onProgress: ({ examined }) => seen.push(examined) })
    expect(seen).toEqual([64, 70])
  })
})
