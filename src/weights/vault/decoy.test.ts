import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DecoyFile, decoyFile } from './decoy.ts'
import { readTensorIndex } from './formats/index.ts'

const MIB = 1024 ** 2
const seed = Buffer.alloc(32, 7)

async function bytesOf(file: DecoyFile): Promise<Buffer> {
  const blocks: Buffer[] = []
  for await (const block of file.stream()) blocks.push(block)
  return Buffer.concat(blocks)
}

describe('a decoy', () => {
  it('is a whole safetensors file with the tensors of a decoder', async () => {
    const file = decoyFile({ sizeBytes: 3 * MIB, seed })
    const bytes = await bytesOf(file)
    expect(bytes.length).toBe(file.sizeBytes)
    const tensors = await readTensorIndex(
      'model.safetensors',
      async (at, length) => bytes.subarray(at, at + length),
      bytes.length,
    )
    const names = tensors?.map(({ name }) => name)
    expect(names).toContain('model.layers.0.self_attn.q_proj.weight')
    expect(names).toContain('lm_head.weight')
    expect(new Set(tensors?.map(({ dtype }) => dtype))).toEqual(new Set(['BF16']))
  })

  it('has numbers as a trained model has them: small, around nothing, and no two blocks alike', async () => {
    const bytes = await bytesOf(decoyFile({ sizeBytes: 3 * MIB, seed }))
    const tensors = await readTensorIndex(
      'model.safetensors',
      async (at, length) => bytes.subarray(at, at + length),
      bytes.length,
    )
    const { start, length } = tensors?.find(({ name }) => name === 'model.embed_tokens.weight') ?? {
      start: 0,
      length: 0,
    }
    const values = Array.from({ length: length / 2 }, (_, i) => bfloat(bytes.readUInt16LE(start + 2 * i)))
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
    expect(Math.abs(mean)).toBeLessThan(0.002)
    expect(deviation).toBeCloseTo(0.02, 2)
    expect(values.every(Number.isFinite)).toBe(true)
    expect(bytes.subarray(MIB, MIB + 4096).equals(bytes.subarray(MIB + 4096, MIB + 8192))).toBe(false)
  })

  it('is the same again from the same seed, and another from another one', async () => {
    const digest = async (file: DecoyFile) =>
      createHash('sha256')
        .update(await bytesOf(file))
        .digest('hex')
    const file = decoyFile({ sizeBytes: MIB, seed })
    const first = await digest(file)
    expect(await digest(file)).toBe(first)
    expect(await digest(decoyFile({ sizeBytes: MIB, seed: Buffer.alloc(32, 8) }))).not.toBe(first)
  })

  it('has about the size that is wanted, without making it', () => {
    fc.assert(
      fc.property(fc.double({ min: Math.log2(MIB), max: 41.9, noNaN: true }), (log) => {
        const wanted = 2 ** log
        const { sizeBytes } = decoyFile({ sizeBytes: wanted, seed })
        expect(Math.abs(sizeBytes / wanted - 1)).toBeLessThan(0.1)
      }),
    )
  })

  it('is refused with an impossible size or seed', () => {
    for (const [sizeBytes, seed] of [
      [0, 32],
      [-1, 32],
      [2 ** 50, 32],
      [Number.NaN, 32],
      [MIB, 16],
    ] as const)
      expect(() => decoyFile({ sizeBytes, seed: Buffer.alloc(seed) })).toThrow(
        expect.objectContaining({ code: 'REQUEST_INVALID' }),
      )
  })
})

function bfloat(bits: number): number {
  return new Float32Array(new Uint32Array([bits << 16]).buffer)[0] ?? Number.NaN
}
