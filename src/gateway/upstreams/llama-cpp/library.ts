import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

/** As much of node-llama-cpp 3 as is used. */
export interface LlamaLibrary {
  getLlama(options: object): Promise<{
    loadModel(options: { modelPath: string; useMmap: boolean }): Promise<LlamaModel>
  }>
  LlamaChatSession: new (options: {
    contextSequence: Sequence
    systemPrompt: string
    autoDisposeSequence: boolean
    chatWrapper?: ChatWrapper
  }) => {
    readonly chatWrapper: ChatWrapper
    setChatHistory(history: readonly ChatItem[]): void
    promptWithMeta(prompt: string, options: GenerateOptions & { responsePrefix?: string }): Promise<Meta>
  }
  GeneralChatWrapper: new () => ChatWrapper
  LlamaCompletion: new (options: {
    contextSequence: Sequence
    autoDisposeSequence: boolean
  }) => {
    generateCompletionWithMeta(prompt: string, options: GenerateOptions): Promise<{ metadata: Meta }>
  }
}

export interface LlamaModel {
  readonly fileInfo: { readonly metadata: { readonly tokenizer?: { readonly chat_template?: unknown } } }
  readonly tokenizer: Tokenizer
  detokenize(tokens: readonly Token[], specialTokens: boolean): string
  createContext(options: { contextSize: { max: number }; sequences: number; threads: number }): Promise<LlamaContext>
}

/** Its number in the model's vocabulary. */
export type Token = number
type Tokenizer = (text: string) => Token[]

/** How a conversation is written out for a model. */
export interface ChatWrapper {
  generateContextState(of: { chatHistory: readonly ChatItem[] }): {
    contextText: { tokenize(tokenizer: Tokenizer): Token[] }
  }
}

export interface LlamaContext {
  readonly sequencesLeft: number
  getSequence(): Sequence
}

export interface Sequence {
  readonly tokenMeter: { readonly usedInputTokens: number; readonly usedOutputTokens: number }
  readonly nextTokenIndex: number
  /** Forgets what lies past the tokens that both have in common, and perhaps more: `nextTokenIndex` tells. */
  adaptStateToTokens(tokens: readonly Token[], allowShift: boolean): Promise<void>
  controlledEvaluate(
    input: readonly (Token | [Token, { generateNext: NextOptions }])[],
  ): Promise<readonly ({ readonly next: Next } | undefined)[]>
  /** Ends once its place in the context is free again. */
  dispose(): Promise<void>
}

interface NextOptions {
  readonly logits: { readonly filter: { readonly tokens: readonly Token[]; readonly includeTop: number } }
  readonly totalLogitWeight: true
  readonly options: { readonly temperature: 0 }
}

interface Next {
  readonly logits?: ReadonlyMap<Token, number>
  /** The sum of exp(logit − highest logit) over the vocabulary. */
  readonly totalLogitWeight?: number
}

export type ChatItem =
  | { readonly type: 'system' | 'user'; readonly text: string }
  | { readonly type: 'model'; readonly response: readonly string[] }

export interface Meta {
  readonly stopReason: string
}

export interface GenerateOptions {
  readonly onTextChunk: (text: string) => void
  readonly onToken?: (tokens: readonly Token[]) => void
  readonly signal: AbortSignal
  readonly stopOnAbortSignal: boolean
  readonly customStopTriggers: readonly string[]
  readonly maxTokens?: number
  readonly temperature?: number
  readonly topP?: number
  readonly seed?: number
}

const NAMES = ['getLlama', 'LlamaChatSession', 'LlamaCompletion', 'GeneralChatWrapper'] as const

/** Its entry. @throws when it isn't installed there */
export function findLlama(from: string): string {
  return createRequire(pathToFileURL(`${from}/`)).resolve('node-llama-cpp')
}

/**
 * Loads node-llama-cpp, which is installed apart: it is large, and few need it.
 *
 * @param from a file or folder beside whose `node_modules` it is looked for
 */
export async function loadLlama(from: string): Promise<LlamaLibrary> {
  const entry = findLlama(from)
  const loaded: unknown = await import(pathToFileURL(entry).href)
  if (isLibrary(loaded)) return loaded
  throw new Error('this is not node-llama-cpp 3')
}

function isLibrary(loaded: unknown): loaded is LlamaLibrary {
  if (typeof loaded !== 'object' || loaded === null) return false
  return NAMES.every((name) => typeof Reflect.get(loaded, name) === 'function')
}
