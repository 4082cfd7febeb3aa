import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatCheckpoint } from './checkpoint.ts'
import { formatCosignerSkey, parseCosignerSkey, parseCosignerVkey, readCosignatures } from './cosignature.ts'
import { TlogError } from './error.ts'
import { formatKey, formatSkey, parseSkey, parseVkey } from './key.ts'
import { parseNote, signatureLine, signNote } from './note.ts'

type Pair = Extract<Awaited<ReturnType<typeof crypto.subtle.generateKey>>, { publicKey: unknown }>
const seed = (n: number) => new Uint8Array(32).fill(n)
const log = await parseSkey(await formatSkey('example.com/log', seed(1)))
const witness = await parseCosignerSkey(await formatCosignerSkey('witness.example/w1', seed(2)))
const text = formatCheckpoint({ origin: 'example.com/log', size: 7, root: seed(3) })
const note = await signNote(text, [log])

describe('an Ed25519 cosignature', () => {
  it('is of type 4, over the two header lines and the note text', async () => {
    expect(witness.vkey).toMatch(/^witness\.example\/w1\+[0-9a-f]{8}\+B/)
    const line = await witness.cosign(text, 1_679_315_147)
    const [signature] = parseNote(`${text}\n${line}`).signatures
    expect(signature?.signature.length).toBe(72)
    // Signed by the key as a plain one, over the message as the specification writes it.
    const plain = await parseSkey(await formatSkey('witness.example/w1', seed(2)))
    const message = `cosignature/v1\ntime 1679315147\n${text}`
    expect(Buffer.from(signature?.signature.slice(8) ?? [])).toEqual(
      Buffer.from(await plain.sign(new TextEncoder().encode(message))),
    )
  })

  it('is read with its time, among others', async () => {
    const key = parseCosignerVkey(witness.vkey)
    const stranger = await parseCosignerSkey(await formatCosignerSkey('other.example/w', seed(9)))
    const cosigned = `${note}${await stranger.cosign(text, 5)}${await witness.cosign(text, 42)}${await witness.cosign(text, 41)}`
    expect(await readCosignatures(cosigned, [key])).toEqual([{ witness: key, timestamp: 42 }])
    expect(await readCosignatures(note, [key])).toEqual([])
  })

  it('does not hold for another time, text or key, and is never taken for a log’s signature', async () => {
    const key = parseCosignerVkey(witness.vkey)
    const line = await witness.cosign(text, 42)
    const [signature] = parseNote(`${text}\n${line}`).signatures
    if (signature === undefined) throw new Error('no signature')
    await fc.assert(
      fc.asyncProperty(fc.nat(71), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const bytes = signature.signature.slice()
        bytes[at] = (bytes[at] ?? 0) ^ flip
        await expect(readCosignatures(`${note}${signatureLine(key, bytes)}`, [key])).rejects.toThrow(TlogError)
      }),
      { numRuns: 60 },
    )
    const other = formatCheckpoint({ origin: 'example.com/log', size: 8, root: seed(3) })
    await expect(readCosignatures(`${other}\n${line}`, [key])).rejects.toThrow(TlogError)
    expect(() => parseVkey(witness.vkey)).toThrow(TlogError)
    expect(() => parseCosignerVkey(log.vkey)).toThrow(TlogError)
  })

  it.each([0, -1, 1.5, 2 ** 53])('is not made for the time %d', async (time) => {
    await expect(witness.cosign(text, time)).rejects.toThrow(TlogError)
  })
})

describe('an ML-DSA-44 cosignature', () => {
  it('is verified where the platform can', async () => {
    const pair = (await crypto.subtle.generateKey('ML-DSA-44', true, ['sign', 'verify'])) as Pair
    const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw-public', pair.publicKey))
    const { vkey } = formatKey('witness.example/pq', 6, publicKey)
    const key = parseCosignerVkey(vkey)
    expect(key.algorithm).toBe('ml-dsa-44')
    // `cosigned_message`, written out by hand.
    const ascii = (words: string) => Buffer.from(words, 'latin1')
    const u64 = (n: number) => {
      const bytes = Buffer.alloc(8)
      bytes.writeBigUInt64BE(BigInt(n))
      return bytes
    }
    const message = Buffer.concat([
      ascii('subtree/v1\n\0'),
      ...[Buffer.of(18), ascii('witness.example/pq'), u64(99), Buffer.of(15), ascii('example.com/log')],
      ...[u64(0), u64(7), seed(3)],
    ])
    const signature = Buffer.from(await crypto.subtle.sign('ML-DSA-44', pair.privateKey, message))
    const line = signatureLine(key, Buffer.concat([u64(99), signature]))
    expect(await readCosignatures(`${note}${line}`, [key])).toEqual([{ witness: key, timestamp: 99 }])
    const wrong = signatureLine(key, Buffer.concat([u64(98), signature]))
    await expect(readCosignatures(`${note}${wrong}`, [key])).rejects.toThrow(TlogError)
  })
})
