import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import { shipped } from '../../../base/shipped.ts'
import type { RuleSet } from './rule-set.ts'

const Known = z.object({
  techniques: z.array(
    z.strictObject({
      id: z.string().regex(/^T\d{4}(\.\d{3})?$/),
      title: z.string(),
      tactics: z.array(z.string()).min(1),
      behaviour: z.array(z.string()).default([]),
      uncovered: z.string().optional(),
    }),
  ),
})

/** What there is against one technique. */
export interface TechniqueCoverage {
  /** Of MITRE ATT&CK: `T1052.001`. */
  readonly id: string
  readonly title: string
  readonly tactics: readonly string[]
  /** Names of rules that tell of it, or of a part of it. */
  readonly rules: readonly string[]
  /** Measures of behaviour that rise with it, as `behaviour.<measure>`. */
  readonly behaviour: readonly string[]
  /** Why nothing tells of it; null where something does. */
  readonly uncovered: string | null
}

export interface Coverage {
  /** Where the list of techniques comes from. */
  readonly source: string
  readonly techniques: readonly TechniqueCoverage[]
  readonly covered: number
  /** What the figure means, and does not. */
  readonly says: string
}

const SOURCE = 'https://github.com/center-for-threat-informed-defense/insider-threat-ttp-kb'
const FILE = shipped('rules/insider/coverage.yml')

/**
 * The techniques that insiders were seen to use, by the knowledge base of the Center for Threat-Informed Defense, and which rules and models of
 * behaviour are about each. A rule about a part of a technique (`T1052.001`) counts for the whole (`T1052`), not the other way round.
 */
export function coverage(set: RuleSet, file: string = FILE): Coverage {
  const { techniques: known } = Known.parse(parse(readFileSync(file, 'utf8')))
  const told = set.views().filter(({ isTold }) => isTold)
  const techniques = known.map(({ id, title, tactics, behaviour, uncovered }): TechniqueCoverage => {
    const rules = told.filter((rule) => rule.techniques.some((one) => one === id || one.startsWith(`${id}.`)))
    const isCovered = rules.length > 0 || behaviour.length > 0
    return {
      ...{ id, title, tactics, rules: rules.map(({ name }) => name) },
      behaviour: behaviour.map((measure) => `behaviour.${measure}`),
      uncovered: isCovered ? null : (uncovered ?? 'No rule or model of behaviour is about it.'),
    }
  })
  const covered = techniques.filter(({ uncovered }) => uncovered === null).length
  return {
    ...{ source: SOURCE, techniques, covered },
    says: `Something tells of ${covered} of ${techniques.length} techniques, where their traces reach this installation: what nobody sends here, nobody finds. That a rule is about a technique does not say that it finds every use of it.`,
  }
}
