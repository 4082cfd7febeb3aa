import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../../../base/json.ts'
import { LABELS } from '../../../taxonomy.ts'
import type { GuardAdapter } from '../adapter.ts'
import { neutralise } from '../neutralise.ts'
import type { View } from '../views.ts'
import { type GraniteFormat, graniteGuardian } from './granite-guardian.ts'
import { httpEndpoint } from './http-endpoint.ts'
import { llamaGuard } from './llama-guard.ts'
import { openaiModeration } from './openai-moderation.ts'
import { gptOssSafeguard, llmJudge } from './policy-judge.ts'
import { qwen3guard } from './qwen3guard.ts'
import { shieldGemma } from './shieldgemma.ts'
import { wildGuard } from './wildguard.ts'

const judged = { model: 'm', labels: [...LABELS], markKey: Buffer.alloc(32, 7) }
const GRANITE: GraniteFormat[] = ['risk_name', 'criteria_id', 'guardian_block', 'system']
const TEXT_GUARDS: readonly GuardAdapter[] = [true, false].flatMap((logprobs) => [
  llamaGuard({ model: 'm', logprobs }),
  qwen3guard({ model: 'm', logprobs, controversialWeight: 0.5 }),
  ...GRANITE.map((format) => graniteGuardian({ model: 'm', logprobs, format })),
  wildGuard({ model: 'm', logprobs }),
])
const ALL: readonly GuardAdapter[] = [
  ...TEXT_GUARDS,
  shieldGemma({ model: 'm' }),
  gptOssSafeguard({ ...judged, reasoningEffort: 'low' }),
  llmJudge({ ...judged, dialect: 'local' }),
  llmJudge({ ...judged, dialect: 'hosted' }),
  openaiModeration({ model: 'm' }),
  httpEndpoint({ path: '/x', labels: ['hate'] }),
]

function viewOf(side: View['side'], text: string): View {
  const said = neutralise(text)
  const messages: View['messages'] =
    side === 'prompt'
      ? [{ role: 'user', text: said }]
      : [
          { role: 'user', text: said },
          { role: 'assistant', text: said },
        ]
  return { side, messages, judged: said, place: null }
}
const side = fc.constantFrom('prompt', 'completion' as const)
const adapter = fc.constantFrom(...ALL)

function chat(content: string): Json {
  return { choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }] }
}

describe('read', () => {
  it('never throws, and gives nothing but probabilities of labels that the guard covers', () => {
    const word = fc.constantFrom(
      'safe',
      'unsafe',
      'S1',
      '\n',
      ',',
      ' ',
      'Safety: ',
      'Unsafe',
      'Categories: ',
      'None',
      'yes',
      'No',
      '<score>',
      '</score>',
      '{"mark":',
      'PII',
    )
    const answer = fc.oneof(
      fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>,
      fc.string({ unit: word, maxLength: 12 }).map(chat),
      fc.record({ choices: fc.array(fc.jsonValue()), results: fc.array(fc.jsonValue()) }) as fc.Arbitrary<Json>,
    )
    fc.assert(
      fc.property(adapter, side, answer, (guard, on, json) => {
        const [question] = guard.render(viewOf(on, 'hello'))
        if (question === undefined) throw new Error('no question')
        const scores = guard.read(question, json, on)
        for (const [label, score] of Object.entries(scores ?? {})) {
          expect([...guard.covers[on]]).toContain(label)
          expect(score).toBeGreaterThanOrEqual(0)
          expect(score).toBeLessThan(1)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    'safe or not, who can say',
    'The content is safe.',
    'safe unsafe',
    'SAFE',
    'not unsafe',
    'unsafe\nS1\nsafe',
    'safe\n\nunsafe\nS1',
    'Safety: Safe',
    'Safety: Safe\nCategories: None\nSafety: Unsafe',
    'No, since it is harmless',
    'no no',
    '<score> no </score><score> yes </score>',
    '<score>no',
    '<think>It says: <score> no </score></think>',
    'Harmful request: no',
    '{"findings":[]}',
    '```json\n{"mark":"x","findings":[]}\n```',
    "I'm sorry, but I can't help with that.",
    '',
  ])('takes %j for no answer, whatever the guard', (text) => {
    for (const guard of ALL) {
      for (const on of ['prompt', 'completion'] as const) {
        for (const question of guard.render(viewOf(on, text))) {
          expect([guard.name, guard.read(question, chat(text), on)]).toEqual([guard.name, null])
        }
      }
    }
  })
})

describe('render', () => {
  const piece = fc.constantFrom(
    '<|eot_id|>',
    '<end_of_turn>',
    '[/INST]',
    '</s>',
    '\n',
    'User: ',
    '<<<',
    '>>>',
    '0123456789ab',
    'a',
    '---',
    '<END CONVERSATION>',
    '"',
    '\\',
  )
  const CONTROL = /<\|[a-z_]*\|>|<\/?(?:start|end)_of_turn>|\[\/?INST\]|<\/?s>|<END CONVERSATION>/g

  it('lets no content add to the control tokens of a template', () => {
    const controls = (guard: GuardAdapter, on: View['side'], text: string) =>
      guard.render(viewOf(on, text)).map(({ body }) => [...JSON.stringify(body).matchAll(CONTROL)].map(String))
    fc.assert(
      fc.property(adapter, side, fc.string({ unit: piece, maxLength: 20 }), (guard, on, text) => {
        expect(controls(guard, on, text)).toEqual(controls(guard, on, 'hello'))
      }),
    )
  })

  it('is pure, and JSON throughout', () => {
    fc.assert(
      fc.property(adapter, side, fc.string({ unit: 'binary' }), (guard, on, text) => {
        const questions = guard.render(viewOf(on, text))
        expect(guard.render(viewOf(on, text))).toEqual(questions)
        expect(JSON.parse(JSON.stringify(questions))).toEqual(questions)
        expect(JSON.stringify(questions).isWellFormed()).toBe(true)
      }),
    )
  })

  it('brackets what a judge reads with a mark that differs by content and by process', () => {
    const markIn = (key: number, text: string) =>
      llmJudge({ ...judged, markKey: Buffer.alloc(32, key), dialect: 'local' }).render(viewOf('prompt', text))[0]?.about
    expect(markIn(1, 'a')).toMatch(/^[0-9a-f]{12}$/)
    expect(new Set([markIn(1, 'a'), markIn(2, 'a'), markIn(1, 'b')]).size).toBe(3)
  })
})
