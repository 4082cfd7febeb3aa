import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { type Activity, SOURCES } from '../activity/index.ts'
import { RuleEngine, RuleSet } from './index.ts'
import { timespanMs } from './rule-schema.ts'

const folder = fileURLToPath(new URL('../../../../rules/insider', import.meta.url))
const rules = RuleSet.load(folder)

/** One line of an example; `{n}` in its texts is the number of the repetition. */
const Step = z.strictObject({
  kind: z.string(),
  person: z.string().nullable().default('per_1'),
  source: z.enum(SOURCES).default('ledger'),
  ...{ host: z.string().nullable().default(null), grant: z.string().nullable().default(null) },
  version: z.string().nullable().default(null),
  bytes: z.int().default(0),
  outcome: z.enum(['success', 'failure']).default('success'),
  subject: z.string().default('thing/one'),
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  ...{ times: z.int().default(1), every: z.string().default('1s'), after: z.string().default('1s') },
})
const Examples = z.record(
  z.string(),
  z.strictObject({ fires: z.array(z.array(Step)).min(2), quiet: z.array(z.array(Step)).min(2) }),
)

function* played(steps: readonly z.infer<typeof Step>[]): Generator<Activity> {
  let timeMs = Date.UTC(2026, 5, 1)
  let count = 0
  for (const { times, every, after, subject, version, host, ...step } of steps) {
    for (let n = 0; n < times; n++) {
      const numbered = (text: string) => text.replace('{n}', String(n))
      const [type = '', id = ''] = numbered(subject).split('/')
      timeMs += timespanMs(n === 0 ? after : every)
      yield {
        ...{ ...step, id: `evt_${count++}`, timeMs, subject: { type, id }, file: null, start: null, place: null },
        version: version === null ? null : numbered(version),
        host: host === null ? null : numbered(host),
      }
    }
  }
}

function causes(steps: readonly z.infer<typeof Step>[]): string[] {
  const engine = new RuleEngine(rules)
  return [...played(steps)].flatMap((activity) => engine.observe(activity).map(({ cause }) => cause))
}

const examples = new Map(
  readdirSync(`${folder}/tests`).flatMap((file) =>
    Object.entries(Examples.parse(parse(readFileSync(`${folder}/tests/${file}`, 'utf8')))),
  ),
)
const told = rules.views().filter(({ isTold }) => isTold)

describe('the rules that ship', () => {
  it('each have examples of what they tell of and of what they do not', () => {
    expect([...examples.keys()].sort()).toEqual(told.map(({ name }) => name).sort())
  })

  it.each([...examples])('%s', (name, { fires, quiet }) => {
    for (const [i, steps] of fires.entries()) expect(causes(steps), `fires ${i}`).toContain(`rule.${name}`)
    for (const [i, steps] of quiet.entries()) expect(causes(steps), `quiet ${i}`).not.toContain(`rule.${name}`)
  })

  it('say what they saw without a name, and which technique it is', () => {
    for (const { name, techniques, isCertain } of told) {
      expect(techniques, name).not.toEqual([])
      expect(isCertain, name).toBe(name === 'canary_touched')
    }
    const [first] = examples.get('failed_then_signed_in')?.fires ?? []
    const engine = new RuleEngine(rules)
    expect([...played(first ?? [])].flatMap((activity) => engine.observe(activity))).toEqual([
      {
        ...{ cause: 'rule.failed_then_signed_in', person: 'per_1', host: null, grant: null, weight: 2.5 },
        ...{ isCertain: false, activity: 'evt_5', timeMs: Date.UTC(2026, 5, 1) + 122_000 },
        says: 'failed to sign in five times within ten minutes, and then got in',
      },
    ])
  })

  it('are about all of what a silent rule is for', () => {
    const used = new Set(rules.correlations.flatMap(({ plan }) => plan.rules))
    const idle = [...rules.rules, ...rules.correlations].filter(({ view }) => !view.isTold && !used.has(view.name))
    expect(idle.map(({ view }) => view.name)).toEqual([])
  })
})
