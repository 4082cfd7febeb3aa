import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { answerJson, type ReceivedQuestion, ScriptedGuard } from '../../../../../test/support/scripted-guard.ts'
import { ManualClock } from '../../../../base/clock.ts'
import { seededIds } from '../../../../base/ids.ts'
import type { Exchange, Role } from '../../../exchange/exchange.ts'
import { segmentsOf } from '../../../exchange/segments.ts'
import type { Label } from '../../../taxonomy.ts'
import type { ClassifyRequest } from '../../classifier.ts'
import { GuardConfig } from '../config.ts'
import { createGuard } from '../create-guard.ts'
import type { GuardError } from '../guard-error.ts'

interface Asked {
  readonly path: string
  readonly contains?: string
  readonly request?: object
  readonly answer: unknown
}
interface Case {
  readonly name: string
  readonly side: 'prompt' | 'completion'
  readonly turns: readonly (readonly [Role, string])[]
  readonly completion?: string
  readonly asked: readonly Asked[]
  readonly scores?: Partial<Record<Label, number>>
  readonly failure?: string
}
interface Vectors {
  readonly source: string
  readonly guard: object
  readonly cases: readonly Case[]
}

const folder = new URL('../../../../../test/vectors/guards/', import.meta.url)
const FILES = readdirSync(folder).map((name) => ({
  name,
  vectors: JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Vectors,
}))

function requestOf({ side, turns, completion }: Case): ClassifyRequest {
  const exchange: Exchange = {
    turns: turns.map(([role, text], i) => ({ role, parts: [{ kind: 'text', text, pointer: `/messages/${i}` }] })),
  }
  if (completion === undefined) return { side, exchange, segments: segmentsOf(exchange) }
  return {
    side,
    exchange,
    segments: [{ text: completion, role: 'assistant', kind: 'text', source: 'choice 0 text', offset: 0 }],
  }
}

/** What the vector answers to this question, with the mark that the question holds. */
function answerTo(question: ReceivedQuestion, open: Asked[]): unknown {
  const at = open.findIndex(({ contains }) => contains === undefined || question.text.includes(contains))
  const [asked] = open.splice(at < 0 ? open.length : at, 1)
  if (asked === undefined) throw new Error(`a question that the vector does not expect: ${question.text}`)
  expect(question.path).toBe(asked.path)
  if (asked.request !== undefined) expect(question.body).toMatchObject(asked.request)
  const mark = /<<<([0-9a-f]{12})/.exec(question.text)?.[1] ?? ''
  return JSON.parse(JSON.stringify(asked.answer).replaceAll('{mark}', mark))
}

describe.each(FILES)('$name', ({ vectors }) => {
  it('names its source', () => {
    expect(vectors.source.length).toBeGreaterThan(20)
  })

  it.each(vectors.cases)('$name', async (vector) => {
    const open = [...vector.asked]
    const unexpected: unknown[] = []
    await using server = await ScriptedGuard.start((question, response) => {
      try {
        answerJson(response, answerTo(question, open))
      } catch (error) {
        unexpected.push(error)
        response.writeHead(500).end()
      }
    })
    const config = GuardConfig.parse({ id: 'tested', baseUrl: `${server.url}/v1`, ...vectors.guard })
    const guard = createGuard(config, 'sk-test', seededIds(new ManualClock()))
    const answer = guard.classify(requestOf(vector)).then(
      (assessment) => ({ assessment, failure: undefined }),
      (error: GuardError) => ({ assessment: undefined, failure: error.failure }),
    )
    const { assessment, failure } = await answer
    await guard.close()

    expect(unexpected).toEqual([])
    expect(failure).toBe(vector.failure)
    if (vector.scores === undefined || assessment === undefined) return
    expect(open).toEqual([])
    expect(server.questions.every(({ headers }) => headers.authorization === 'Bearer sk-test')).toBe(true)
    expect(new Set(Object.keys(assessment.scores))).toEqual(guard.covers[vector.side])
    for (const [label, score] of Object.entries(vector.scores)) {
      expect([label, assessment.scores[label as Label]]).toEqual([label, expect.closeTo(score, 3)])
    }
    for (const { label, score, segment, start, end } of assessment.evidence) {
      expect([segment, start]).toEqual([0, 0])
      expect(end).toBe((vector.completion ?? vector.turns[0]?.[1] ?? '').length)
      expect(score).toBe(assessment.scores[label])
    }
  })
})
