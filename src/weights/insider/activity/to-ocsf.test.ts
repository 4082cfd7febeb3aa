import { readFileSync } from 'node:fs'
import Ajv from 'ajv'
import { describe, expect, it } from 'vitest'
import { type Activity, ocsfImporter, toOcsf } from './index.ts'

const vector = JSON.parse(readFileSync(new URL('../../../../test/vectors/ocsf-1.6.0.json', import.meta.url), 'utf8'))
const ajv = new Ajv.default({ strict: false })

const blank: Activity = {
  ...{ id: 'evt_1', timeMs: 1_780_300_800_000, source: 'ledger', kind: 'weights.read', person: 'per_1', host: 'dev_1' },
  ...{ grant: 'g', version: 'atlas/v1', file: 1, start: 0, bytes: 5, outcome: 'success', subject: null },
  ...{ place: { ip: '192.0.2.1', latitude: 1, longitude: 2 }, data: { use: 'run', deep: true, n: 1.5 } },
}

describe('an activity in OCSF 1.6.0', () => {
  it.each<[Partial<Activity>, number]>([
    [{}, 600501],
    [{ kind: 'staff.signed_in', person: null, host: null, place: null }, 300201],
    [{ kind: 'okta.user.session.end', source: 'okta' }, 300202],
    [
      { kind: 'cloudtrail.PutObject', source: 'cloudtrail', version: null, subject: { type: 'object', id: 'b/k' } },
      600505,
    ],
    [{ kind: 'auditd.execve', source: 'auditd', outcome: 'failure' }, 600399],
  ])('is valid, and comes back as it was: %j', (more, typeUid) => {
    const activity: Activity = { ...blank, ...more }
    const made = toOcsf(activity)
    expect(made.type_uid).toBe(typeUid)
    const validate = ajv.compile({ ...vector.classes[String(made.class_uid)], $defs: vector.$defs })
    expect(validate(made), JSON.stringify(validate.errors)).toBe(true)
    const importer = ocsfImporter((name) => name, { own: true })
    expect(importer.add(JSON.stringify(made))).toEqual([activity])
  })
})
