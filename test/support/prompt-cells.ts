import type { DialectId } from '../../src/gateway/dialects/dialect.ts'
import { DIALECT_IDS } from './dialect-http.ts'
import {
  ANYWHERE,
  CHAT,
  COMPLETIONS,
  EMBEDDINGS,
  halves,
  MESSAGES,
  type Message,
  type Parts,
  RESPONSES,
  RESPONSES_ITEMS,
  SPLITS,
  turn,
} from './prompt-parts.ts'
import { MODEL } from './running-app.ts'

/** One cell of the conformance matrix on the prompt's side; `body(text)` is a request with `text` planted in it. */
export interface PromptCell {
  readonly dialect: DialectId
  readonly role: string
  readonly kind: string
  readonly name: string
  readonly body: (text: string) => Record<string, unknown>
}

/** Places beside the turns. */
const BESIDE: Readonly<Record<DialectId, Readonly<Record<string, (text: string) => Message>>>> = {
  'openai-chat': {
    'tool description': (description) => ({
      tools: [{ type: 'function', function: { name: 'lookup', description, parameters: {} } }],
    }),
    'tool name': (name) => ({ tools: [{ type: 'function', function: { name, parameters: {} } }] }),
    'tool schema': (description) => ({
      tools: [
        {
          type: 'function',
          function: {
            name: 'lookup',
            parameters: { type: 'object', properties: { q: { type: 'string', description } } },
          },
        },
      ],
    }),
    'tool schema key': (text) => ({
      tools: [
        { type: 'function', function: { name: 'lookup', parameters: { type: 'object', properties: { [text]: {} } } } },
      ],
    }),
    'tool schema enum': (text) => ({
      tools: [{ type: 'function', function: { name: 'lookup', parameters: { enum: ['a', text] } } }],
    }),
    'custom tool grammar': (definition) => ({
      tools: [
        {
          type: 'custom',
          custom: { name: 'lookup', format: { type: 'grammar', grammar: { syntax: 'lark', definition } } },
        },
      ],
    }),
    'old function': (description) => ({ functions: [{ name: 'lookup', description, parameters: {} }] }),
    metadata: (text) => ({ metadata: { note: text } }),
    'metadata key': (text) => ({ metadata: { [text]: 'x' } }),
    stop: (text) => ({ stop: ['a', text] }),
    user: (user) => ({ user }),
    prediction: (content) => ({ prediction: { type: 'content', content } }),
    'response format': (description) => ({
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema: { description } } },
    }),
    'unknown field': (text) => ({ x_unknown: { deep: [{ x: text }] } }),
    'unknown key': (text) => ({ [text]: 1 }),
  },
  'openai-responses': {
    instructions: (instructions) => ({ instructions }),
    'tool description': (description) => ({
      tools: [{ type: 'function', name: 'lookup', description, parameters: {}, strict: false }],
    }),
    'tool schema': (title) => ({ tools: [{ type: 'function', name: 'lookup', parameters: { title }, strict: false }] }),
    metadata: (text) => ({ metadata: { note: text } }),
    user: (user) => ({ user }),
    'text format': (description) => ({ text: { format: { type: 'json_schema', name: 'x', schema: { description } } } }),
    'unknown field': (text) => ({ x_unknown: { deep: [{ x: text }] } }),
    'unknown key': (text) => ({ [text]: 1 }),
  },
  'openai-completions': { ...ANYWHERE, stop: (text) => ({ stop: ['a', text] }), 'one stop': (stop) => ({ stop }) },
  'openai-embeddings': ANYWHERE,
  'anthropic-count-tokens': { system: (system) => ({ system }), 'unknown field': (text) => ({ x_unknown: [text] }) },
  'anthropic-messages': {
    system: (system) => ({ system }),
    'system block': (text) => ({ system: [{ type: 'text', text }] }),
    ...Object.fromEntries(
      SPLITS.map((at) => [
        `system split over two blocks at ${at}`,
        (text: string) => ({ system: halves(text, at).map((half) => ({ type: 'text', text: half })) }),
      ]),
    ),
    'tool description': (description) => ({
      tools: [{ name: 'lookup', description, input_schema: { type: 'object' } }],
    }),
    'tool schema': (description) => ({
      tools: [{ name: 'lookup', input_schema: { type: 'object', properties: { q: { description } } } }],
    }),
    'tool schema key': (text) => ({
      tools: [{ name: 'lookup', input_schema: { type: 'object', properties: { [text]: {} } } }],
    }),
    'metadata user id': (user_id) => ({ metadata: { user_id } }),
    'metadata key': (text) => ({ metadata: { [text]: 'x' } }),
    stop: (text) => ({ stop_sequences: ['a', text] }),
    'unknown field': (text) => ({ x_unknown: { deep: [{ x: text }] } }),
    'unknown key': (text) => ({ [text]: 1 }),
  },
}

const ROLES: Readonly<Record<DialectId, readonly string[]>> = {
  'openai-chat': ['system', 'developer', 'user', 'assistant', 'tool', 'function'],
  'openai-responses': ['system', 'developer', 'user', 'assistant'],
  'openai-completions': ['prompt'],
  'openai-embeddings': ['input'],
  'anthropic-messages': ['user', 'assistant'],
  'anthropic-count-tokens': ['user', 'assistant'],
}
const POSITIONS = [0, 3, 6]
const KINDS: Readonly<Record<DialectId, readonly [Parts, readonly string[]][]>> = {
  'openai-chat': [[CHAT, ROLES['openai-chat']]],
  'openai-responses': [
    [RESPONSES, ROLES['openai-responses']],
    [RESPONSES_ITEMS, ['item']],
  ],
  'openai-completions': [[COMPLETIONS, ROLES['openai-completions']]],
  'openai-embeddings': [[EMBEDDINGS, ROLES['openai-embeddings']]],
  'anthropic-messages': [[MESSAGES, ROLES['anthropic-messages']]],
  'anthropic-count-tokens': [[MESSAGES, ROLES['anthropic-count-tokens']]],
}
const TURNLESS: ReadonlySet<DialectId> = new Set(['openai-completions', 'openai-embeddings'])
const STREAMLESS: ReadonlySet<DialectId> = new Set(['openai-embeddings', 'anthropic-count-tokens'])
const COUNTS: Partial<Record<DialectId, readonly number[]>> = { 'openai-chat': [1, 2], 'openai-completions': [1, 2] }

/** dialect × stream × n × role × part kind × turn position, and the places beside the turns. */
export function* promptCells(): Generator<PromptCell> {
  for (const dialect of DIALECT_IDS) {
    for (const stream of STREAMLESS.has(dialect) ? [false] : [false, true]) {
      for (const n of COUNTS[dialect] ?? [1]) {
        const frame = {
          model: MODEL,
          ...(STREAMLESS.has(dialect) ? {} : { stream }),
          ...(COUNTS[dialect] === undefined ? {} : { n }),
          ...(dialect === 'anthropic-messages' ? { max_tokens: 50 } : {}),
        }
        const variant = `${dialect} ${stream ? 'stream' : 'whole'} n=${n}`
        for (const [parts, roles] of KINDS[dialect]) {
          for (const role of roles) {
            for (const [kind, make] of Object.entries(parts)) {
              for (const position of TURNLESS.has(dialect) ? [0] : POSITIONS) {
                const body = (text: string) => ({ ...frame, ...history(dialect, make(text, role), position) })
                yield { dialect, role, kind, name: `${variant} ${role} ${kind} turn ${position}`, body }
              }
            }
          }
        }
        for (const [kind, make] of Object.entries(BESIDE[dialect])) {
          const body = (text: string) => ({ ...frame, ...history(dialect, calmTurn(dialect), 6), ...make(text) })
          yield { dialect, role: 'beside', kind, name: `${variant} ${kind}`, body }
        }
      }
    }
  }
}

function calmTurn(dialect: DialectId): Message {
  if (dialect === 'openai-completions') return { prompt: 'Hello.' }
  return dialect === 'openai-embeddings' ? { input: 'Hello.' } : turn('Hello.', 'user')
}

/** Six ordinary turns with `planted` among them; where there are no turns, `planted` alone. */
function history(dialect: DialectId, planted: Message, position: number): Message {
  if (TURNLESS.has(dialect)) return planted
  const turns: Message[] = Array.from({ length: 6 }, (_, i) =>
    turn(i % 2 === 0 ? 'How do I bake bread?' : 'Slowly.', i % 2 === 0 ? 'user' : 'assistant'),
  )
  turns.splice(position, 0, planted)
  return dialect === 'openai-responses' ? { input: turns } : { messages: turns }
}
