import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningApp, startApp } from '../../test/support/running-app.ts'
import { runCli } from '../../test/support/running-cli.ts'
import { DrillReport, ROOT_KEY_FILE, readKeys, sealKeys } from '../backup/index.ts'
import { systemClock } from '../base/clock.ts'
import { systemIds } from '../base/ids.ts'
import { LocalKeyProvider } from '../weights/vault/index.ts'

const OPERATOR = { type: 'operator', id: 'operator' } as const
const PASSPHRASE = 'correct horse battery staple'

describe('safelevel vault drill lost-key', () => {
  const folder = mkdtempSync(join(tmpdir(), 'safelevel-drill-test-'))
  const sealed = join(folder, 'keys.age')
  const passphrase = join(folder, 'passphrase')
  const root = join(folder, 'other-root.json')
  let running: RunningApp

  beforeAll(async () => {
    running = await startApp()
    await running.app.weights.vault.plantModel({ model: 'atlas', version: 'c1', sizeBytes: 1_000_000 }, OPERATOR)
    using _other = await LocalKeyProvider.create(root, PASSPHRASE, { clock: systemClock, ids: systemIds })
    writeFileSync(passphrase, `${PASSPHRASE}\n`, { mode: 0o600 })
    writeFileSync(sealed, await sealKeys(keys(), { passphrase: PASSPHRASE }))
  }, 60_000)
  afterAll(async () => {
    await running[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  const keys = () => readKeys(join(running.dataDir, 'keys')) ?? new Map<string, Buffer>()
  const drill = async (...args: string[]) => {
    const { out, err, code } = await runCli(running, ['vault', 'drill', 'lost-key', '--json', ...args])
    if (!out.startsWith('{')) throw new Error(err)
    return { code, ...DrillReport.parse(JSON.parse(out)) }
  }
  const outcomes = (report: DrillReport) => Object.fromEntries(report.pieces.map((one) => [one.piece, one.outcome]))
  const onRecord = async () => (await running.app.ledger.entry(running.app.ledger.size - 1)).event

  it('recovers all from the sealed copy of the keys alone, and has it on the ledger', async () => {
    const report = await drill('--keys', sealed, '--passphrase-file', passphrase)
    expect(report).toMatchObject({ code: 0, passed: true })
    const expected = [...keys().keys()].filter((name) => name !== ROOT_KEY_FILE)
    expect(Object.keys(outcomes(report)).toSorted()).toEqual(
      [...expected, 'content', 'ledger', 'weights', 'weights-file-1', 'weights-file-2'].toSorted(),
    )
    expect(await onRecord()).toMatchObject({
      kind: 'system.key_drill',
      actor: OPERATOR,
      subject: { type: 'key_drill', id: report.id },
      data: { passed: true, recovered: expected.length + 5, lost: [], other: [], rootKey: 'local', files: 2 },
    })
  })

  it('says what would be gone: a copy from before a rotation, another root key, no copy at all', async () => {
    const old = join(folder, 'old')
    const copy = new Map(keys())
    copy.delete('content.key')
    copy.set('ledger.key', Buffer.from('no key'))
    copy.set('appeals.key', Buffer.alloc(32))
    mkdirSync(old, { recursive: true })
    for (const [name, bytes] of copy) writeFileSync(join(old, name), bytes, { mode: 0o600 })
    const report = await drill('--keys', old, '--root-key', root, '--root-passphrase-file', passphrase)
    expect(report).toMatchObject({ code: 1, passed: false })
    expect(outcomes(report)).toMatchObject({
      ...{ 'content.key': 'lost', content: 'lost', ledger: 'lost', 'appeals.key': 'other', 'digest.key': 'recovered' },
      ...{ weights: 'lost', 'weights-file-1': 'lost' },
    })
    const { out, code } = await runCli(running, ['vault', 'drill', 'lost-key', '--key', 'weights'])
    expect(code).toBe(1)
    expect(out).toMatch(
      /keys +none were brought[\s\S]*■ weights +LOST: no root key was brought[\s\S]*3 of 3 not recovered by what was brought; only weights was tried/,
    )
    expect((await onRecord())?.kind).toBe('system.key_drill_partial')
  })

  it('takes no key that is in use, and no drill of another server', async () => {
    const live = join(running.dataDir, 'keys')
    const here = { SAFELEVEL_DATA_DIR: running.dataDir }
    const { err, code } = await runCli(running, ['vault', 'drill', 'lost-key', '--keys', live], here)
    expect([code, err]).toEqual([2, expect.stringContaining('is a key in use')])
    const challenge = await running.app.keyDrills.begin(0)
    const forged = { ...challenge, nonce: '0'.repeat(64) }
    const answer = { challenge: forged, parts: ['files' as const], proofs: [], tookMs: 0 }
    await expect(running.app.keyDrills.finish(answer, OPERATOR)).rejects.toMatchObject({ code: 'VERIFICATION_FAILED' })
  })
})
