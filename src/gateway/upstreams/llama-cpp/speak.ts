import type { ChatItem, LlamaLibrary, LlamaModel, Sequence, Token } from './library.ts'
import type { Prompt, Sampling, StopReason } from './protocol.ts'

interface Speaker {
  readonly library: LlamaLibrary
  readonly model: LlamaModel
  readonly sequence: Sequence
}

interface Live {
  readonly signal: AbortSignal
  readonly onTextChunk: (text: string) => void
}

export interface Spoken {
  readonly reason: StopReason
  /** The first token that was made; null when there was none. */
  readonly first: Token | null
  /** What the model was given. */
  promptTokens(): readonly Token[]
}

/** How turns begin where a model knows no chat format of its own: it would go on with the user's next question. */
const NEXT_TURN = ['\n### ', '\nHuman:', '\nUser:']

/** Continues a text, or a conversation: with the user's answer, or from where an assistant's last turn ends. */
export async function speak(
  speaker: Speaker,
  prompt: Prompt,
  { stop, topLogprobs: _, ...sampling }: Sampling,
  live: Live,
): Promise<Spoken> {
  const { library, model, sequence } = speaker
  const given = Object.fromEntries(Object.entries(sampling).filter(([, value]) => value !== undefined))
  const options = { ...live, ...given, stopOnAbortSignal: true, customStopTriggers: stop }
  if (prompt.type === 'chat') return await answer(speaker, prompt.turns, options)
  const completion = new library.LlamaCompletion({ contextSequence: sequence, autoDisposeSequence: false })
  const { metadata } = await completion.generateCompletionWithMeta(prompt.text, options)
  return { reason: reasonOf(metadata), first: null, promptTokens: () => model.tokenizer(prompt.text) }
}

async function answer(
  { library, model, sequence }: Speaker,
  all: Extract<Prompt, { type: 'chat' }>['turns'],
  options: Live & { readonly stopOnAbortSignal: boolean; readonly customStopTriggers: readonly string[] },
): Promise<Spoken> {
  const turns = [...all]
  const begun = turns.at(-1)?.role === 'assistant' ? (turns.pop()?.text ?? '') : ''
  const asked = turns.at(-1)?.role === 'user' ? (turns.pop()?.text ?? '') : ''
  const history = turns.map(itemOf)
  const hasFormat = typeof model.fileInfo.metadata.tokenizer?.chat_template === 'string'
  const session = new library.LlamaChatSession({
    ...{ contextSequence: sequence, systemPrompt: '', autoDisposeSequence: false },
    ...(hasFormat ? {} : { chatWrapper: new library.GeneralChatWrapper() }),
  })
  session.setChatHistory(history)
  // What was begun comes first, in one piece, as if it were said.
  let isTextBegun = begun === ''
  let areTokensBegun = begun === ''
  let first: Token | null = null
  const meta = await session.promptWithMeta(asked, {
    ...options,
    ...(begun === '' ? {} : { responsePrefix: begun }),
    customStopTriggers: hasFormat ? options.customStopTriggers : [...options.customStopTriggers, ...NEXT_TURN],
    onTextChunk: (text) => {
      const said = isTextBegun ? text : text.slice(begun.length)
      isTextBegun = true
      if (said !== '') options.onTextChunk(said)
    },
    onToken: ([token]) => {
      if (areTokensBegun) first ??= token ?? null
      areTokensBegun = true
    },
  })
  const whole: ChatItem[] = [
    ...history,
    { type: 'user', text: asked },
    { type: 'model', response: begun === '' ? [] : [begun] },
  ]
  const promptTokens = () =>
    session.chatWrapper.generateContextState({ chatHistory: whole }).contextText.tokenize(model.tokenizer)
  return { reason: reasonOf(meta), first, promptTokens }
}

function itemOf({ role, text }: Extract<Prompt, { type: 'chat' }>['turns'][number]): ChatItem {
  return role === 'assistant' ? { type: 'model', response: [text] } : { type: role, text }
}

function reasonOf({ stopReason }: { readonly stopReason: string }): StopReason {
  return stopReason === 'maxTokens' ? 'length' : 'stop'
}
