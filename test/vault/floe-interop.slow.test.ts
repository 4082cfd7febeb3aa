import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { FloeReader, fileAad, fileSource } from '../../src/weights/vault/floe/index.ts'
import { sealBytes } from '../support/floe.ts'
import { isRequired } from '../support/required.ts'
import vectors from '../vectors/floe.json' with { type: 'json' }

const goDir = fileURLToPath(new URL('floe-go', import.meta.url))
const required = isRequired('go')
const folder = mkdtempSync(join(tmpdir(), 'safelevel-floe-go-'))
const binary = join(folder, 'floe-go')
const built = spawnSync('go', ['build', '-o', binary, '.'], { cwd: goDir, encoding: 'utf8', timeout: 120_000 })
const ready = built.status === 0
if (!ready && !required)
  process.stderr.write(`SKIPPED: FLOE by a second implementation needs Go: ${built.error?.message ?? built.stderr}\n`)

const key = randomBytes(32)
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024

function go(command: 'seal' | 'open', segmentBytes: number, aad: Buffer, input: Buffer): Buffer {
  const { status, stdout, stderr } = spawnSync(
    binary,
    [command, `${segmentBytes}`, key.toString('hex'), aad.toString()],
    { input, maxBuffer: MAX_OUTPUT_BYTES },
  )
  if (status !== 0) throw new Error(stderr.toString())
  return stdout
}

const aadOf = (sizeBytes: number) => fileAad({ model: 'atlas', version: '1', path: 'weights/ä.gguf', sizeBytes })

describe.skipIf(!ready && !required)('a second implementation of FLOE, in Go', () => {
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each(vectors.cases)('opens the published vector $name', ({ segmentBytes, rotationBits, plainHex, cipherHex }) => {
    const args = ['open', `${segmentBytes}`, vectors.keyHex, vectors.aad, `${rotationBits ?? 20}`]
    const { stdout } = spawnSync(binary, args, { input: Buffer.from(cipherHex, 'hex') })
    expect(stdout.toString('hex')).toBe(plainHex)
  })

  it.each([
    [0, 262_144],
    [1, 262_144],
    [262_112, 262_144],
    [262_113, 262_144],
    [3_000_001, 262_144],
    [3_000_001, 1_048_576],
    [997, 33],
  ])('opens what is sealed here, and the other way round: %i bytes in segments of %i', async (size, segmentBytes) => {
    const plain = randomBytes(size)
    const aad = aadOf(size)
    const options = { key, aad, sizeBytes: size, segmentBytes }
    const bytes = await sealBytes(plain, options)
    expect(go('open', segmentBytes, aad, bytes).equals(plain)).toBe(true)
    expect(() => go('open', segmentBytes, aadOf(size + 1), bytes)).toThrow("the header's tag does not hold")

    await using theirs = await open(join(folder, `${size}-${segmentBytes}`), 'wx+')
    await theirs.writeFile(go('seal', segmentBytes, aad, plain))
    using reader = await FloeReader.open(fileSource(theirs), options)
    expect((await reader.read(0, size)).equals(plain)).toBe(true)
  })

  it('changes keys where we do: at the segment 2^20', { timeout: 120_000 }, async () => {
    const size = 2 ** 20 + 10
    const plain = randomBytes(size)
    const options = { key, aad: aadOf(size), sizeBytes: size, segmentBytes: 33 } // one byte a segment
    await using sealed = await open(join(folder, 'rotated'), 'wx+')
    await sealed.writeFile(go('seal', 33, options.aad, plain))
    using reader = await FloeReader.open(fileSource(sealed), options)
    expect(await reader.read(2 ** 20 - 10, 20)).toEqual(plain.subarray(-20))
    expect(await reader.read(0, 10)).toEqual(plain.subarray(0, 10))
  })
})
