import { randomUUID } from 'node:crypto'
import type { LedgerEvent } from '../../src/ledger/index.ts'

/** An event that says nothing but which it is. */
export function newEvent(id = `evt_${randomUUID()}`, n = 1): LedgerEvent {
  return {
    id,
    time: '2026-01-01T00:00:00.000Z',
    kind: 'test.shared',
    actor: { type: 'system', id: 'test' },
    subject: { type: 'number', id: `${n}` },
    digests: {},
    data: {},
  }
}
