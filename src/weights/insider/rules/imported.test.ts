import { createReadStream } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { Fault, type ImportFormat, importStream } from '../activity/index.ts'
import { RuleEngine, RuleSet } from './index.ts'

const root = new URL('../../../../', import.meta.url)
const rules = RuleSet.load(fileURLToPath(new URL('rules/insider', root)))

it.each<[ImportFormat, string, string[]]>([
  ['auditd', 'audit.log', ['rule.log_removed', 'rule.usb_mounted', 'rule.audit_stopped', 'rule.audit_rules_changed']],
  ['cloudtrail', 'cloudtrail.json', ['rule.to_other_account', 'rule.trail_stopped']],
  ['okta', 'okta.json', []],
])('rules tell of what %s really writes', async (format, file, causes) => {
  const engine = new RuleEngine(rules)
  const found: string[] = []
  const people = (name: string) => (name.includes('@') || /^\d+$/.test(name) ? `per_${name}` : null)
  for await (const some of importStream(
    format,
    createReadStream(new URL(`test/vectors/insider/${file}`, root)),
    people,
  ))
    for (const one of some) if (!(one instanceof Fault)) found.push(...engine.observe(one).map(({ cause }) => cause))
  expect(found).toEqual(causes)
})
