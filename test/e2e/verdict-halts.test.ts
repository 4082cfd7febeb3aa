import { setTimeout as sleep } from 'node:timers/promises'
import OpenAI, { PermissionDeniedError } from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TrainingGate } from '../../clients/typescript/safelevel-gate.ts'
import type { Assessment, Classifier, ClassifyRequest } from '../../src/screening/index.ts'
import { MarkerScreen, marked } from '../support/marker-screen.ts'
import { MODEL, type RunningApp, startApp } from '../support/running-app.ts'

const OPERATOR = { type: 'operator', id: 'operator' } as const

/** A second judge that finds what the first does not: a word of its own. */
class WordJudge implements Classifier {
  readonly id = 'words@test'
  readonly covers = new MarkerScreen().covers

  classify(request: ClassifyRequest): Assessment {
    const found = request.segments.some(({ text }) => text.includes('whisper'))
    const assessment = new MarkerScreen().classify({ ...request, segments: [] })
    return { ...assessment, scores: { ...assessment.scores, biological: found ? 0.99 : 0 } }
  }
}

let running: RunningApp
beforeAll(async () => {
  running = await startApp({ classifier: new MarkerScreen(), secondJudge: new WordJudge() })
})
afterAll(() => running[Symbol.asyncDispose]())

async function operate(method: string, path: string, body?: string | object) {
  const isFile = typeof body === 'string'
  const headers = {
    authorization: `Bearer ${running.app.operatorToken}`,
    'content-type': isFile ? 'application/octet-stream' : 'application/json',
  }
  const sent = body === undefined ? null : isFile ? body : JSON.stringify(body)
  const response = await fetch(`${running.controlUrl}/api/v1${path}`, { method, headers, body: sent })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  // biome-ignore lint/suspicious/noExplicitAny: a body as a test looks at it
  return JSON.parse(text) as any
}

/** An Inspect log of four tasks at ten tries each, of which some pass at the last try. */
function inspectLog(passing: number): string {
  const samples = [0, 1, 2, 3].flatMap((task) =>
    Array.from({ length: 10 }, (_, i) => ({
      ...{ id: `t${task}`, epoch: i + 1, input: 'q', target: 'yes', messages: [] },
      scores: { match: { value: task < passing && i === 9 ? 'C' : 'I', answer: 'x', history: [] } },
    })),
  )
  const created = new Date(Date.now() + 1_000).toISOString()
  const evaluated = { created, model: 'atlas', dataset: { samples: 4 }, config: { epochs: 10 } }
  return JSON.stringify({
    ...{ version: 2, status: 'success', eval: evaluated, results: { total_samples: 40, scores: [] }, samples },
  })
}

async function customer(name: string): Promise<OpenAI> {
  const { accounts } = running.app
  const organisation = await accounts.createOrganisation({ name }, OPERATOR)
  const project = await accounts.createProject({ organisationId: organisation.id, name: 'default' }, OPERATOR)
  const { key } = await accounts.createKey({ projectId: project.id, name: 'k' }, OPERATOR)
  return new OpenAI({ apiKey: key, baseURL: `${running.url}/v1`, maxRetries: 0 })
}

const say = (client: OpenAI, content: string, model = MODEL) =>
  client.chat.completions.create({ model, messages: [{ role: 'user', content }] })

describe('a log that meets a line', () => {
  it('is read, comes to MET, stops training, and has new customers refused at the gateway', async () => {
    const [old, late] = [await customer('Old'), await customer('Late')]
    const newcomers = await Promise.all(Array.from({ length: 40 }, (_, i) => customer(`Newcomer ${i}`)))
    await operate('POST', '/checkpoints', { model: 'atlas', checkpoint: 'c1', flops: 1e24 })
    const surfaces = [{ kind: 'api', name: 'api', gatewayModels: [MODEL] }]
    await operate('POST', '/deployments', { deployment: 'prod', checkpoint: 'atlas/c1', surfaces })
    await say(old, 'Hello.')
    const { signed } = await operate('POST', '/train/gate', { model: 'atlas', run: 'r0', flops: 1.1e24 })
    const gate = new TrainingGate({
      ...{ url: running.controlUrl, token: running.app.operatorToken, model: 'atlas', run: 'r1' },
      publicKey: signed.publicKey,
    })
    expect([await gate.ask(1.1e24), gate.receipt]).toEqual([true, expect.stringMatching(/^lse_/)])
    const suite = { suite: 'auto-1', domain: 'autonomy', threshold: 'AI-RD-4', rule: { kind: 'autonomy' }, tasks: 4 }
    await running.app.modelRooms.evaluations.suites.freeze({ ...suite, rule: { kind: 'autonomy' } }, OPERATOR)
    const opened = await operate('POST', '/evaluations/assessments', { checkpoint: 'atlas/c1', suites: ['auto-1'] })

    const query = `assessment=${opened.id}&suite=auto-1&snapshot=helpful-only`
    const result = await operate('POST', `/evaluations/results?${query}`, inspectLog(2))
    expect(result.verdict).toMatchObject({ verdict: 'MET', tasks: { passed: 2 } })
    const startedMs = performance.now()
    // Who is served before the halt is a customer from then on: each asks once, spread over the two seconds.
    let refused: unknown = null
    for (const one of newcomers) {
      refused = await say(one, 'Hello.').then(
        () => null,
        (error: unknown) => error,
      )
      if (refused !== null) break
      await sleep(50)
    }
    expect(refused).toBeInstanceOf(PermissionDeniedError)
    expect(performance.now() - startedMs).toBeLessThan(2_000)
    await expect(say(late, 'Hello.')).rejects.toThrow(/takes no new customers .*inc_/)
    expect((await say(old, 'Hello.')).choices).toHaveLength(1)
    expect((await say(late, 'Hello.', 'sandbox-1')).choices).toHaveLength(1)

    await expect.poll(() => gate.ask(1.1e24)).toBe(false)
    expect(gate.receipt).toBeNull()
    expect(gate.reasons.join()).toContain('training of this line is met')
    const { items } = await operate('GET', '/response/incidents')
    expect(items).toMatchObject([{ cause: 'verdict', tasks: [{ deployment: 'prod', customers: expect.any(Number) }] }])
  })

  it('puts an emergency’s judge and another model between that deployment and its customers, and no other', async () => {
    const old = await customer('Other')
    await say(old, 'Hello.', 'sandbox-1')
    const given = {
      reason: 'uplift',
      safeguards: { judge: true, downgrade: { cyber_operations: { from: 0.05, to: 'sandbox-1' } } },
    }
    // The customer of the first test, by a key of its own: who was a customer at the halt.
    const [first] = (await running.app.modelRooms.response.cases.get('deployment/prod')).frozen ?? []
    const { items: projects } = await running.app.accounts.projects({ organisationId: first, limit: 1 })
    const { key } = await running.app.accounts.createKey({ projectId: projects[0]?.id ?? '', name: 'k2' }, OPERATOR)
    const client = new OpenAI({ apiKey: key, baseURL: `${running.url}/v1`, maxRetries: 0 })
    expect((await say(client, 'whisper')).choices[0]?.message.refusal ?? null).toBeNull()
    await operate('POST', '/response/cases/deployment/prod/emergency', given)
    const refused = await say(client, 'whisper')
    expect(refused.choices[0]?.finish_reason).toBe('content_filter')
    expect((await say(client, 'whisper', 'sandbox-1')).choices[0]?.finish_reason).toBe('stop')
    running.upstream.take()
    const { response } = await client.chat.completions
      .create({ model: MODEL, messages: [{ role: 'user', content: marked('cyber_operations', 0.06) }] })
      .withResponse()
    expect(response.headers.get('x-safelevel-safeguards')).toMatch(/incident=inc_.*answered-by=sandbox-1/)
    expect(running.upstream.take()).toEqual([])
    await say(client, 'Hello.')
    expect(running.upstream.take()).toHaveLength(1)
  })

  it('shows in the status what must not stay as it is: a vacant office, a checkpoint that nobody let through', async () => {
    const { training, officer } = running.app.modelRooms
    const codes = async () => {
      await officer.look()
      await training.checkReceipts()
      const { health } = await operate('GET', '/status')
      return health.conditions.map(({ code }: { code: string }) => code)
    }
    expect(await codes()).toContain('officer_vacant')
    expect(await codes()).not.toContain('checkpoint_without_receipt')
    await operate('POST', '/checkpoints', { model: 'atlas', checkpoint: 'c9', flops: 2e24, run: 'r9' })
    expect(await codes()).toContain('checkpoint_without_receipt')
    await training.settle({ checkpoint: 'atlas/c9', reason: 'recorded by hand' }, OPERATOR)
    expect(await codes()).not.toContain('checkpoint_without_receipt')
    const { findings } = await operate('GET', '/releases/prod')
    expect(findings).toContainEqual(expect.objectContaining({ id: 'officer', state: 'missing' }))
  })
})
