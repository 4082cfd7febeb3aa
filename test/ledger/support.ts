import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { systemClock } from '../../src/base/clock.ts'
import { systemIds } from '../../src/base/ids.ts'
import { silentLog } from '../../src/base/log.ts'
import { type LedgerEvent, LocalLedger, type LocalLedgerOptions, openFileSigner } from '../../src/ledger/index.ts'

/** A folder that goes when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'safelevel-ledger-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return dir
}

/** Opens the ledger below `dataDir` as the server does: `ledger/` and `keys/ledger.key`. */
export async function openLedger(dataDir: string, overrides: Partial<LocalLedgerOptions> = {}): Promise<LocalLedger> {
  const signer = await openFileSigner({ path: join(dataDir, 'keys', 'ledger.key'), ids: systemIds })
  return LocalLedger.open({
    dir: join(dataDir, 'ledger'),
    signer,
    clock: systemClock,
    ids: systemIds,
    log: silentLog,
    checkpointIntervalMs: 20,
    ...overrides,
  })
}

export function event(n: number, data: LedgerEvent['data'] = {}): LedgerEvent {
  return {
    id: `dec_${n.toString().padStart(26, '0')}`,
    time: '2026-01-01T00:00:00.000Z',
    kind: 'gateway.decision',
    actor: { type: 'key', id: 'key_customer-of-note' },
    subject: { type: 'request', id: `req_${n}` },
    digests: {},
    data,
  }
}

/** Records events `from` to `to - 1`, ten at a time, and waits for their checkpoint. */
export async function record(ledger: LocalLedger, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n += 10)
    await Promise.all(Array.from({ length: Math.min(10, to - n) }, (_, i) => ledger.append(event(n + i))))
  if (to > from) await ledger.integrated(ledger.size - 1)
}
