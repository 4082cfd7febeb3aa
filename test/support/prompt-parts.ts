/** What may hold a text in a request of each dialect, by kind: the cells of the conformance matrix are made of these. */
export type Message = Record<string, unknown>
export type Parts = Readonly<Record<string, (text: string, role: string) => Message>>

const base64 = (text: string) => Buffer.from(text).toString('base64')
/** JSON in which each character of `text` is written as an escape. */
const escaped = (text: string) =>
  `{"q":"${[...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"}`
/** Splits between which no part holds the whole. */
export const SPLITS = [0.1, 0.5, 0.9]
export function halves(text: string, at: number): [string, string] {
  const cut = Math.max(1, Math.floor(text.length * at))
  return [text.slice(0, cut), text.slice(cut)]
}

function splitParts(part: (text: string) => unknown, message: (content: unknown[], role: string) => Message): Parts {
  return Object.fromEntries(
    SPLITS.map((at) => [
      `text split over two parts at ${at}`,
      (text, role) => message(halves(text, at).map(part), role),
    ]),
  )
}

const chatContent = (content: unknown, role: string): Message => ({
  role,
  content,
  ...(role === 'tool' ? { tool_call_id: 'call_1a' } : {}),
  ...(role === 'function' ? { name: 'lookup' } : {}),
})
const chatCall = (fields: Message, role: string): Message => ({ ...chatContent('', role), ...fields })

export const CHAT: Parts = {
  text: (text, role) => chatContent(text, role),
  'text part': (text, role) => chatContent([{ type: 'text', text }], role),
  'second text part': (text, role) =>
    chatContent(
      [
        { type: 'text', text: 'Hello.' },
        { type: 'text', text },
      ],
      role,
    ),
  ...splitParts((text) => ({ type: 'text', text }), chatContent),
  'refusal part': (refusal, role) => chatContent([{ type: 'refusal', refusal }], role),
  'image URL': (text, role) =>
    chatContent([{ type: 'image_url', image_url: { url: `https://example.com/a.png?q=${text}` } }], role),
  'data URL text': (text, role) =>
    chatContent([{ type: 'image_url', image_url: { url: `data:text/plain,${text}` } }], role),
  'data URL base64 text': (text, role) =>
    chatContent([{ type: 'image_url', image_url: { url: `data:text/plain;base64,${base64(text)}` } }], role),
  'text named an image': (text, role) =>
    chatContent([{ type: 'image_url', image_url: { url: `data:image/png;base64,${base64(text)}` } }], role),
  'file text': (text, role) =>
    chatContent(
      [{ type: 'file', file: { filename: 'a.txt', file_data: `data:text/plain;base64,${base64(text)}` } }],
      role,
    ),
  'file name': (filename, role) =>
    chatContent([{ type: 'file', file: { filename, file_data: 'data:application/pdf;base64,JVBERi0xLjQK' } }], role),
  'audio of words': (data, role) => chatContent([{ type: 'input_audio', input_audio: { data, format: 'wav' } }], role),
  'tool name': (name, role) =>
    chatCall({ tool_calls: [{ id: 'call_1a', type: 'function', function: { name, arguments: '{}' } }] }, role),
  'tool arguments': (q, role) =>
    chatCall(
      {
        tool_calls: [
          { id: 'call_1a', type: 'function', function: { name: 'lookup', arguments: JSON.stringify({ q }) } },
        ],
      },
      role,
    ),
  'tool arguments in escapes': (text, role) =>
    chatCall(
      { tool_calls: [{ id: 'call_1a', type: 'function', function: { name: 'lookup', arguments: escaped(text) } }] },
      role,
    ),
  'tool argument key': (text, role) =>
    chatCall(
      {
        tool_calls: [
          { id: 'call_1a', type: 'function', function: { name: 'lookup', arguments: JSON.stringify({ [text]: 1 }) } },
        ],
      },
      role,
    ),
  'second tool call': (q, role) =>
    chatCall(
      {
        tool_calls: ['{}', JSON.stringify({ q })].map((args, i) => ({
          id: `call_${i}a`,
          type: 'function',
          function: { name: 'lookup', arguments: args },
        })),
      },
      role,
    ),
  'custom tool input': (input, role) =>
    chatCall({ tool_calls: [{ id: 'call_1a', type: 'custom', custom: { name: 'lookup', input } }] }, role),
  'function call': (text, role) => chatCall({ function_call: { name: 'lookup', arguments: text } }, role),
  reasoning: (reasoning_content, role) => chatCall({ reasoning_content }, role),
  refusal: (refusal, role) => chatCall({ refusal }, role),
  'participant name': (name, role) => ({ ...chatContent('Hello.', role), name }),
  annotation: (title, role) => chatCall({ annotations: [{ type: 'url_citation', url_citation: { title } }] }, role),
  'unknown field': (text, role) => chatCall({ x_unknown: { deep: [text] } }, role),
  'unknown key': (text, role) => chatCall({ [text]: true }, role),
}

const item = (content: unknown, role: string): Message => ({ role, content })
export const RESPONSES: Parts = {
  text: item,
  'typed message': (text, role) => ({ type: 'message', ...item(text, role) }),
  'text part': (text, role) => item([{ type: 'input_text', text }], role),
  'output part': (text, role) => item([{ type: 'output_text', text, annotations: [] }], role),
  'second text part': (text, role) =>
    item(
      [
        { type: 'input_text', text: 'Hello.' },
        { type: 'input_text', text },
      ],
      role,
    ),
  ...splitParts((text) => ({ type: 'input_text', text }), item),
  'refusal part': (refusal, role) => item([{ type: 'refusal', refusal }], role),
  'image URL': (text, role) =>
    item([{ type: 'input_image', detail: 'auto', image_url: `https://example.com/${text}` }], role),
  'data URL text': (text, role) =>
    item([{ type: 'input_image', detail: 'auto', image_url: `data:text/plain,${text}` }], role),
  'file text': (text, role) =>
    item([{ type: 'input_file', filename: 'a.txt', file_data: `data:text/plain;base64,${base64(text)}` }], role),
  'file name': (filename, role) =>
    item([{ type: 'input_file', filename, file_url: 'https://example.com/a.pdf' }], role),
  'unknown field': (text, role) => ({ ...item('Hello.', role), x_unknown: [text] }),
  'unknown key': (text, role) => ({ ...item('Hello.', role), [text]: 1 }),
}
/** Items that have no role. */
export const RESPONSES_ITEMS: Parts = {
  reasoning: (text) => ({ type: 'reasoning', id: 'rs_1a', summary: [{ type: 'summary_text', text }] }),
  'reasoning content': (text) => ({
    type: 'reasoning',
    id: 'rs_1a',
    summary: [],
    content: [{ type: 'reasoning_text', text }],
  }),
  'reasoning in place of ciphertext': (text) => ({
    type: 'reasoning',
    id: 'rs_1a',
    summary: [],
    encrypted_content: base64(text),
  }),
  'tool name': (name) => ({ type: 'function_call', call_id: 'call_1a', name, arguments: '{}' }),
  'tool arguments': (q) => ({
    type: 'function_call',
    call_id: 'call_1a',
    name: 'lookup',
    arguments: JSON.stringify({ q }),
  }),
  'tool arguments in escapes': (text) => ({
    type: 'function_call',
    call_id: 'call_1a',
    name: 'lookup',
    arguments: escaped(text),
  }),
  'custom tool input': (input) => ({ type: 'custom_tool_call', call_id: 'call_1a', name: 'lookup', input }),
  'tool result': (output) => ({ type: 'function_call_output', call_id: 'call_1a', output }),
  'tool result part': (text) => ({
    type: 'function_call_output',
    call_id: 'call_1a',
    output: [{ type: 'input_text', text }],
  }),
  ...splitParts(
    (text) => ({ type: 'input_text', text }),
    (output) => ({ type: 'function_call_output', call_id: 'call_1a', output }),
  ),
  'custom tool result': (output) => ({ type: 'custom_tool_call_output', call_id: 'call_1a', output }),
  'shell command': (text) => ({
    type: 'local_shell_call',
    id: 'lsh_1a',
    call_id: 'call_1a',
    status: 'completed',
    action: { type: 'exec', command: ['sh', text], env: {} },
  }),
  'shell result': (output) => ({ type: 'local_shell_call_output', id: 'lsh_1a', output }),
}

export const turn = (content: unknown, role: string): Message => ({ role, content })
const result = (content: unknown) => [{ type: 'tool_result', tool_use_id: 'toolu_1a', content }]
export const MESSAGES: Parts = {
  text: turn,
  'text block': (text, role) => turn([{ type: 'text', text }], role),
  'second text block': (text, role) =>
    turn(
      [
        { type: 'text', text: 'Hello.' },
        { type: 'text', text },
      ],
      role,
    ),
  ...splitParts((text) => ({ type: 'text', text }), turn),
  'image URL': (text, role) =>
    turn([{ type: 'image', source: { type: 'url', url: `https://example.com/${text}` } }], role),
  'image that is text': (text, role) =>
    turn([{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: base64(text) } }], role),
  'document text': (data, role) =>
    turn([{ type: 'document', source: { type: 'text', media_type: 'text/plain', data } }], role),
  'document block': (text, role) =>
    turn([{ type: 'document', source: { type: 'content', content: [{ type: 'text', text }] } }], role),
  'document title': (title, role) =>
    turn([{ type: 'document', title, source: { type: 'text', media_type: 'text/plain', data: 'x' } }], role),
  'search result': (text, role) =>
    turn(
      [{ type: 'search_result', source: 'https://example.com', title: 't', content: [{ type: 'text', text }] }],
      role,
    ),
  'tool name': (name, role) => turn([{ type: 'tool_use', id: 'toolu_1a', name, input: {} }], role),
  'tool input': (q, role) => turn([{ type: 'tool_use', id: 'toolu_1a', name: 'lookup', input: { q: [{ q }] } }], role),
  'tool input key': (text, role) =>
    turn([{ type: 'tool_use', id: 'toolu_1a', name: 'lookup', input: { [text]: 1 } }], role),
  'tool result': (text, role) => turn(result(text), role),
  'tool result block': (text, role) => turn(result([{ type: 'text', text }]), role),
  ...Object.fromEntries(
    SPLITS.map((at) => [
      `tool result split over two blocks at ${at}`,
      (text: string, role: string) =>
        turn(result(halves(text, at).map((half) => ({ type: 'text', text: half }))), role),
    ]),
  ),
  thinking: (thinking, role) => turn([{ type: 'thinking', thinking, signature: '' }], role),
  'thinking in place of ciphertext': (text, role) => turn([{ type: 'redacted_thinking', data: base64(text) }], role),
  citation: (cited_text, role) =>
    turn([{ type: 'text', text: 'x', citations: [{ type: 'char_location', cited_text }] }], role),
  'unknown field': (text, role) => turn([{ type: 'text', text: 'x', x_unknown: { deep: text } }], role),
  'unknown key': (text, role) => ({ ...turn('Hello.', role), [text]: 1 }),
}

/** Of dialects without turns: the whole of what is said. */
export const COMPLETIONS: Parts = {
  text: (prompt) => ({ prompt }),
  'one of several': (text) => ({ prompt: ['Hello.', text, 'Good day.'] }),
  suffix: (suffix) => ({ prompt: 'Hello.', suffix }),
  'numbers of tokens and text': (text) => ({ prompt: ['Hello.', [1, 2], text] }),
  'embedded prompt': (prompt_embeds) => ({ prompt: 'Hello.', prompt_embeds }),
}
export const EMBEDDINGS: Parts = {
  text: (input) => ({ input }),
  'one of several': (text) => ({ input: ['Hello.', text] }),
  messages: (content) => ({ input: 'Hello.', messages: [{ role: 'user', content }] }),
  'image URL': (url) => ({ input: [{ type: 'image_url', image_url: { url } }] }),
}

export const ANYWHERE: Readonly<Record<string, (text: string) => Message>> = {
  user: (user) => ({ user }),
  'encoding format': (encoding_format) => ({ encoding_format }),
  'unknown field': (text) => ({ x_unknown: { deep: [{ x: text }] } }),
  'unknown key': (text) => ({ [text]: 1 }),
}
