import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { askPython, findPython } from '../../../../test/support/python-tools.ts'
import { exampleActivities } from '../../../../test/support/rule-examples.ts'
import type { Activity } from '../activity/index.ts'
import { holds } from './expression.ts'
import { getter } from './fields.ts'
import { RuleSet } from './index.ts'

const folder = fileURLToPath(new URL('../../../../rules/insider', import.meta.url))
const set = RuleSet.load(folder)
const texts = readdirSync(folder)
  .filter((file) => file.endsWith('.yml') && file !== 'coverage.yml')
  .map((file) => readFileSync(`${folder}/${file}`, 'utf8'))

/**
 * Reads the rules with pySigma, has its validators look at them (those that need no network), and decides by its reading which rules about
 * single activities each activity fits.
 */
const SCRIPT = `
import json, re, sys, ipaddress
from collections import Counter
from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule
from sigma.validation import SigmaValidator
from sigma.validators.core import validators
from sigma.conditions import ConditionAND, ConditionOR, ConditionNOT, ConditionFieldEqualsValueExpression
import sigma.types as t

given = json.load(sys.stdin)
rules = SigmaCollection.from_yaml('\\n---\\n'.join(given['texts'])).rules
offline = {v for k, v in validators.items() if not k.startswith(('attack', 'd3', 'atlas', 'mitre'))}
validator = SigmaValidator(offline)
issues = [str(i) for r in rules for i in validator.validate_rule(r)] + [str(i) for i in validator.finalize()]

def text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)

def plain(wanted, value, flags):
    pattern = ''.join('.*' if p == t.SpecialChars.WILDCARD_MULTI else '.' if p == t.SpecialChars.WILDCARD_SINGLE else re.escape(p) for p in wanted.s)
    return re.fullmatch(pattern, text(value), flags | re.S) is not None

def fits(name, wanted, fields):
    value = fields.get(name)
    if isinstance(wanted, t.SigmaNull): return value is None
    if isinstance(wanted, t.SigmaExists): return (value is not None) == bool(wanted)
    if value is None: return False
    if isinstance(wanted, t.SigmaCasedString): return plain(wanted, value, 0)
    if isinstance(wanted, t.SigmaString): return plain(wanted, value, re.I)
    if isinstance(wanted, t.SigmaBool): return text(value) == text(wanted.boolean)
    if isinstance(wanted, t.SigmaTimestampPart):
        assert wanted.timestamp_part == t.TimestampPart.HOUR
        return value // 3600000 % 24 == wanted.number
    if isinstance(wanted, t.SigmaNumber): return text(value) == text(wanted.number)
    if isinstance(wanted, t.SigmaRegularExpression): return re.search(str(wanted.regexp), text(value)) is not None
    if isinstance(wanted, t.SigmaFieldReference): return fields.get(wanted.field) is not None and text(fields[wanted.field]) == text(value)
    if isinstance(wanted, t.SigmaCIDRExpression): return ipaddress.ip_address(value) in wanted.network
    if isinstance(wanted, t.SigmaCompareExpression):
        a, b = float(value), float(wanted.number.number)
        return {'LT': a < b, 'LTE': a <= b, 'GT': a > b, 'GTE': a >= b}[wanted.op.name]
    raise Exception(repr(wanted))

def holds(c, fields):
    if isinstance(c, ConditionAND): return all(holds(a, fields) for a in c.args)
    if isinstance(c, ConditionOR): return any(holds(a, fields) for a in c.args)
    if isinstance(c, ConditionNOT): return not holds(c.args[0], fields)
    if isinstance(c, ConditionFieldEqualsValueExpression): return fits(c.field, c.value, fields)
    raise Exception(repr(c))

single = [r for r in rules if not isinstance(r, SigmaCorrelationRule)]
parsed = [(r.custom_attributes.get('name') or r.name, [c.parsed for c in r.detection.parsed_condition]) for r in single]
service = {'ledger': 'ledger', 'auditd': 'auditd', 'cloudtrail': 'cloudtrail', 'okta': 'okta'}
source = {r.name: service.get(r.logsource.service) for r in single}
fired = [sorted(n for n, cs in parsed if source[n] in (None, a['source']) and all(holds(c, a) for c in cs)) for a in given['activities']]
json.dump({'rules': len(rules), 'types': Counter(r.type.name.lower() for r in rules if isinstance(r, SigmaCorrelationRule)), 'issues': issues, 'fired': fired}, sys.stdout)
`

/** Every field that a rule could ask for. */
function fieldsOf(activity: Activity): Record<string, unknown> {
  const own = [
    'id',
    'time',
    'source',
    'kind',
    'person',
    'host',
    'grant',
    'version',
    'bytes',
    'outcome',
    'subject.type',
    'subject.id',
  ]
  const data = Object.keys(activity.data).flatMap((name) => [`data.${name}`, name])
  return Object.fromEntries([...data, ...own].map((name) => [name, getter(name)(activity)]))
}

const python = findPython('that the rules are valid Sigma', ['sigma'])

describe.skipIf(python === null)('the rules as pySigma reads them', () => {
  it('are valid, and fit the same activities', () => {
    const activities = exampleActivities(folder)
    const given = JSON.stringify({ texts, activities: activities.map(fieldsOf) })
    const found = askPython(python ?? '', SCRIPT, given) as {
      rules: number
      types: Record<string, number>
      issues: string[]
      fired: string[][]
    }
    expect(found.issues).toEqual([])
    expect(found.rules).toBe(set.rules.length + set.correlations.length)
    const types = set.correlations.map(({ view }) => view.correlation)
    for (const [type, count] of Object.entries(found.types))
      expect(types.filter((one) => one === type).length).toBe(count)
    const ours = activities.map((activity) =>
      set.rules
        .filter(({ expression }) => holds(expression, activity))
        .map(({ view }) => view.name)
        .sort(),
    )
    expect(found.fired).toEqual(ours)
    expect(ours.flat().length).toBeGreaterThan(activities.length / 2)
  })
})
