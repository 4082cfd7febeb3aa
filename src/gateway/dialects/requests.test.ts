import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../base/json.ts'
import type { DialectId } from './dialect.ts'
import { DIALECTS } from './index.ts'

const decode = (dialect: DialectId, body: JsonObject) => DIALECTS[dialect].decodeRequest(body)
const user = { role: 'user', content: 'hi' }
const chat = (rest: JsonObject) => ({ model: 'm', messages: [user], ...rest })
const responses = (rest: JsonObject) => ({ model: 'm', input: 'hi', ...rest })
const messages = (rest: JsonObject) => ({ model: 'm', max_tokens: 9, messages: [user], ...rest })

describe('what a request asks for', () => {
  it('chat', () => {
    const body = chat({
      n: 3,
      stream: true,
      max_completion_tokens: 5,
      max_tokens: 7,
      user: 'u',
      safety_identifier: 's',
    })
    expect(decode('openai-chat', body)).toMatchObject({
      model: 'm',
      choices: 3,
      stream: true,
      maxOutputTokens: 5,
      endUser: 's',
    })
    expect(decode('openai-chat', chat({ n: null, stream: null, user: 'u' }))).toMatchObject({
      choices: 1,
      stream: false,
      endUser: 'u',
    })
    expect(decode('openai-chat', chat({ metadata: { user_id: 'x' } }))).toMatchObject({
      endUser: 'x',
      maxOutputTokens: null,
    })
  })
  it('responses', () => {
    const body = responses({ stream: true, max_output_tokens: 5, user: 'u' })
    expect(decode('openai-responses', body)).toMatchObject({
      model: 'm',
      choices: 1,
      stream: true,
      maxOutputTokens: 5,
      endUser: 'u',
    })
  })
  it('messages', () => {
    const body = messages({ stream: true, metadata: { user_id: 'u' } })
    expect(decode('anthropic-messages', body)).toMatchObject({
      model: 'm',
      choices: 1,
      stream: true,
      maxOutputTokens: 9,
      endUser: 'u',
    })
  })
})

describe('turns stand as the model reads them', () => {
  const turns = (dialect: DialectId, body: JsonObject) =>
    decode(dialect, body).exchange.turns.map(({ role, parts }) => [
      role,
      ...parts.map((part) => (part.kind === 'media' ? part.media : `${part.kind}: ${part.text}`)),
    ])

  it('in Messages: system, tools, the rest, then messages with results of tools as turns of their own', () => {
    const content = [
      { type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'rain' }], is_error: true },
      { type: 'text', text: 'and now?' },
    ]
    const body = messages({
      system: 'be kind',
      tools: [
        {
          name: 'weather',
          description: 'tells it',
          input_schema: { type: 'object', properties: { city: { type: 'string' } } },
        },
      ],
      stop_sequences: ['THE END'],
      messages: [
        user,
        { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Oslo' } }] },
        { role: 'user', content },
      ],
    })
    expect(turns('anthropic-messages', body)).toEqual([
      ['system', 'text: be kind', 'tool_definition: weather\ntells it\ncity'],
      ['user', 'other: THE END'],
      ['user', 'text: hi'],
      ['assistant', 'tool_call: weather', 'tool_call: city\nOslo'],
      ['tool', 'tool_result: rain'],
      ['user', 'text: and now?'],
    ])
  })

  it('in Responses: instructions first, calls and results by their roles', () => {
    const input = [
      { role: 'developer', content: 'be brief' },
      { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'hm' }] },
      { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{"city":"\\u004fslo"}' },
      { type: 'function_call_output', call_id: 'call_1', output: 'rain' },
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'hi' },
          { type: 'input_image', image_url: 'https://x.example/a.png' },
        ],
      },
    ]
    expect(turns('openai-responses', responses({ instructions: 'be kind', input }))).toEqual([
      ['system', 'text: be kind'],
      ['system', 'text: be brief'],
      ['assistant', 'reasoning: hm'],
      ['assistant', 'tool_call: weather', 'tool_call: {"city":"Oslo"}'],
      ['tool', 'tool_result: rain'],
      ['user', 'text: hi', 'image', 'text: https://x.example/a.png'],
    ])
  })

  it('in Chat: tools first, messages in order, the prediction last', () => {
    const body = chat({
      prediction: { type: 'content', content: 'I guess' },
      tools: [{ type: 'function', function: { name: 'weather' } }],
      messages: [{ role: 'developer', content: 'be kind' }, { role: 'function', name: 'f', content: 'old' }, user],
    })
    expect(turns('openai-chat', body)).toEqual([
      ['system', 'tool_definition: weather'],
      ['system', 'text: be kind'],
      ['tool', 'tool_result: old', 'other: f'],
      ['user', 'text: hi'],
      ['assistant', 'text: I guess'],
    ])
  })
})

describe('what a request is refused for', () => {
  it.each<[string, DialectId, JsonObject]>([
    ['model', 'openai-chat', { messages: [user] }],
    ['model', 'openai-responses', { model: '', input: 'x' }],
    ['model', 'anthropic-messages', { model: 7, messages: [user] }],
    ['messages', 'openai-chat', { model: 'm', messages: 'hi' }],
    ['messages', 'openai-chat', { model: 'm', messages: [] }],
    ['messages[0]', 'openai-chat', { model: 'm', messages: ['hi'] }],
    ['messages[1].role', 'openai-chat', { model: 'm', messages: [user, { role: 'wizard', content: 'x' }] }],
    ['messages[0].role', 'openai-chat', { model: 'm', messages: [{ content: 'x' }] }],
    ['messages[0].content', 'openai-chat', { model: 'm', messages: [{ role: 'user', content: 7 }] }],
    ['messages[0].content[0]', 'openai-chat', { model: 'm', messages: [{ role: 'user', content: ['x'] }] }],
    [
      'messages[0].content[0].type',
      'openai-chat',
      { model: 'm', messages: [{ role: 'user', content: [{ type: 'hologram' }] }] },
    ],
    [
      'messages[0].content[0].file.file_id',
      'openai-chat',
      { model: 'm', messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'file-1' } }] }] },
    ],
    [
      'messages[0].audio.id',
      'openai-chat',
      { model: 'm', messages: [{ role: 'assistant', audio: { id: 'audio_1' } }] },
    ],
    ['n', 'openai-chat', chat({ n: 0 })],
    ['n', 'openai-chat', chat({ n: 129 })],
    ['n', 'openai-chat', chat({ n: '2' })],
    ['n', 'openai-chat', chat({ n: 1.5 })],
    ['stream', 'openai-chat', chat({ stream: 'yes' })],
    ['max_tokens', 'openai-chat', chat({ max_tokens: -1 })],
    ['tools', 'openai-chat', chat({ tools: {} })],
    ['tools[0].type', 'openai-chat', chat({ tools: [{ type: 'web_search' }] })],
    ['web_search_options', 'openai-chat', chat({ web_search_options: {} })],
    ['stream_options', 'openai-chat', chat({ stream_options: true })],
    ['user', 'openai-chat', chat({ user: 7 })],
    ['input', 'openai-responses', { model: 'm' }],
    ['input', 'openai-responses', responses({ input: [] })],
    ['input[0].role', 'openai-responses', responses({ input: [{ role: 'wizard', content: 'x' }] })],
    ['input[0]', 'openai-responses', responses({ input: [{ type: 'item_reference', id: 'msg_1' }] })],
    ['input[0]', 'openai-responses', responses({ input: [{ id: 'msg_1' }] })],
    ['input[0].type', 'openai-responses', responses({ input: [{ type: 'compaction', encrypted_content: 'x' }] })],
    ['input[0].type', 'openai-responses', responses({ input: [{ type: 'mcp_call', id: 'x' }] })],
    [
      'input[0].content[0].file_id',
      'openai-responses',
      responses({ input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'file-1' }] }] }),
    ],
    [
      'input[0].output.file_id',
      'openai-responses',
      responses({
        input: [{ type: 'computer_call_output', output: { type: 'computer_screenshot', file_id: 'file-1' } }],
      }),
    ],
    ['instructions', 'openai-responses', responses({ instructions: ['x'] })],
    ['previous_response_id', 'openai-responses', responses({ previous_response_id: 'resp_1' })],
    ['conversation', 'openai-responses', responses({ conversation: { id: 'conv_1' } })],
    ['prompt', 'openai-responses', responses({ prompt: { id: 'pmpt_1' } })],
    ['background', 'openai-responses', responses({ background: true })],
    ['context_management', 'openai-responses', responses({ context_management: [{ type: 'compaction' }] })],
    ...['file_search', 'mcp', 'web_search', 'code_interpreter', 'image_generation', 'programmatic_tool_calling'].map(
      (type): [string, DialectId, JsonObject] => [
        'tools[0].type',
        'openai-responses',
        responses({ tools: [{ type }] }),
      ],
    ),
    [
      'tools[0].environment',
      'openai-responses',
      responses({ tools: [{ type: 'shell', environment: { type: 'container_auto' } }] }),
    ],
    [
      'tools[0].tools[0].type',
      'openai-responses',
      responses({ tools: [{ type: 'namespace', tools: [{ type: 'mcp' }] }] }),
    ],
    ['messages[0].role', 'anthropic-messages', { model: 'm', messages: [{ role: 'tool', content: 'x' }] }],
    [
      'messages[0].content[0].type',
      'anthropic-messages',
      { model: 'm', messages: [{ role: 'user', content: [{ type: 'container_upload', file_id: 'x' }] }] },
    ],
    [
      'messages[0].content[0].source.file_id',
      'anthropic-messages',
      {
        model: 'm',
        messages: [{ role: 'user', content: [{ type: 'document', source: { type: 'file', file_id: 'x' } }] }],
      },
    ],
    [
      'messages[0].content[0].content[0].source.type',
      'anthropic-messages',
      {
        model: 'm',
        messages: [
          {
            role: 'user',
            content: [{ type: 'tool_result', content: [{ type: 'image', source: { type: 'stored' } }] }],
          },
        ],
      },
    ],
    ['container', 'anthropic-messages', messages({ container: 'container_1' })],
    ['mcp_servers', 'anthropic-messages', messages({ mcp_servers: [{ url: 'https://x.example' }] })],
    ['thread', 'anthropic-messages', messages({ thread: { type: 'continue', previous_message_id: 'msg_1' } })],
    ...['web_search_20250305', 'web_fetch_20250910', 'code_execution_20250825', 'mcp_toolset'].map(
      (type): [string, DialectId, JsonObject] => [
        'tools[0].type',
        'anthropic-messages',
        messages({ tools: [{ type, name: 'x' }] }),
      ],
    ),
  ])('%s (%s, case %#)', (path, dialect, body) => {
    const message = `^${path.replaceAll(/[[\].]/g, '\\$&')} `
    expect(() => decode(dialect, body)).toThrow(
      expect.objectContaining({ code: 'REQUEST_INVALID', message: expect.stringMatching(message) }),
    )
  })

  it('takes 100,000 turns in time that grows with their number only', () => {
    const turns = Array.from({ length: 100_000 }, (_, i) => ({ role: i % 2 ? 'assistant' : 'user', content: 'hi' }))
    expect(decode('openai-chat', chat({ messages: turns })).exchange.turns).toHaveLength(100_000)
    expect(decode('anthropic-messages', messages({ messages: turns })).exchange.turns).toHaveLength(100_000)
    expect(decode('openai-responses', responses({ input: turns })).exchange.turns).toHaveLength(100_000)
  })
})
