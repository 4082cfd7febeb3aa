import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatAddCheckpoint, parseAddCheckpoint } from './add-checkpoint.ts'
import { type Checkpoint, formatCheckpoint, openCheckpoint } from './checkpoint.ts'
import { TlogError } from './error.ts'
import { leafHash } from './hash.ts'
import { formatSkey, parseSkey, parseVkey } from './key.ts'
import {
  contradiction,
  type Misbehaviour,
  misbehaviourBetween,
  parseMisbehaviour,
  verifyMisbehaviour,
} from './misbehaviour.ts'
import { signNote } from './note.ts'
import { tilePath } from './tile.ts'
import { type LogSource, TileReader } from './tile-reader.ts'
import { checkTlogProof, formatTlogProof, parseTlogProof } from './tlog-proof.ts'
import { TreeBuilder } from './tree-builder.ts'

const signer = await parseSkey(await formatSkey('example.com/log', new Uint8Array(32).fill(1)))
const log = parseVkey(signer.vkey)

interface View {
  readonly note: string
  readonly checkpoint: Checkpoint
  readonly tiles: LogSource
}

/** What somebody is shown: `size` entries, of which those from `fork` on are marked with `mark`. */
async function view(size: number, fork = size, mark = 'x'): Promise<View> {
  const files = new Map<string, Uint8Array>()
  const tree = new TreeBuilder()
  for (let i = 0; i < size; i++)
    tree.append(leafOf(i, fork, mark), (tile, hashes) => files.set(tilePath(tile), hashes.slice()))
  for (const { tile, hashes } of tree.partials()) files.set(tilePath(tile), hashes.slice())
  const note = await signNote(formatCheckpoint({ origin: signer.name, size, root: tree.root() }), [signer])
  return { note, checkpoint: await openCheckpoint(note, log), tiles: { read: async (path) => files.get(path) ?? null } }
}

function leafOf(i: number, fork: number, mark: string): Uint8Array {
  return leafHash(Buffer.from(i < fork ? `entry ${i}` : `entry ${i} ${mark}`))
}

const sizes = fc.integer({ min: 1, max: 600 })

describe('a proof of misbehaviour', () => {
  it('falls out of any two views that fork, and is checked without either', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, sizes, fc.nat(), async (a, b, at) => {
        const [small, large] = [Math.min(a, b), Math.max(a, b)]
        const fork = at % small
        const proof = await misbehaviourBetween((await view(small, fork, 'x')).note, await view(large, fork, 'y'), log)
        const read = parseMisbehaviour(JSON.stringify(proof))
        const { older, newer } = await verifyMisbehaviour(read, log)
        expect([older.size, newer.size]).toEqual([small, large])
      }),
      { numRuns: 40 },
    )
  })

  it('can’t be made against an honest log, nor passed off', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, sizes, async (a, b) => {
        const [older, newer] = [await view(Math.min(a, b)), await view(Math.max(a, b))]
        expect(await misbehaviourBetween(older.note, newer, log)).toBeNull()
        const same = older.checkpoint.size === newer.checkpoint.size
        const honest = same
          ? []
          : await new TileReader(newer.tiles, newer.checkpoint.size).consistencyProof(older.checkpoint.size)
        const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
        const forged = [older.checkpoint.root, newer.checkpoint.root, new Uint8Array(32)].map((root) => ({
          format: 'safelevel-misbehaviour/v1' as const,
          origin: signer.name,
          older: older.note,
          newer: newer.note,
          prefixRoot: base64(root),
          consistency: honest.map(base64),
        }))
        for (const proof of forged) await expect(verifyMisbehaviour(proof, log)).rejects.toThrow(TlogError)
        expect(contradiction(older, newer, honest)).toBeNull()
      }),
      { numRuns: 40 },
    )
  })

  it('falls out of what the log itself sends a witness, unless the old size is a power of two', async () => {
    for (const size of [3, 5, 7, 100, 300]) {
      const [older, newer] = [await view(size, 1, 'x'), await view(size + 9, 1, 'y')]
      const proof = await new TileReader(newer.tiles, size + 9).consistencyProof(size)
      expect((await verifyMisbehaviour(contradiction(older, newer, proof) as Misbehaviour, log)).older.size).toBe(size)
      expect(contradiction(older, newer, proof.slice(1))).toBeNull()
      expect(contradiction(older, newer, [...proof, new Uint8Array(32)])).toBeNull()
    }
    const [older, newer] = [await view(4, 1, 'x'), await view(9, 1, 'y')]
    expect(contradiction(older, newer, await new TileReader(newer.tiles, 9).consistencyProof(4))).toBeNull()
  })

  it('holds only for the log that signed', async () => {
    const proof = await misbehaviourBetween((await view(5, 1, 'x')).note, await view(6, 1, 'y'), log)
    if (proof === null) throw new Error('no proof')
    const other = parseVkey((await parseSkey(await formatSkey('example.com/log', new Uint8Array(32).fill(9)))).vkey)
    await expect(verifyMisbehaviour(proof, other)).rejects.toThrow(TlogError)
    await expect(verifyMisbehaviour({ ...proof, origin: 'example.com/other' }, log)).rejects.toThrow(TlogError)
    await expect(verifyMisbehaviour({ ...proof, older: proof.newer, newer: proof.older }, log)).rejects.toThrow(
      TlogError,
    )
  })

  it.each([
    ['nothing', ''],
    ['an empty object', '{}'],
    ['null', 'null'],
    ['a list', '[]'],
    ['fields of other types', '{"format":"safelevel-misbehaviour/v1","origin":1}'],
    ['too much', 'x'.repeat(3_000_001)],
  ])('is malformed with %s', (_, text) =>
    expect(() => parseMisbehaviour(text)).toThrow(expect.objectContaining({ code: 'MALFORMED' })),
  )
})

describe('a tlog-proof', () => {
  it('is read as it is written, and proves its entry alone', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), fc.option(fc.uint8Array()), async (size, at, extra) => {
        const { note, checkpoint, tiles } = await view(size)
        const index = at % size
        const inclusion = await new TileReader(tiles, size).inclusionProof(index)
        const proof = parseTlogProof(formatTlogProof({ extra, index, inclusion, checkpoint: note }))
        expect(proof.checkpoint).toBe(note)
        expect(proof.extra === null ? null : Buffer.from(proof.extra)).toEqual(
          extra === null ? null : Buffer.from(extra),
        )
        checkTlogProof(proof, leafOf(index, size, ''), checkpoint)
        expect(() => checkTlogProof(proof, leafOf(index + 1, size, ''), checkpoint)).toThrow(TlogError)
      }),
      { numRuns: 40 },
    )
  })

  it.each([
    ['another header', 'c2sp.org/tlog-proof@v2\nindex 0\n\nx'],
    ['no index', 'c2sp.org/tlog-proof@v1\n\nx'],
    ['an index of 01', 'c2sp.org/tlog-proof@v1\nindex 01\n\nx'],
    ['an index over 2^53', 'c2sp.org/tlog-proof@v1\nindex 9007199254740993\n\nx'],
    ['extra that is not base64', 'c2sp.org/tlog-proof@v1\nextra A\nindex 0\n\nx'],
    ['a line that is not base64', 'c2sp.org/tlog-proof@v1\nindex 0\n*\n\nx'],
    ['64 hashes', `c2sp.org/tlog-proof@v1\nindex 0\n${'AAAA\n'.repeat(64)}\nx`],
    ['no checkpoint', 'c2sp.org/tlog-proof@v1\nindex 0\n'],
  ])('is malformed with %s', (_, text) => {
    expect(() => parseTlogProof(text)).toThrow(expect.objectContaining({ code: 'MALFORMED' }))
  })
})

describe('a request to a witness', () => {
  it('is read as it is written', () => {
    const hashes = fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 63 })
    fc.assert(
      fc.property(fc.nat(), hashes, (oldSize, proof) => {
        const text = formatAddCheckpoint({ oldSize, proof, checkpoint: 'a\n\n— b c\n' })
        const read = parseAddCheckpoint(Buffer.from(text))
        expect(read.oldSize).toBe(oldSize)
        expect(read.proof.map((hash) => Buffer.from(hash))).toEqual(proof.map((hash) => Buffer.from(hash)))
        expect(read.checkpoint).toBe('a\n\n— b c\n')
      }),
    )
  })
})
