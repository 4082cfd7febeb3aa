import { readFileSync } from 'node:fs'
import Ajv from 'ajv'
import { describe, expect, it } from 'vitest'
import type { LedgerEvent } from '../ledger/index.ts'
import { isFinding, toOcsf } from './ocsf.ts'

const vector = JSON.parse(readFileSync(new URL('../../test/vectors/ocsf-1.6.0.json', import.meta.url), 'utf8'))
const ajv = new Ajv.default({ strict: false })
const validators = new Map(
  Object.entries(vector.classes).map(([uid, schema]) => [
    Number(uid),
    ajv.compile({ ...(schema as object), $defs: vector.$defs }),
  ]),
)

const event = (kind: string, data: LedgerEvent['data'] = {}): LedgerEvent => ({
  id: 'evt_01',
  time: '2026-11-21T10:00:00.000Z',
  kind,
  actor: { type: 'staff', id: 'per_01' },
  subject: { type: 'case', id: 'cas_01' },
  digests: {},
  data,
})
const refused = event('gateway.decision', {
  outcome: 'refuse',
  prompt: { action: 'refuse', label: 'chemical', severity: 'extreme' },
})

describe('an event in OCSF 1.6.0', () => {
  it.each([
    event('staff.signed_in'),
    event('accounts.key_created'),
    event('content.read', { reason: 'review' }),
    event('accounts.key_revoked'),
    event('canary.missed', { surface: 'api' }),
    event('gateway.decision', { outcome: 'allow' }),
    { ...refused, policy: { version: '1', digest: 'abc' } },
  ])('is valid: $kind', (given) => {
    const made = toOcsf(given, { position: 7, installation: 'test.example' })
    const validate = validators.get(Number(made.class_uid))
    expect(validate?.(made), JSON.stringify(validate?.errors)).toBe(true)
    expect(made.type_uid).toBe(Number(made.class_uid) * 100 + Number(made.activity_id))
  })

  it('is a finding when somebody should look, as severe as the clause', () => {
    expect(isFinding(refused)).toBe(true)
    expect(toOcsf(refused, { position: 0, installation: 'x' })).toMatchObject({ class_uid: 2004, severity_id: 5 })
    expect(toOcsf(event('canary.missed'), { position: 0, installation: 'x' })).toMatchObject({ severity_id: 5 })
    expect(isFinding(event('gateway.decision', { outcome: 'refuse', canary: true }))).toBe(false)
    expect(isFinding(event('staff.signed_in'))).toBe(false)
  })

  it('would be found wrong: the validator refuses what the schema does not know', () => {
    const made = toOcsf(event('staff.signed_in'), { position: 7, installation: 'test.example' })
    const validate = validators.get(6003)
    expect(validate?.({ ...made, surprise: 1 })).toBe(false)
    const { actor: _, ...without } = made
    expect(validate?.(without)).toBe(false)
  })
})
