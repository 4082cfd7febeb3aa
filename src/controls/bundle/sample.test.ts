import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { storeKinds, type TestStore } from '../../../test/support/stores.ts'
import { Audit, type AuditSampleView, commitmentTo, draw, seedOf } from '../../audit/index.ts'
import { systemClock } from '../../base/clock.ts'
import { systemIds } from '../../base/ids.ts'
import { silentLog } from '../../base/log.ts'
import type { DbHandle } from '../../db/index.ts'
import { type Actor, LocalLedger, openFileSigner, parseVkey, TileReader } from '../../ledger/index.ts'
import { makeSampleBundle, type SampleBundleDeps } from './sample.ts'
import { isSampleBundle, verifySampleBundle } from './sample-verify.ts'
import { readZip, writeZip } from './zip.ts'

const BY: Actor = { type: 'staff', id: 'per_auditor' }
const SECRET = 'the secret of an auditor'

describe('the bundle of a sample', () => {
  let dir: string
  let store: TestStore
  let handle: DbHandle
  let ledger: LocalLedger
  let audit: Audit
  let sample: AuditSampleView

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'sample-'))
    const [embedded] = storeKinds('bundles of samples')
    if (embedded === undefined) throw new Error('no store')
    store = await embedded.create()
    handle = await store.open()
    const base = { clock: systemClock, ids: systemIds, log: silentLog }
    const signer = await openFileSigner({ path: `${dir}/key`, origin: 'test.example/log', ids: systemIds })
    ledger = await LocalLedger.open({ ...base, dir: `${dir}/ledger`, signer, checkpointIntervalMs: 10 })
    const controls = { owner: () => 'ciso', standing: async () => ({ state: 'holds', says: '' }) }
    audit = await Audit.open({ ...base, db: handle, ledger, controls })
    const time = new Date(Date.now() - 60_000).toISOString()
    for (let i = 0; i < 40; i += 1)
      await ledger.append({
        ...{
          id: `evt_${i}`,
          time,
          kind: i % 4 === 0 ? 'staff.role_granted' : 'gateway.decision',
          digests: {},
          data: {},
        },
        ...{ actor: { type: 'system', id: 'test' }, subject: { type: 'thing', id: `${i}` } },
      })
    const { id } = await audit.samples.order(
      {
        title: 'Decisions of the last hour',
        population: {
          name: 'decisions',
          from: new Date(Date.now() - 3_600_000).toISOString(),
          until: new Date(Date.now() - 1_000).toISOString(),
        },
        sizing: { kind: 'fixed', size: 6 },
        commitment: commitmentTo(SECRET),
      },
      BY,
      () => false,
    )
    const { entries } = await audit.samples.draw(id, { secret: SECRET }, BY)
    await audit.samples.examine(
      id,
      entries[0] ?? -1,
      { verdict: 'exception', words: '=HYPERLINK("x"), no clause' },
      'per_auditor',
    )
    sample = await audit.samples.view(id)
  })
  afterAll(async () => {
    await audit[Symbol.asyncDispose]()
    await ledger.close()
    await handle.close()
    await store[Symbol.asyncDispose]()
    rmSync(dir, { recursive: true })
  })

  /** Made by an installation that says something else of its sample than its ledger does. */
  const made = (said: Partial<AuditSampleView> = {}, frame?: number[]) => {
    const samples: SampleBundleDeps['samples'] = {
      view: async () => ({ ...sample, ...said }),
      frame: async (id) => frame ?? (await audit.samples.frame(id)),
    }
    const context = {
      ledger,
      clock: systemClock,
      ids: systemIds,
      witnessing: null,
      organisation: () => 'Example Works',
    }
    return makeSampleBundle({ ...context, samples }, sample.id, BY, () => false)
  }
  const verify = (zip: Buffer) => verifySampleBundle(zip, { key: async () => parseVkey(ledger.vkey) })
  const drawn = () => {
    if (sample.drawn === null) throw new Error('not drawn')
    return sample.drawn
  }

  it('is checked and drawn again without a server', async () => {
    const zip = await made()
    expect(isSampleBundle(zip)).toBe(true)
    expect(await verify(zip)).toMatchObject({
      ...{ organisation: 'Example Works', sample: sample.id, orderedAt: 40, frame: 30, drawn: 6, proven: 7, erased: 0 },
      ...{ bound: true, findings: { ok: 0, exception: 1, not_testable: 0 } },
    })
    const csv = readZip(zip).find(({ path }) => path === 'items.csv')
    expect(Buffer.from(csv?.bytes ?? []).toString()).toContain(
      `gateway.decision,exception,"'=HYPERLINK(""x""), no clause"`,
    )
  })

  it('notices any byte that is another', async () => {
    const files = readZip(await made()).map(({ path, bytes }) => ({ path, bytes: Buffer.from(bytes) }))
    for (const { bytes } of files) {
      bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1)
      await expect(verify(writeZip(files))).rejects.toMatchObject({ code: 'VERIFICATION_FAILED' })
      bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1)
    }
  })

  it('does not verify where who made it steered it: an earlier root, other entries, another frame or size, no secret', async () => {
    const frame = await audit.samples.frame(sample.id)
    const earlier = Buffer.from(await new TileReader(ledger.tiles, 41).root(30)).toString('hex')
    const seed = seedOf({ sample: sample.id, root: earlier, secret: SECRET })
    const fromEarlier = { ...drawn(), tree: 30, root: earlier, seed }
    const unbound = seedOf({ sample: sample.id, root: drawn().root, secret: null })
    const other = sample.entries.map((one, i) =>
      i === 0 ? (frame.find((f) => !sample.entries.includes(f)) ?? one) : one,
    )
    const findings: AuditSampleView['findings'] = []
    const attempts: [Partial<AuditSampleView>, number[]?][] = [
      [{ drawn: fromEarlier, entries: draw(seed, frame, 6), findings }],
      [{ entries: other.toSorted((a, b) => a - b), findings }],
      [{ entries: sample.entries.slice(1), findings }],
      [{ entries: draw(drawn().seed, frame.slice(1), 6), findings }, frame.slice(1)],
      [{ size: 5, entries: draw(drawn().seed, frame, 5), findings }],
      [{ drawn: { ...drawn(), secret: null, seed: unbound }, entries: draw(unbound, frame, 6), findings }],
      [
        {
          commitment: null,
          drawn: { ...drawn(), secret: null, seed: unbound },
          entries: draw(unbound, frame, 6),
          findings,
        },
      ],
      [{ population: { ...sample.population, kinds: ['staff.*'] } }],
    ]
    for (const [said, of] of attempts)
      await expect(verify(await made(said, of)), JSON.stringify(said)).rejects.toMatchObject({
        code: 'VERIFICATION_FAILED',
      })
  })
})
