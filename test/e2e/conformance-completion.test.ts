import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DialectId } from '../../src/gateway/dialects/dialect.ts'
import { SandboxUpstream, type UpstreamRequest, type UpstreamResponse } from '../../src/gateway/index.ts'
import type { SandboxAnswer } from '../../src/gateway/upstreams/sandbox/index.ts'
import { testString } from '../../src/screening/index.ts'
import { type Answered, PATHS, post, SPEAKING_IDS, simpleBody, verdictOf } from '../support/dialect-http.ts'
import { inParallel, plantings } from '../support/planting.ts'
import { policyThatAllowsMedia } from '../support/policy-file.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'
import { jsonAnswer, sseAnswer } from '../support/scripted-upstream.ts'
import { splitAnswers } from '../support/split-answers.ts'

/**
 * The completion's side of the conformance matrix: wherever the test string stands in an answer, no piece of it reaches the client.
 */
const TEST = testString('cyber_operations')
const PREFIX = TEST.slice(0, 8)
const policy = policyThatAllowsMedia()
let running: RunningApp
/** What the upstream answers, by the user agent of the request. */
const answers = new Map<string, (request: UpstreamRequest) => UpstreamResponse | Promise<UpstreamResponse>>()

beforeAll(async () => {
  running = await startApp({ config: { policy: policy.path } })
  running.upstream.respond = async (request) => {
    const answer = answers.get(request.headers['user-agent'] ?? '')
    if (answer === undefined) throw new Error('no answer was scripted')
    return await answer(request)
  }
})
afterAll(async () => {
  await running[Symbol.asyncDispose]()
  policy[Symbol.dispose]()
})

interface Cell {
  readonly name: string
  readonly dialect: DialectId
  readonly stream: boolean
  readonly n?: number
  readonly answer: (request: UpstreamRequest) => UpstreamResponse | Promise<UpstreamResponse>
}

async function ask({ name, dialect, stream, n, answer }: Cell): Promise<Answered> {
  const agent = encodeURIComponent(name)
  answers.set(agent, answer)
  const body = simpleBody(dialect, 'Hello.', { stream, ...(n === undefined ? {} : { n }) })
  const answered = await post(running, PATHS[dialect], body, { headers: { 'user-agent': agent } })
  answers.delete(agent)
  running.upstream.requests.length = 0
  return answered
}

async function sweep(cells: Iterable<Cell>) {
  const found = { cells: 0, refused: 0, errors: 0, escapes: [] as string[] }
  const since = running.app.ledger.size
  const decided = new Map<string, string>()
  await inParallel(cells, 16, async (cell) => {
    const answered = await ask(cell)
    const verdict = verdictOf(cell.dialect, answered)
    found.cells++
    if (verdict === 'refused') found.refused++
    if (verdict === 'error') found.errors++
    decided.set(answered.headers.get('x-safelevel-decision') ?? '', cell.name)
    const shown = `${answered.text}${JSON.stringify([...answered.headers])}`.includes(PREFIX)
    if (shown || answered.status === 500) found.escapes.push(`${cell.name} -> ${answered.status} ${verdict}`)
  })
  // A stream whose choices had all finished can't say that it was cut; the ledger can.
  for (const { subject, data } of await running.decisionsSince(since)) {
    if (data.outcome === 'allow') found.escapes.push(`${decided.get(subject.id)} was allowed`)
    decided.delete(subject.id)
  }
  for (const name of decided.values()) found.escapes.push(`${name} was not recorded`)
  return found
}

const CALM = 'Bread is made of flour, water and time. '.repeat(12)
const POSITIONS = { start: `${TEST} ${CALM}`, middle: `${CALM}${TEST} ${CALM}`, end: `${CALM}${TEST}`, alone: TEST }
type Kind = 'text' | 'reasoning' | 'tool name' | 'tool arguments' | 'tool arguments in escapes'
const KINDS: Readonly<Record<Kind, (text: string) => SandboxAnswer>> = {
  text: (text) => ({ text, reasoning: null, tool: null }),
  reasoning: (reasoning) => ({ text: CALM, reasoning, tool: null }),
  'tool name': (name) => ({ text: '', reasoning: null, tool: { name, arguments: '{"q":"bread"}' } }),
  'tool arguments': (q) => ({ text: '', reasoning: null, tool: { name: 'lookup', arguments: JSON.stringify({ q }) } }),
  'tool arguments in escapes': (text) => ({
    text: '',
    reasoning: null,
    tool: {
      name: 'lookup',
      arguments: `{"q":"${[...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"}`,
    },
  }),
}

const CHOICES: Partial<Record<DialectId, readonly number[]>> = {
  'openai-chat': [1, 2, 3],
  'openai-completions': [1, 2, 3],
}
/** Completions are text alone. */
const TEXT_ONLY: Partial<typeof KINDS> = { text: KINDS.text }

/** dialect × stream × n × choice × kind × position in the text. */
function* spokenCells(): Generator<Cell> {
  for (const dialect of SPEAKING_IDS) {
    for (const stream of [false, true]) {
      for (const n of CHOICES[dialect] ?? [1]) {
        for (let choice = 0; choice < n; choice++) {
          for (const [kind, say] of Object.entries(dialect === 'openai-completions' ? TEXT_ONLY : KINDS)) {
            for (const [position, text] of Object.entries(POSITIONS)) {
              const calm: SandboxAnswer = { text: CALM, reasoning: null, tool: null }
              const spoken = Array.from({ length: n }, (_, i) => (i === choice ? say(text) : calm))
              const [first = calm, ...rest] = spoken
              const script = () => ({ answers: [first, ...rest] as const })
              const upstream = new SandboxUpstream({ testString, tokenDelayMs: 0, script })
              const name = `${dialect} ${stream ? 'stream' : 'whole'} choice ${choice} of ${n} ${kind} ${position}`
              yield {
                name,
                dialect,
                stream,
                n: CHOICES[dialect] === undefined ? undefined : n,
                answer: (request) => upstream.send(request),
              } as Cell
            }
          }
        }
      }
    }
  }
}

describe('the matrix on the completion side', () => {
  it('withholds the test string in every dialect × stream × n × choice × kind × position', async () => {
    const { escapes, ...counts } = await sweep(spokenCells())
    process.stdout.write(`completion matrix: ${JSON.stringify(counts)}, ${escapes.length} escapes\n`)
    expect(escapes).toEqual([])
    expect(counts.refused).toBe(counts.cells)
  }, 120_000)

  it('withholds it when it is split over two blocks, parts or messages of one answer', async () => {
    const cells = [...splitAnswers(TEST)].map(({ name, dialect, answer, events }): Cell[] => [
      { name: `${name} whole`, dialect, stream: false, answer: () => jsonAnswer(answer) },
      { name: `${name} stream`, dialect, stream: true, answer: () => sseAnswer(events) },
    ])
    const { escapes, ...counts } = await sweep(cells.flat())
    process.stdout.write(`split answers: ${JSON.stringify(counts)}, ${escapes.length} escapes\n`)
    expect(escapes).toEqual([])
    expect(counts.refused).toBe(counts.cells)
    for (const { name, dialect, answer, events } of splitAnswers(
      'a calm sentence about bread and the time that it takes',
    )) {
      const whole = await ask({ name, dialect, stream: false, answer: () => jsonAnswer(answer) })
      const streamed = await ask({ name, dialect, stream: true, answer: () => sseAnswer(events) })
      expect([name, verdictOf(dialect, whole), verdictOf(dialect, streamed)]).toEqual([name, 'answered', 'answered'])
      expect(streamed.text).toBe(
        events.map(({ name: event, data }) => `${event === null ? '' : `event: ${event}\n`}data: ${data}\n\n`).join(''),
      )
    }
  })

  it('withholds it at every place of real answers', async () => {
    const vectors: { cases: { dialect: DialectId; name: string; body: never }[] } = read('completions.json')
    for (const { dialect, name, body } of vectors.cases) {
      const answered = await ask({ name, dialect, stream: false, answer: () => jsonAnswer(body) })
      expect([name, answered.status, JSON.parse(answered.text)]).toEqual([name, 200, body])
    }
    function* cells(): Generator<Cell> {
      for (const { dialect, name, body } of vectors.cases)
        for (const planting of plantings(body, TEST))
          yield {
            name: `${dialect} ${name}: ${planting.name}`,
            dialect,
            stream: false,
            answer: () => jsonAnswer(planting.body),
          }
    }
    const { escapes, ...counts } = await sweep(cells())
    process.stdout.write(`places of whole answers: ${JSON.stringify(counts)}, ${escapes.length} escapes\n`)
    expect(escapes).toEqual([])
    expect(counts.refused).toBeGreaterThan(0.5 * counts.cells)
  }, 120_000)

  it('withholds it at every place of every event of real streams', async () => {
    const vectors: { cases: { dialect: DialectId; name: string; events: { name: string | null; data: never }[] }[] } =
      read('streams.json')
    const encode = (data: unknown) => (typeof data === 'string' ? data : JSON.stringify(data))
    for (const { dialect, name, events } of vectors.cases) {
      const plain = events.map((event) => ({ name: event.name, data: encode(event.data) }))
      const answered = await ask({ name, dialect, stream: true, answer: () => sseAnswer(plain) })
      expect([name, verdictOf(dialect, answered)]).toEqual([name, 'answered'])
    }
    function* cells(): Generator<Cell> {
      for (const { dialect, name, events } of vectors.cases) {
        for (const [i, event] of events.entries()) {
          for (const planting of plantings(event.data, TEST)) {
            const planted = events.map(({ name: eventName, data }, j) => ({
              name: eventName,
              data: encode(i === j ? planting.body : data),
            }))
            yield {
              name: `${dialect} ${name}: event ${i} ${planting.name}`,
              dialect,
              stream: true,
              answer: () => sseAnswer(planted),
            }
          }
        }
      }
    }
    const { escapes, ...counts } = await sweep(cells())
    process.stdout.write(`places of streams: ${JSON.stringify(counts)}, ${escapes.length} escapes\n`)
    expect(escapes).toEqual([])
    expect(counts.refused).toBeGreaterThan(0.5 * counts.cells)
  }, 300_000)

  it('forwards no header, comment, event name or id of the upstream', async () => {
    for (const dialect of SPEAKING_IDS) {
      for (const stream of [false, true]) {
        const upstream = new SandboxUpstream({ testString, tokenDelayMs: 0 })
        const answer = async (request: UpstreamRequest): Promise<UpstreamResponse> => {
          const { status, headers, body } = await upstream.send(request)
          const noise = stream ? [Buffer.from(`: ${TEST}\nid: ${TEST}\nretry: 1\n\n`)] : []
          const bytes = (async function* () {
            yield* noise
            yield* body
          })()
          return { status, headers: { ...headers, 'x-note': TEST, 'set-cookie': `a=${TEST}` }, body: bytes }
        }
        const answered = await ask({ name: `${dialect} ${stream} headers`, dialect, stream, answer })
        expect(verdictOf(dialect, answered)).toBe('answered')
        expect(`${answered.text}${JSON.stringify([...answered.headers])}`).not.toContain(PREFIX)
      }
    }
  })
})

function read(name: string) {
  return JSON.parse(readFileSync(new URL(`../vectors/dialects/${name}`, import.meta.url), 'utf8'))
}
