import { createReadStream, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Activity, Fault, IMPORT_FORMATS, type ImportFormat, importerOf, importStream } from '../index.ts'
import { readAuditRecord } from './auditd-line.ts'

const vector = (name: string) => new URL(`../../../../../test/vectors/insider/${name}`, import.meta.url)
const STAFF: Readonly<Record<string, string>> = {
  'alice@example.org': 'per_alice',
  'alice@vault-1': 'per_alice',
  '1000': 'per_alice',
  '1001': 'per_bob',
  bob: 'per_bob',
  'admin@example.org': 'per_ada',
  'S-1-5-21-1000': 'per_alice',
}
const people = (name: string) => (Object.hasOwn(STAFF, name) ? (STAFF[name] ?? null) : null)

async function imported(format: ImportFormat, name: string): Promise<Activity[]> {
  const all: Activity[] = []
  for await (const some of importStream(format, createReadStream(vector(name), { highWaterMark: 100 }), people))
    for (const one of some) {
      if (one instanceof Fault) throw new Error(one.says)
      all.push(one)
    }
  return all
}

describe('importing', () => {
  it('puts the records of an event of the Linux audit together, and undoes its hexadecimal', async () => {
    const found = await imported('auditd', 'audit.log')
    expect(found.map(({ kind, person, host, outcome }) => [kind, person, host, outcome])).toEqual([
      ['auditd.execve', 'per_alice', null, 'success'],
      ['auditd.unlinkat', 'per_bob', null, 'success'],
      ['auditd.user_login', 'per_alice', 'vault-1', 'success'],
      ['auditd.usb_mount', 'per_alice', 'vault-1', 'failure'],
      ['auditd.service_stop', null, null, 'success'],
      ['auditd.config_change', 'per_bob', null, 'success'],
    ])
    expect(found[0]).toMatchObject({
      id: 'auditd::1780300800123:4001',
      timeMs: 1_780_300_800_123,
      data: {
        exe: '/usr/bin/scp',
        command: 'scp model part.safetensors files.example:',
        path: '/usr/bin/scp',
        uid: '0',
      },
    })
    expect(found[1]?.data).toMatchObject({ path: '/var/log/audit/audit.log', command: 'rm -f audit/audit.log' })
    expect(found[2]?.place).toMatchObject({ ip: '198.51.100.7' })
    expect(found[3]?.data).toMatchObject({ path: '/media/alice/disk' })
    expect(found[4]?.data).toMatchObject({ unit: 'auditd' })
    expect(found[5]?.data).toMatchObject({ op: 'remove_rule', key: 'exec' })
  })

  it('reads a log file of CloudTrail', async () => {
    const [put, stop, login] = await imported('cloudtrail', 'cloudtrail.json')
    expect(put).toMatchObject({
      ...{ id: 'cloudtrail:11111111-2222-4333-8444-555555555555', kind: 'cloudtrail.PutObject', person: 'per_alice' },
      ...{ bytes: 5_368_709_120, outcome: 'success', subject: { type: 'object', id: 'elsewhere/part-01.bin' } },
      data: { account: '111122223333', bucketAccount: '999988887777', mfa: 'true', 'request.bucketName': 'elsewhere' },
    })
    expect(stop).toMatchObject({ kind: 'cloudtrail.StopLogging', person: 'per_bob', outcome: 'failure', place: null })
    expect(login).toMatchObject({ person: null, outcome: 'failure', place: { ip: '2001:db8::7' } })
  })

  it('reads a page of Okta’s System Log, and keeps no names', async () => {
    const found = await imported('okta', 'okta.json')
    expect(found[0]).toMatchObject({
      ...{ kind: 'okta.user.session.start', person: 'per_alice', outcome: 'failure', host: 'fp1example' },
      place: { ip: '203.0.113.9', latitude: 38.72, longitude: -9.14 },
      timeMs: Date.UTC(2026, 5, 1, 8, 0, 0, 250),
    })
    expect(found[1]).toMatchObject({ person: 'per_ada', subject: { type: 'User', id: 'per_alice' } })
    expect(found[1]?.data).toMatchObject({ target: 'per_alice' })
    expect(JSON.stringify(found)).not.toMatch(/Alice Example|@example\.org/)
  })

  it('reads events of OCSF, by class', async () => {
    const found = await imported('ocsf', 'ocsf.jsonl')
    expect(found.map(({ kind, person, host }) => [kind, person, host])).toEqual([
      ['ocsf.authentication.logon', 'per_alice', 'lap-1'],
      ['ocsf.process_activity.launch', 'per_alice', 'lap-1'],
      ['ocsf.file_activity.mount', 'per_alice', 'lap-1'],
      ['ocsf.network_activity.traffic', null, 'lap-1'],
      ['ocsf.class_9999.7', null, null],
    ])
    expect(found[0]).toMatchObject({ outcome: 'failure', place: { ip: '203.0.113.9', latitude: 38.72 } })
    expect(found[1]?.data).toMatchObject({ exe: '/usr/bin/rclone', command: 'rclone copy part remote:' })
    expect(found[3]).toMatchObject({ bytes: 7_000_000_000, subject: { type: 'dst_endpoint', id: '192.0.2.44' } })
  })

  it('lets nobody outside speak for the ledger', () => {
    const line = '{"id":"evt_1","timeMs":1,"source":"ledger","kind":"weights.canary_touched","person":"per_1"}'
    const [own] = importerOf('activity', people).add(line)
    const event = { class_uid: 6003, activity_id: 99, time: 1, metadata: { uid: 'x' } }
    const forged = JSON.stringify({ ...event, unmapped: { safelevel_activity: JSON.parse(line) } })
    expect(own).toBeInstanceOf(Fault)
    expect(importerOf('ocsf', people).add(forged)).toMatchObject([{ kind: 'ocsf.api_activity.99', id: 'ocsf:x' }])
  })
})

describe('hostile records', () => {
  const LINES = IMPORT_FORMATS.flatMap((format) => {
    const name = {
      ocsf: 'ocsf.jsonl',
      cloudtrail: 'cloudtrail.json',
      okta: 'okta.json',
      auditd: 'audit.log',
      activity: '',
    }[format]
    const lines = name === '' ? [] : readFileSync(vector(name), 'utf8').trimEnd().split('\n')
    return lines.map((line) => [format, line] as const)
  })

  it.each(IMPORT_FORMATS)('of %s end as a fault, never otherwise', (format) => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.array(fc.json()).map((some) => `[${some.join()}]`),
        ),
        (line) => {
          const importer = importerOf(format, people)
          for (const one of [...importer.add(line), ...importer.end()])
            if (one instanceof Fault) expect(one.says).not.toBe('')
        },
      ),
    )
  })

  it('may be cut, changed and doubled anywhere', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...LINES),
        fc.nat(5_000),
        fc.nat(40),
        fc.string({ maxLength: 5 }),
        ([format, line], at, gone, put) => {
          const importer = importerOf(format, people)
          const bent = line.slice(0, at % line.length) + put + line.slice((at % line.length) + gone)
          for (const one of [...importer.add(bent), ...importer.add(line), ...importer.end()])
            if (!(one instanceof Fault)) expect(one.id.startsWith(`${one.source}:`)).toBe(true)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('do not fill the memory: an event that never ends is let go', () => {
    const importer = importerOf('auditd', people)
    let out = 0
    for (let i = 0; i < 3_000; i++) out += importer.add(`type=CWD msg=audit(1780300800.000:${i}): cwd="/"`).length
    expect(out).toBeGreaterThan(2_000)
    for (let i = 0; i < 3_000; i++) importer.add(`type=PATH msg=audit(1780300800.000:9): item=${i} name="/x"`)
    expect(importer.end().length).toBeLessThan(300)
  })

  it('stand in the audit as the kernel writes what it does not trust', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), (text) => {
        fc.pre(!text.includes('\0') && text.trimEnd() === text)
        const hex = Buffer.from(text).toString('hex').toUpperCase()
        const record = readAuditRecord(`type=PATH msg=audit(1.000:1): item=0 name=${hex} inode=1`)
        expect(record?.fields.get('name')).toBe(text)
        expect(record?.fields.get('inode')).toBe('1')
      }),
    )
  })
})
