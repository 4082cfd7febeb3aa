import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { played, readExamples, type Step } from '../../../../test/support/rule-examples.ts'
import { RuleEngine, RuleSet } from './index.ts'

const folder = fileURLToPath(new URL('../../../../rules/insider', import.meta.url))
const rules = RuleSet.load(folder)

function causes(steps: readonly Step[]): string[] {
  const engine = new RuleEngine(rules)
  return [...played(steps)].flatMap((activity) => engine.observe(activity).map(({ cause }) => cause))
}

const examples = readExamples(folder)
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
