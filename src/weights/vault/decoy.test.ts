import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Decoy, decoyFile, decoyModel } from './decoy.ts'
import { readTensorIndex } from './formats/index.ts'

const MIB = 1024 ** 2
const seed = Buffer.alloc(32, 7)
const path = 'model.safetensors'

async function bytesOf({ sizeBytes, range }: Decoy, start = 0, length = sizeBytes): Promise<Buffer> {
  const blocks: Buffer[] = []
  for await (const block of range(start, length)) blocks.push(block)
  return Buffer.concat(blocks)
}
const indexOf = (file: Decoy) =>
  readTensorIndex(file.path, (start, length) => bytesOf(file, start, length), file.sizeBytes)

describe('a decoy', () => {
  it('is a whole safetensors file with the tensors of a decoder', async () => {
    const file = decoyFile({ path, sizeBytes: 3 * MIB, seed })
    expect((await bytesOf(file)).length).toBe(file.sizeBytes)
    const tensors = await indexOf(file)
    const names = tensors?.map(({ name }) => name)
    expect(names).toContain('model.layers.0.self_attn.q_proj.weight')
    expect(names).toContain('lm_head.weight')
    expect(new Set(tensors?.map(({ dtype }) => dtype))).toEqual(new Set(['BF16']))
  })

  it('has numbers as a trained model has them: small, around nothing, and no two blocks alike', async () => {
    const file = decoyFile({ path, sizeBytes: 3 * MIB, seed })
    const tensors = await indexOf(file)
    const valuesOf = async (name: string) => {
      const { start, length } = tensors?.find((tensor) => tensor.name === name) ?? { start: 0, length: 0 }
      const bytes = await bytesOf(file, start, length)
      return Array.from({ length: length / 2 }, (_, i) => bfloat(bytes.readUInt16LE(2 * i)))
    }
    const values = await valuesOf('model.embed_tokens.weight')
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
    expect(Math.abs(mean)).toBeLessThan(0.002)
    expect(deviation).toBeCloseTo(0.02, 2)
    expect(Math.max(...(await valuesOf('model.norm.weight')).map((gain) => Math.abs(gain - 1)))).toBeLessThan(0.4)
    const bytes = await bytesOf(file)
    expect(bytes.subarray(MIB, MIB + 4096).equals(bytes.subarray(MIB + 4096, MIB + 8192))).toBe(false)
  })

  it('has the same bytes from every place, in blocks of a MiB at most', async () => {
    const file = decoyFile({ path, sizeBytes: 3 * MIB, seed })
    const whole = await bytesOf(file)
    const at = fc.integer({ min: 0, max: file.sizeBytes })
    await fc.assert(
      fc.asyncProperty(at, fc.integer({ min: 0, max: 3 * MIB }), async (start, length) => {
        const part = await bytesOf(file, start, length)
        expect(part.equals(whole.subarray(start, start + length))).toBe(true)
        for await (const block of file.range(start, length)) expect(block.length).toBeLessThanOrEqual(MIB)
      }),
      { numRuns: 20 },
    )
  })

  it('is the same again from the same seed, and another from another one', async () => {
    const digest = async (seed: Buffer) =>
      createHash('sha256')
        .update(await bytesOf(decoyFile({ path, sizeBytes: MIB, seed })))
        .digest('hex')
    expect(await digest(seed)).toBe(await digest(Buffer.from(seed)))
    expect(await digest(seed)).not.toBe(await digest(Buffer.alloc(32, 8)))
  })

  it('has about the size that is wanted, without making it', () => {
    fc.assert(
      fc.property(fc.double({ min: Math.log2(MIB), max: 41.9, noNaN: true }), (log) => {
        const wanted = 2 ** log
        const sizeBytes = decoyModel({ sizeBytes: wanted, seed }).reduce((sum, file) => sum + file.sizeBytes, 0)
        expect(Math.abs(sizeBytes / wanted - 1)).toBeLessThan(0.1)
      }),
      { numRuns: 30 },
    )
  })

  it('of a large model has its files and their index, each of which can be read', async () => {
    const files = decoyModel({ sizeBytes: 16e9, seed })
    const shards = files.filter((file) => file.path.endsWith('.safetensors'))
    expect(files.map((file) => file.path)).toEqual([
      'config.json',
      'model.safetensors.index.json',
      ...shards.map((_, i) => `model-0000${i + 1}-of-0000${shards.length}.safetensors`),
    ])
    const [config, index] = await Promise.all(
      files.slice(0, 2).map(async (file) => JSON.parse((await bytesOf(file)).toString())),
    )
    const listed: string[] = []
    for (const shard of shards) {
      expect(shard.sizeBytes).toBeLessThan(5.1e9)
      const names = (await indexOf(shard))?.map(({ name }) => name) ?? []
      for (const name of names) expect(index.weight_map[name]).toBe(shard.path)
      listed.push(...names)
    }
    expect(new Set(listed)).toEqual(new Set(Object.keys(index.weight_map)))
    expect(listed).toContain(`model.layers.${config.num_hidden_layers - 1}.mlp.up_proj.weight`)
    const [first, second] = await Promise.all(shards.slice(0, 2).map((shard) => bytesOf(shard, 1e9, 4_096)))
    expect(first?.equals(second ?? Buffer.alloc(0))).toBe(false)
  })

  it('is refused with an impossible size or seed', () => {
    const cases = [
      [0, 32],
      [-1, 32],
      [2 ** 50, 32],
      [Number.NaN, 32],
      [MIB, 16],
    ] as const
    for (const [sizeBytes, length] of cases)
      expect(() => decoyModel({ sizeBytes, seed: Buffer.alloc(length) })).toThrow(
        expect.objectContaining({ code: 'REQUEST_INVALID' }),
      )
  })
})

function bfloat(bits: number): number {
  return new Float32Array(new Uint32Array([bits << 16]).buffer)[0] ?? Number.NaN
}
