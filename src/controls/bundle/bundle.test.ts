import { hash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openLedger, record, temporaryFolder } from '../../../test/ledger/support.ts'
import { bundleDeps, PRIVATE_WORDS } from '../../../test/support/bundle-world.ts'
import { canonicalJson, type LedgerEvent, type LocalLedger, parseVkey } from '../../ledger/index.ts'
import { makeBundle, verifyBundle } from './index.ts'
import { readZip, writeZip } from './zip.ts'

const BY = { type: 'operator', id: 'operator' } as const
const nothing = () => false

async function world(entries: readonly number[] = [0, 3]) {
  const ledger = await openLedger(await temporaryFolder())
  await record(ledger, 0, 5)
  const make = (withheld: (event: LedgerEvent) => boolean = nothing) =>
    makeBundle(bundleDeps(ledger, entries), {}, BY, withheld)
  return { ledger, make, trust: trustIn(ledger) }
}

function trustIn(ledger: LocalLedger) {
  const log = parseVkey(ledger.vkey)
  return { key: async () => log }
}

const filesOf = (zip: Buffer) => new Map(readZip(zip).map(({ path, bytes }) => [path, Buffer.from(bytes)]))

/** As somebody would who holds the file and means to deceive. */
function repacked(zip: Buffer, change: (files: Map<string, Buffer>) => void): Buffer {
  const files = filesOf(zip)
  change(files)
  return writeZip([...files].map(([path, bytes]) => ({ path, bytes })))
}

describe('an evidence bundle', () => {
  it('is checked by itself and the log’s key, and says what it is about', async () => {
    const { ledger, make, trust } = await world()
    const zip = await make()
    expect(await verifyBundle(zip, trust)).toMatchObject({
      ...{ organisation: 'Example Works', profile: 'small', origin: ledger.origin, sealedAt: 5 },
      ...{ counts: { holds: 1, fails: 1, stale: 0, unknown: 0 }, proven: 2, erased: 0, withheld: 0, witnessed: false },
    })
    const { event } = await ledger.entry(5)
    expect(event).toMatchObject({ kind: 'controls.bundle_made', actor: BY, data: { profile: 'small', entries: 2 } })
    await ledger.close()
  })

  it('is found out by any byte that is another, is missing or is one too many', async () => {
    const { ledger, make, trust } = await world()
    const zip = await make()
    const property = fc.asyncProperty(
      fc.nat(zip.length - 1),
      fc.integer({ min: 1, max: 255 }),
      fc.constantFrom('change', 'drop', 'insert'),
      async (at, by, what) => {
        const changed = Buffer.from(zip)
        changed[at] = (changed[at] ?? 0) ^ by
        const [before, after] = [zip.subarray(0, at), zip.subarray(at + (what === 'drop' ? 1 : 0))]
        const hostile =
          what === 'change' ? changed : Buffer.concat([before, ...(what === 'insert' ? [Buffer.of(by)] : []), after])
        fc.pre(!hostile.equals(zip))
        await expect(verifyBundle(hostile, trust)).rejects.toMatchObject({ code: 'VERIFICATION_FAILED' })
      },
    )
    await fc.assert(property, { numRuns: 300 })
    await ledger.close()
  }, 60_000)

  it('is found out when it was made anew with digests that fit', async () => {
    const { ledger, make, trust } = await world()
    const zip = await make()
    const nicer = repacked(zip, (files) => {
      const states = Buffer.from(files.get('states.json')?.toString().replaceAll('fails', 'holds') ?? '')
      files.set('states.json', states)
      const manifest = JSON.parse(files.get('manifest.json')?.toString() ?? '')
      manifest.files['states.json'] = hash('sha256', states)
      manifest.counts = { holds: 2, fails: 0, stale: 0, unknown: 0 }
      files.set('manifest.json', Buffer.from(canonicalJson(manifest)))
    })
    await expect(verifyBundle(nicer, trust)).rejects.toThrow('manifest.json is not the one that was sealed')

    const other = await openLedger(await temporaryFolder())
    await expect(verifyBundle(zip, trustIn(other))).rejects.toMatchObject({ code: 'VERIFICATION_FAILED' })
    for (const path of ['README.md', 'proofs/3.json', 'seal.json'])
      await expect(
        verifyBundle(
          repacked(zip, (files) => files.delete(path)),
          trust,
        ),
      ).rejects.toThrow(`${path} is missing`)
    await other.close()
    await ledger.close()
  })

  it('says of a body that was erased, or that is told to nobody, that it proves nothing', async () => {
    const { ledger, make, trust } = await world([0, 2, 3])
    await ledger.erase(2)
    const zip = await make(({ subject }) => subject.id === 'req_3')
    expect(await verifyBundle(zip, trust)).toMatchObject({ proven: 1, erased: 1, withheld: 1 })
    const files = filesOf(zip)
    expect([...files.keys()].filter((path) => path.startsWith('proofs/'))).toEqual(['proofs/0.json'])
    expect(JSON.parse(files.get('manifest.json')?.toString() ?? '').entries).toEqual([
      { entry: 0, event: 'gateway.decision', told: 'proof' },
      { entry: 2, event: null, told: 'erased' },
      { entry: 3, event: null, told: 'withheld' },
    ])
    await ledger.close()
  })

  it('holds no words that people wrote', async () => {
    const { ledger, make } = await world()
    const zip = await make()
    expect(zip.includes(PRIVATE_WORDS)).toBe(false)
    expect(zip.includes('a'.repeat(64)), 'their digest').toBe(true)
    await ledger.close()
  })
})

describe('its packing', () => {
  it('gives files back, and is refused when it is not ours', () => {
    const path = fc.stringMatching(/^[a-z]{1,12}(\/[a-z]{1,8})?$/)
    const files = fc.uniqueArray(fc.record({ path, bytes: fc.uint8Array({ maxLength: 200 }) }), {
      selector: (file) => file.path,
      maxLength: 8,
      minLength: 1,
    })
    fc.assert(
      fc.property(files, (some) => {
        const read = readZip(writeZip(some)).map((file) => ({ path: file.path, bytes: new Uint8Array(file.bytes) }))
        expect(read).toEqual(some)
      }),
    )
    fc.assert(
      fc.property(fc.uint8Array(), (noise) => {
        expect(() => readZip(Buffer.from(noise))).toThrow('the file')
      }),
    )
    expect(() =>
      readZip(
        writeZip([
          { path: 'a', bytes: Buffer.of(1) },
          { path: 'a', bytes: Buffer.of(2) },
        ]),
      ),
    ).toThrow('twice')
  })
})
