import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openCheckpoint } from './checkpoint.ts'
import { TlogError } from './error.ts'
import { leafHash } from './hash.ts'
import { parseVkey } from './key.ts'
import { verifyConsistency } from './proof.ts'
import { formatBundle, parseBundle, parseTilePath, partialTiles, tilePath, tileWidth } from './tile.ts'
import { TileReader } from './tile-reader.ts'
import { verifyLog } from './verify-log.ts'

const log: { vkey: string; files: Record<string, string> } = JSON.parse(
  readFileSync(new URL('../../../test/vectors/ledger/tlog-tiles-log.json', import.meta.url), 'utf8'),
)
const files = new Map(Object.entries(log.files).map(([path, base64]) => [path, Buffer.from(base64, 'base64')]))
const source = { read: async (path: string) => files.get(path) ?? null }
const key = parseVkey(log.vkey)
const checkpointAt = (size: number) => openCheckpoint(files.get(`checkpoint.${size}`) as Buffer, key)

describe('a published tlog-tiles log', () => {
  it.each(Array.from({ length: 16 }, (_, size) => size))('verifies at size %i', async (size) => {
    const checkpoint = await checkpointAt(size)
    expect(checkpoint.size).toBe(size)
    await verifyLog(source, checkpoint)
  })

  it('is consistent between all its sizes', async () => {
    for (let to = 1; to <= 15; to++)
      for (let from = 1; from <= to; from++) {
        const proof = await new TileReader(source, to).consistencyProof(from)
        const [first, second] = [await checkpointAt(from), await checkpointAt(to)]
        verifyConsistency(from, to, proof, first.root, second.root)
      }
  })

  it('does not verify when any one byte of an entry or tile is changed', async () => {
    for (const path of ['tile/entries/000.p/15', 'tile/0/000.p/15']) {
      const original = files.get(path) as Buffer
      for (let at = 0; at < original.length; at++) {
        const changed = Buffer.from(original)
        changed[at] = (changed[at] as number) ^ 1
        const broken = { read: async (name: string) => (name === path ? changed : source.read(name)) }
        await expect(verifyLog(broken, await checkpointAt(15))).rejects.toThrow(TlogError)
      }
    }
  })
})

describe('tile paths', () => {
  it('group the index as the specification shows', () => {
    expect(tilePath({ level: 0, index: 1_234_067, width: 256 })).toBe('tile/0/x001/x234/067')
    expect(tilePath({ level: 'entries', index: 0, width: 7 })).toBe('tile/entries/000.p/7')
  })

  it('are read back', () => {
    const level = fc.oneof(fc.constant('entries' as const), fc.nat(63))
    fc.assert(
      fc.property(level, fc.maxSafeInteger(), fc.integer({ min: 1, max: 256 }), (at, index, width) => {
        const tile = { level: at, index: Math.abs(index), width }
        expect(parseTilePath(tilePath(tile))).toEqual(tile)
      }),
    )
  })

  it.each([
    'tile/0/x000/001',
    'tile/64/000',
    'tile/00/000',
    'tile/0/1',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/../../key',
    'tile/0/001/x001',
    'tile/0/000/',
    'x',
    '',
  ])('refuse %j', (path) => expect(parseTilePath(path)).toBeNull())

  it('name the tiles of the example tree of 70,000', () => {
    expect(partialTiles(70_000)).toEqual([
      { level: 0, index: 273, width: 112 },
      { level: 1, index: 1, width: 17 },
      { level: 2, index: 0, width: 1 },
    ])
    expect([tileWidth(0, 272, 70_000), tileWidth(1, 0, 70_000), tileWidth(0, 274, 70_000)]).toEqual([256, 256, 0])
  })
})

describe('entry bundles', () => {
  it('are read back', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 256 }), (entries) => {
        const parsed = parseBundle(formatBundle(entries), entries.length)
        expect(parsed.map((entry) => Buffer.from(entry))).toEqual(entries.map((entry) => Buffer.from(entry)))
      }),
    )
  })

  it('are refused when cut off, too long, or miscounted', () => {
    const bundle = formatBundle([Buffer.from('a'), Buffer.from('bc')])
    expect(() => parseBundle(bundle.subarray(0, -1), 2)).toThrow(TlogError)
    expect(() => parseBundle(Buffer.concat([bundle, Buffer.of(0)]), 2)).toThrow(TlogError)
    expect(() => parseBundle(bundle, 1)).toThrow(TlogError)
    expect(() => parseBundle(bundle, 3)).toThrow(TlogError)
    expect(() => formatBundle([Buffer.alloc(65_536)])).toThrow(TlogError)
  })

  it('hash to their tile', () => {
    const leaves = parseBundle(files.get('tile/entries/000.p/15') as Buffer, 15).map(leafHash)
    expect(Buffer.concat(leaves)).toEqual(files.get('tile/0/000.p/15'))
  })
})
