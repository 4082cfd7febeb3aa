import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LedgerEvent } from '../../src/ledger/index.ts'
import { testString } from '../../src/screening/index.ts'
import { MODEL, type RunningApp, startApp } from '../support/running-app.ts'
import { jsonAnswer, sseAnswer } from '../support/scripted-upstream.ts'
import { StringScreen } from '../support/string-screen.ts'
import { textStream } from '../support/text-streams.ts'

const TEST = testString('cyber_operations')
const PROMPT = { model: MODEL, messages: [{ role: 'user', content: `a ${TEST}` }] }

class FailingScreen extends StringScreen {
  failing = false
  override classify(...given: Parameters<StringScreen['classify']>): ReturnType<StringScreen['classify']> {
    if (this.failing) throw new Error('the screen is down')
    return super.classify(...given)
  }
}

/** What screening found, without what was done about it. */
function screening({ data }: LedgerEvent, side: 'prompt' | 'completion') {
  const said = data[side]
  if (typeof said !== 'object' || said === null || Array.isArray(said)) throw new Error(`no ${side} in the record`)
  const { action: _, exempted: __, ...rest } = said
  return rest
}

describe('exempt traffic', () => {
  let running: RunningApp
  const screen = new FailingScreen()

  beforeAll(async () => {
    running = await startApp({ classifier: screen })
  })
  afterAll(() => running[Symbol.asyncDispose]())

  const ask = async (body: object) => {
    const response = await fetch(`${running.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${running.key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    const id = response.headers.get('x-safelevel-decision') ?? ''
    const [event] = await running.decisionsSince(0, id)
    if (event === undefined) throw new Error(`no record of ${id}`)
    return { status: response.status, text, event }
  }
  /** As two people would have decided it: what they decide is tested elsewhere. */
  const grant = async (clauses: string[]) => {
    const principal = running.app.accounts.authenticate(running.key)
    const action = running.app.redress.exemptions.action()
    const request = action.schema.parse({
      scope: { type: 'project', id: principal?.projectId },
      clauses,
      reason: 'r',
      riskNote: 'n',
      days: 1,
    })
    const approved = {
      id: running.app.ids.next('apr'),
      requester: 'per_1',
      approvers: ['per_2'],
      approvedAt: new Date(running.app.clock.now()).toISOString(),
      effectiveUntil: null,
      digest: '0'.repeat(64),
    }
    await action.execute(request, approved)
    return `exm_${approved.id.slice(4)}`
  }
  const end = (id: string) => running.app.redress.exemptions.end(id, { type: 'staff', id: 'per_1' }, 'test')

  it.each([false, true])(
    'is let through and leaves the same screening records: prompt, streamed %s',
    async (stream) => {
      running.upstream.respond = null
      const before = await ask({ ...PROMPT, stream })
      expect(before.event.data.outcome).toBe('refuse')
      const id = await grant(['2.1'])
      const exempt = await ask({ ...PROMPT, stream })
      expect(exempt.event.data).toMatchObject({ outcome: 'allow', exempted: id })
      expect(exempt.event.data.prompt).toMatchObject({
        action: 'allow',
        exempted: id,
        clause: '2.1',
        reason: 'threshold',
      })
      expect(screening(exempt.event, 'prompt')).toEqual(screening(before.event, 'prompt'))
      await end(id)
      expect((await ask({ ...PROMPT, stream })).event.data.outcome).toBe('refuse')
    },
  )

  it.each([false, true])(
    'is let through and leaves the same screening records: answer, streamed %s',
    async (stream) => {
      const said = `Well: ${TEST}. That was all.`
      running.upstream.respond = () =>
        stream ? sseAnswer([...textStream('openai-chat', [said])]) : jsonAnswer(wholeAnswer(said))
      const body = { model: MODEL, messages: [{ role: 'user', content: 'Hello.' }], stream }
      const before = await ask(body)
      expect(before.event.data.outcome).toBe(stream ? 'cut' : 'refuse')
      expect(before.text).not.toContain(TEST)
      const id = await grant(['2.1'])
      const exempt = await ask(body)
      expect(exempt.text).toContain(TEST)
      expect(exempt.event.data).toMatchObject({ outcome: 'allow', exempted: id })
      expect(exempt.event.data.completion).toMatchObject({ action: 'allow', exempted: id, clause: '2.1' })
      expect(screening(exempt.event, 'completion')).toEqual(screening(before.event, 'completion'))
      // A stream that is cut is digested as far as it came.
      if (!stream) expect(exempt.event.digests.completion).toEqual(before.event.digests.completion)
      await end(id)
    },
  )

  it('is refused all the same under a clause that the exemption does not name', async () => {
    running.upstream.respond = null
    const both = `${TEST} and ${testString('chemical')}`
    const body = { model: MODEL, messages: [{ role: 'user', content: both }] }
    const id = await grant(['2.1'])
    const { event } = await ask(body)
    expect(event.data).toMatchObject({ outcome: 'refuse', prompt: { action: 'refuse', clause: '1.1' } })
    const other = await ask({ ...body, messages: [{ role: 'user', content: `${TEST} ${testString('hate')}` }] })
    expect(other.event.data).toMatchObject({ outcome: 'refuse', exempted: id, prompt: { label: 'hate' } })
    await end(id)
  })

  it('is never let past what could not be judged', async () => {
    const id = await grant(['2.1'])
    screen.failing = true
    const answer = await ask({ model: MODEL, messages: [{ role: 'user', content: 'Hello.' }] })
    screen.failing = false
    expect(answer.status).toBe(503)
    expect(answer.event.data).toMatchObject({ code: 'POLICY_UNDECIDED' })
    await end(id)
  })
})

function wholeAnswer(content: string) {
  const message = { role: 'assistant', content }
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: MODEL,
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  }
}
