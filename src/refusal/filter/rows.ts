import { z } from 'zod'
import type { DataFormat } from './schema.ts'

/** One thing that a row says: somebody's words. */
export interface Message {
  readonly role: 'system' | 'user' | 'assistant' | 'tool'
  readonly text: string
}

/** An answer that training learns from: to give it, or (`bad`) not to. */
export interface Lesson {
  readonly before: readonly Message[]
  readonly answer: string
  readonly bad: boolean
}

export interface TrainingRow {
  readonly format: DataFormat
  readonly lessons: readonly Lesson[]
  /** It holds more turns than are read. */
  readonly cut: boolean
}

const MAX_MESSAGES = 200
const Part = z.looseObject({ type: z.string().optional(), text: z.string().optional() })
const Content = z.union([z.string(), z.array(Part).transform(textOf), z.null().transform(() => '')])
const ROLES: ReadonlyMap<string, Message['role']> = new Map<string, Message['role']>([
  ['system', 'system'],
  ['developer', 'system'],
  ['user', 'user'],
  ['human', 'user'],
  ['prompter', 'user'],
  ['assistant', 'assistant'],
  ['gpt', 'assistant'],
  ['chatgpt', 'assistant'],
  ['model', 'assistant'],
  ['bot', 'assistant'],
  ['tool', 'tool'],
  ['function', 'tool'],
  ['observation', 'tool'],
  ['function_call', 'assistant'],
])
const Role = z.string().transform((role, context) => {
  const known = ROLES.get(role.toLowerCase())
  if (known === undefined) context.addIssue('an unknown role')
  return known ?? 'user'
})
const Turn = z
  .looseObject({
    role: Role,
    content: Content.optional(),
    weight: z.number().optional(),
    tool_calls: z.unknown().optional(),
  })
  .transform(({ role, content, weight, tool_calls: calls }) => ({
    role,
    text: [content ?? '', calls === undefined ? '' : JSON.stringify(calls)].filter((text) => text !== '').join('\n'),
    taught: weight !== 0,
  }))
const Turns = z.array(Turn).min(1)
const Said = z
  .looseObject({ from: Role, value: z.string() })
  .transform(({ from, value }) => ({ role: from, text: value, taught: true }))
/** A text, or messages. */
const Speech = z.union([z.string(), Turns])
type Speech = z.infer<typeof Speech>
type Spoken = z.infer<typeof Turn>

const OpenAiDpo = z.looseObject({
  input: z.looseObject({ messages: Turns }),
  preferred_output: Turns,
  non_preferred_output: Turns,
})
const Preference = z.looseObject({ prompt: Speech.optional(), chosen: Speech, rejected: Speech })
const Kto = z.looseObject({ prompt: Speech, completion: Speech, label: z.boolean() })
const Chat = z.looseObject({ messages: Turns, rejected_response: z.string().optional() })
const ShareGpt = z.looseObject({ conversations: z.array(Said).min(1), system: z.string().optional() })
const PromptCompletion = z.union([
  z.looseObject({ prompt: Speech, completion: Speech }),
  z
    .looseObject({ prompt: Speech, response: Speech })
    .transform(({ prompt, response }) => ({ prompt, completion: response })),
])
const Alpaca = z.looseObject({
  instruction: z.string(),
  input: z.string().nullish(),
  output: z.string(),
  system: z.string().nullish(),
})
const PlainText = z.looseObject({ text: z.string().min(1) })

/**
 * Reads a row of fine-tuning data in one of the common formats, the most telling one first.
 *
 * @returns null for what is none: hostile input, so whatever a line holds, this ends
 */
export function readTrainingRow(value: unknown): TrainingRow | null {
  for (const read of READERS) {
    const row = read(value)
    if (row !== null) return row
  }
  return null
}

const READERS: readonly ((value: unknown) => TrainingRow | null)[] = [
  (value) => {
    const { success, data } = OpenAiDpo.safeParse(value)
    if (!success) return null
    const before = data.input.messages
    return rowOf('openai-dpo', lessons(before, data.preferred_output), lessons(before, data.non_preferred_output, true))
  },
  (value) => {
    const { success, data } = Preference.safeParse(value)
    if (!success) return null
    const before = messagesOf(data.prompt ?? [], 'user')
    const good = ending(before, messagesOf(data.chosen, 'assistant'))
    return rowOf('trl-preference', good, ending(before, messagesOf(data.rejected, 'assistant'), true))
  },
  (value) => {
    const { success, data } = Kto.safeParse(value)
    if (!success) return null
    const [before, after] = [messagesOf(data.prompt, 'user'), messagesOf(data.completion, 'assistant')]
    return rowOf('trl-kto', lessons(before, after, !data.label))
  },
  (value) => {
    const { success, data } = Chat.safeParse(value)
    if (!success) return null
    const { messages, rejected_response: rejected } = data
    if (rejected === undefined) return rowOf('openai-chat', lessons([], messages))
    const before = messages.slice(0, -1)
    return rowOf('trl-preference', ending([], messages), [lesson(before, rejected, true)])
  },
  (value) => {
    const { success, data } = ShareGpt.safeParse(value)
    if (!success) return null
    return rowOf('sharegpt', lessons(data.system === undefined ? [] : [system(data.system)], data.conversations))
  },
  (value) => {
    const { success, data } = Alpaca.safeParse(value)
    if (!success) return null
    const asked = data.input ? `${data.instruction}\n\n${data.input}` : data.instruction
    const before = [...(data.system ? [system(data.system)] : []), spoken('user', asked)]
    return rowOf('alpaca', [lesson(before, data.output)])
  },
  (value) => {
    const { success, data } = PromptCompletion.safeParse(value)
    if (!success) return null
    return rowOf(
      'prompt-completion',
      lessons(messagesOf(data.prompt, 'user'), messagesOf(data.completion, 'assistant')),
    )
  },
  (value) => {
    const { success, data } = PlainText.safeParse(value)
    return success ? rowOf('text', [lesson([], data.text)]) : null
  },
]

function rowOf(format: DataFormat, ...groups: readonly (readonly Lesson[])[]): TrainingRow | null {
  const all = groups.flat()
  if (all.length === 0) return null
  const cut = all.length > MAX_MESSAGES || all.some(({ before }) => before.length > MAX_MESSAGES)
  return { format, lessons: all.slice(0, MAX_MESSAGES), cut }
}

/** Every answer of a conversation that is taught. */
function lessons(before: readonly Spoken[], after: readonly Spoken[], bad = false): Lesson[] {
  const whole = [...before, ...after]
  return whole.flatMap((turn, at) =>
    at >= before.length && turn.role === 'assistant' && turn.taught && at <= MAX_MESSAGES
      ? [lesson(whole.slice(0, at), turn.text, bad)]
      : [],
  )
}

/** The last answer alone: what comes before it is common to both sides of a preference. */
function ending(before: readonly Spoken[], after: readonly Spoken[], bad = false): Lesson[] {
  const last = after.at(-1)
  return last?.role === 'assistant' ? [lesson([...before, ...after.slice(0, -1)], last.text, bad)] : []
}

function lesson(before: readonly Message[], answer: string, bad = false): Lesson {
  return { before: before.map(({ role, text }) => ({ role, text })), answer, bad }
}

function messagesOf(speech: Speech | readonly [], role: 'user' | 'assistant'): readonly Spoken[] {
  return typeof speech === 'string' ? [spoken(role, speech)] : speech
}

function spoken(role: Message['role'], text: string): Spoken {
  return { role, text, taught: true }
}

function system(text: string): Spoken {
  return spoken('system', text)
}

function textOf(parts: z.infer<typeof Part>[]): string {
  return parts.map(({ text }) => text ?? '').join('\n')
}
