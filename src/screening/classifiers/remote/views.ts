import type { Exchange, Part } from '../../exchange/exchange.ts'
import type { ClassifyRequest, Segment } from '../classifier.ts'
import { GuardError } from './guard-error.ts'
import { neutralise } from './neutralise.ts'

/** One message as guards know them: they have no other roles. What the client sent as system or tool text counts as the user's. */
export interface Message {
  readonly role: 'user' | 'assistant'
  readonly text: string
}

/**
 * One question for a guard: is the last message harmful, given those before it? Messages alternate and begin with the user's, as the
 * guards' templates demand; on the side of the prompt the last is the user's, of the completion the assistant's. Texts are neutralised.
 */
export interface View {
  readonly side: ClassifyRequest['side']
  readonly messages: readonly Message[]
  /** The text of the last message: what is judged. */
  readonly judged: string
  /** What alone is judged, when it is one segment or a window of it: characters [start, end) of its text. */
  readonly place: { readonly segment: number; readonly start: number; readonly end: number } | null
}

export interface ViewLimits {
  /** Most characters that are judged in one view, before neutralising. */
  readonly maxChars: number
  /** Most characters of the conversation before them that are shown with them. */
  readonly contextChars: number
  /** Characters that neighbouring windows of a long text share. */
  readonly overlapChars: number
  /** Most views of one request. */
  readonly maxViews: number
}

const NO_USER = '[the conversation begins with the assistant]'

/**
 * The questions that together judge all of a request.
 *
 * Guards judge the last message only, and a client may invent the history. So a prompt of several turns is asked about twice: its last
 * message in context, and the whole as one transcript. Long texts are cut into overlapping windows, never cut off.
 *
 * @throws {GuardError} `too_long` when that would take more views than allowed
 */
export function viewsOf(request: ClassifyRequest, limits: ViewLimits, guard: string): View[] {
  const views = request.side === 'prompt' ? promptViews(request, limits) : completionViews(request, limits)
  if (views.length > limits.maxViews)
    throw new GuardError('too_long', guard, `would take more than ${limits.maxViews} questions`)
  return views
}

function promptViews({ exchange, segments }: ClassifyRequest, limits: ViewLimits): View[] {
  const turns = messagesOf(exchange)
  const only = segments.length === 1 ? segments[0] : undefined
  if (only !== undefined) return windowed('prompt', [], only.text, limits, only)
  const last = turns.at(-1)
  if (last === undefined || segments.length === 0) return []
  if (turns.length === 1) return windowed('prompt', [], last.text, limits)
  const transcript = windowed('prompt', [], turns.map(({ role, text }) => `[${role}]\n${text}`).join('\n\n'), limits)
  const inContext = last.role === 'user' && last.text.length <= limits.maxChars
  return inContext ? [view('prompt', turns.slice(0, -1), last.text, limits), ...transcript] : transcript
}

function completionViews({ exchange, segments }: ClassifyRequest, limits: ViewLimits): View[] {
  if (segments.length === 0) return []
  const turns = messagesOf(exchange)
  // What the client wrote in the assistant's name at the end is read on by the completion, as one message.
  const begun = turns.at(-1)?.role === 'assistant' ? turns.pop() : undefined
  const only = segments.length === 1 && begun === undefined ? segments[0] : undefined
  if (only !== undefined) return windowed('completion', turns, only.text, limits, only)
  const said = segments.map(({ text }) => text).join('\n')
  return windowed('completion', turns, begun === undefined ? said : `${begun.text}\n${said}`, limits)
}

function windowed(
  side: View['side'],
  context: readonly Message[],
  text: string,
  limits: ViewLimits,
  only?: Segment,
): View[] {
  if (text.length <= limits.maxChars) return [view(side, context, text, limits, only && [0, text.length])]
  const step = limits.maxChars - limits.overlapChars
  // One more than allowed is enough to be refused: the work stays bounded.
  const last = Math.min(text.length - limits.overlapChars, step * (limits.maxViews + 1))
  const views: View[] = []
  for (let start = 0; start < last; start += step) {
    const end = Math.min(text.length, start + limits.maxChars)
    views.push(view(side, context, text.slice(start, end), limits, only && [start, end]))
  }
  return views
}

function view(
  side: View['side'],
  context: readonly Message[],
  text: string,
  limits: ViewLimits,
  range?: readonly [number, number],
): View {
  const judged = neutralise(text)
  const messages: Message[] = newest(context, limits.contextChars).map(({ role, text: said }) => ({
    role,
    text: neutralise(said),
  }))
  messages.push({ role: side === 'prompt' ? 'user' : 'assistant', text: judged })
  if (messages[0]?.role === 'assistant') messages.unshift({ role: 'user', text: NO_USER })
  return {
    side,
    messages,
    judged,
    place: range === undefined ? null : { segment: 0, start: range[0], end: range[1] },
  }
}

/** As many of the newest messages as fit; of the first that does not, its end. */
function newest(messages: readonly Message[], room: number): Message[] {
  const kept: Message[] = []
  let left = room
  for (const message of messages.toReversed()) {
    if (left <= 0) break
    kept.unshift(message.text.length <= left ? message : { ...message, text: message.text.slice(-left) })
    left -= message.text.length
  }
  return kept
}

/** The exchange with neighbours of one role joined, so that roles alternate; media and empty texts are left out. */
function messagesOf({ turns }: Exchange): Message[] {
  const messages: { role: Message['role']; text: string }[] = []
  for (const { role, parts } of turns) {
    const text = parts.flatMap(textOf).join('\n')
    if (text === '') continue
    const as = role === 'assistant' ? 'assistant' : 'user'
    const said = role === 'system' || role === 'tool' ? `[${role}]\n${text}` : text
    const last = messages.at(-1)
    if (last?.role === as) last.text += `\n\n${said}`
    else messages.push({ role: as, text: said })
  }
  return messages
}

function textOf(part: Part): string[] {
  return part.kind === 'media' || part.text === '' ? [] : [part.text]
}
