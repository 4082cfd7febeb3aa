import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { decisionEvent, HARMLESS } from '../../test/support/decision-events.ts'
import type { EventData } from '../ledger/index.ts'
import { readDecision } from './read-event.ts'
import { OUTCOMES, RecordedDecision } from './schema.ts'

const text = z.string().nullish()
const number = z.number().nullish()
const int = z.int().nullish()
const Side = z
  .object({
    action: z.enum(['allow', 'refuse']),
    ...{ label: text, clause: text, score: number, threshold: number, severity: text, reason: text },
    flagged: z.array(z.object({ label: z.string(), score: z.number(), clause: z.string() })).nullish(),
    unevaluated: z.array(z.string()).nullish(),
    scores: z.record(z.string(), z.number()).nullish(),
    classifiers: z.array(z.string()).nullish(),
    testString: z.boolean().nullish(),
  })
  .nullish()
/** What the gateway writes. */
const Data = z.object({
  outcome: z.enum(OUTCOMES),
  enforced: z.boolean(),
  route: z.string(),
  ...{ dialect: text, model: text, surface: text, organisation: text, project: text, endUser: text, code: text },
  canary: z.boolean().nullish(),
  durationMs: number,
  turns: int,
  usage: z.object({ inputTokens: int, outputTokens: int }).nullish(),
  prompt: Side,
  completion: Side,
  revised: z.object({ clause: z.string(), model: z.string(), rounds: z.int(), ms: z.int() }).nullish(),
  unrevised: z.object({ why: z.string() }).nullish(),
})

const odd = fc.constantFrom(null, 0, 1.5, -1, 2 ** 60, '', 'x', true, [], {}, [null], ['x'], { x: 1 }, { x: 'y' })
const flag = { label: 'hate', score: 0.4, clause: '9.9' }
const flags = [
  [flag],
  [{ ...flag, score: 'x' }],
  [{ ...flag, label: null }],
  [flag, null],
  [flag, { ...flag, score: 1 }],
]
const FIELDS = [...Object.keys(Data.shape), 'else']
const SIDE_FIELDS = [
  'action',
  'label',
  'score',
  'flagged',
  'unevaluated',
  'scores',
  'classifiers',
  'testString',
  'else',
]
const oddSide = fc
  .dictionary(fc.constantFrom(...SIDE_FIELDS), fc.oneof(odd, fc.constantFrom(...flags)), { maxKeys: 2 })
  .map((change): EventData => ({ ...HARMLESS, ...change }))

describe('reading a decision', () => {
  it('reads what the schema reads, and makes what the other one promises', () => {
    const changes = fc.dictionary(fc.constantFrom(...FIELDS), odd, { maxKeys: 2 })
    const sides = fc.record({ prompt: oddSide, completion: oddSide }, { requiredKeys: [] })
    let readable = 0
    fc.assert(
      fc.property(changes, sides, (change, said) => {
        const event = decisionEvent()
        const data: EventData = { ...event.data, ...said, ...change }
        const decision = readDecision({ ...event, data }, 7)
        expect(decision !== null).toBe(Data.safeParse(data).success)
        if (decision === null) return
        readable++
        expect(RecordedDecision.parse(decision)).toEqual(decision)
        expect(decision.label).toBe(gist(decision))
      }),
      { numRuns: 3_000 },
    )
    expect(readable).toBeGreaterThan(300)
  })

  it('passes over every other event', () => {
    expect(readDecision({ ...decisionEvent(), kind: 'gateway.opened' }, 0)).toBeNull()
  })
})

function gist({ prompt, completion }: RecordedDecision): string | null {
  const sides = [prompt, completion].flatMap((side) => side ?? [])
  const refused = sides.find(({ action }) => action === 'refuse')
  if (refused !== undefined) return refused.label
  const all = sides.flatMap(({ flagged }) => flagged)
  return all.find(({ score }) => score === Math.max(...all.map((one) => one.score)))?.label ?? null
}
