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

  it.each<[string, LedgerEvent, number, object]>([
    ['a sign-in', event('staff.signed_in', { person: 'per_2', method: 'passkey' }), 300201, { user: { uid: 'per_2' } }],
    ['one that failed', event('staff.sign_in_failed', { code: 'X' }), 300201, { status_id: 2 }],
    ['the end of a session', event('staff.session_ended', { person: 'per_2' }), 300202, { session: { uid: 'cas_01' } }],
    ['a session with weights', event('weights.session_started', { session: 'w1' }), 300301, { session: { uid: 'w1' } }],
    [
      'a role that ends',
      event('staff.role_ended', { person: 'per_2', role: 'ciso' }),
      300502,
      { privileges: ['ciso'] },
    ],
    ['somebody who joins', event('staff.person_added', { provisioned: true }), 300101, { user: { uid: 'per_01' } }],
    ['a key', event('staff.passkey_added', { person: 'per_2' }), 300110, { user: { uid: 'per_2' } }],
    ['a device', event('weights.device_registered', { person: 'per_2' }), 300406, { entity: { uid: 'cas_01' } }],
    ['a grant that ends', event('weights.grant_ended', { state: 'spent' }), 300404, { entity: { type: 'case' } }],
    ['a read', event('weights.read', { version: 'atlas/v1', length: 5 }), 600501, { databucket: { uid: 'atlas/v1' } }],
    ['what is sealed', event('weights.sealed', { bytes: 5 }), 600505, { databucket: { type: 'weights' } }],
    ['what a customer said', event('content.read', { reason: 'review' }), 600501, { databucket: { type: 'content' } }],
    ['anything else', event('policy.draft_created'), 600301, { api: { operation: 'policy.draft_created' } }],
  ])('is of the class that says most of it: %s', (_, given, typeUid, says) => {
    const made = toOcsf(given, { position: 7, installation: 'test.example' })
    const validate = validators.get(Number(made.class_uid))
    expect(validate?.(made), JSON.stringify(validate?.errors)).toBe(true)
    expect(made).toMatchObject({ type_uid: typeUid, actor: { user: { uid: 'staff:per_01' } }, ...says })
  })

  it('is a finding when somebody should look, as severe as the clause', () => {
    expect(isFinding(refused)).toBe(true)
    expect(toOcsf(refused, { position: 0, installation: 'x' })).toMatchObject({ class_uid: 2004, severity_id: 5 })
    expect(toOcsf(event('canary.missed'), { position: 0, installation: 'x' })).toMatchObject({ severity_id: 5 })
    expect(isFinding(event('gateway.decision', { outcome: 'refuse', canary: true }))).toBe(false)
    expect(isFinding(event('staff.signed_in'))).toBe(false)
  })

  it('would be found wrong: the validator refuses what the schema does not know', () => {
    const made = toOcsf(event('policy.draft_created'), { position: 7, installation: 'test.example' })
    const validate = validators.get(6003)
    expect(validate?.({ ...made, surprise: 1 })).toBe(false)
    const { actor: _, ...without } = made
    expect(validate?.(without)).toBe(false)
  })
})
