import { describe, expect, it } from 'vitest'
import { AppError } from '../../../base/errors.ts'
import { type AnswerHead, readAsked, streamedAnswer, wholeAnswer } from './openai.ts'

const read = (body: object, dialect: 'openai-chat' | 'openai-completions' | 'anthropic-messages' = 'openai-chat') =>
  readAsked(dialect, Buffer.from(JSON.stringify(body)))
const messages = [{ role: 'user', content: 'Hello' }]

describe('readAsked', () => {
  it('reads conversations', () => {
    const asked = read({
      ...{ model: 'orca', stream: true, stream_options: { include_usage: true }, temperature: 0, top_p: 0.5, seed: 7 },
      ...{ max_completion_tokens: 20, stop: '###' },
      messages: [
        { role: 'developer', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Hel' },
            { type: 'text', text: 'lo' },
          ],
        },
        { role: 'assistant', content: 'Hi' },
        { role: 'user', content: 'Bye' },
      ],
    })
    expect(asked).toEqual({
      ...{ stream: true, wantsUsage: true, model: 'orca' },
      sampling: { maxTokens: 20, temperature: 0, topP: 0.5, seed: 7, stop: ['###'] },
      prompt: {
        type: 'chat',
        turns: [
          { role: 'system', text: 'Be brief.' },
          { role: 'user', text: 'Hello' },
          { role: 'assistant', text: 'Hi' },
          { role: 'user', text: 'Bye' },
        ],
      },
    })
  })

  it('reads texts', () => {
    const asked = read({ model: 'orca', prompt: 'Once', max_tokens: 3, n: null }, 'openai-completions')
    expect([asked.prompt, asked.sampling, asked.stream]).toEqual([
      { type: 'text', text: 'Once' },
      { maxTokens: 3, stop: [] },
      false,
    ])
  })

  it.each([
    ['pictures', { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:' } }] }] }],
    ['tools', { messages, tools: [{ type: 'function', function: { name: 'f' } }] }],
    ['answers of tools', { messages: [{ role: 'tool', content: 'x', tool_call_id: 'y' }] }],
    ['several choices', { messages, n: 2 }],
    ['nothing', { messages: [] }],
  ])('says that a plain model does not take %s', (_, body) => {
    expect(() => read({ model: 'orca', ...body })).toThrow(AppError)
  })

  it('takes no other dialect', () => {
    expect(() => read({ model: 'orca', messages, max_tokens: 5 }, 'anthropic-messages')).toThrow(
      /Chat Completions and Completions alone/,
    )
  })
})

describe('answers', () => {
  const head = (body: object, dialect: 'openai-chat' | 'openai-completions'): AnswerHead => ({
    ...{ id: 'id_1', createdSeconds: 5, dialect },
    asked: read({ model: 'orca', ...body }, dialect),
  })
  const end = { type: 'end', reason: 'length', inputTokens: 3, outputTokens: 2, firstToken: null } as const
  const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }

  it('are whole', () => {
    expect(wholeAnswer(head({ messages }, 'openai-chat'), 'Hi there', end)).toEqual({
      ...{ id: 'id_1', object: 'chat.completion', created: 5, model: 'orca', usage },
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'Hi there', refusal: null },
          logprobs: null,
          finish_reason: 'length',
        },
      ],
    })
    expect(wholeAnswer(head({ prompt: 'x' }, 'openai-completions'), 'yz', end)).toEqual({
      ...{ id: 'id_1', object: 'text_completion', created: 5, model: 'orca', usage },
      choices: [{ index: 0, text: 'yz', logprobs: null, finish_reason: 'length' }],
    })
  })

  it('are streamed', async () => {
    async function* pieces() {
      yield { type: 'text', text: 'Hi' } as const
      yield end
    }
    let text = ''
    const asked = { messages, stream: true, stream_options: { include_usage: true } }
    for await (const bytes of streamedAnswer(head(asked, 'openai-chat'), pieces()))
      text += Buffer.from(bytes).toString()
    const events = text.split('\n\n').filter((event) => event !== '')
    expect(events.at(-1)).toBe('data: [DONE]')
    const chunks = events
      .slice(0, -1)
      .map((event) => JSON.parse(event.slice(6)) as { choices: unknown[]; usage: unknown })
    const choice = (delta: object, reason: string | null = null) => [
      { index: 0, delta, logprobs: null, finish_reason: reason },
    ]
    expect(chunks.map(({ choices, usage: used }) => [choices, used])).toEqual([
      [choice({ role: 'assistant', content: '' }), null],
      [choice({ content: 'Hi' }), null],
      [choice({}, 'length'), null],
      [[], usage],
    ])
  })
})
