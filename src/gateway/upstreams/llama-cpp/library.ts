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
  }) => {
    setChatHistory(history: readonly ChatItem[]): void
    promptWithMeta(prompt: string, options: GenerateOptions): Promise<Meta>
  }
  LlamaCompletion: new (options: {
    contextSequence: Sequence
    autoDisposeSequence: boolean
  }) => {
    generateCompletionWithMeta(prompt: string, options: GenerateOptions): Promise<{ metadata: Meta }>
  }
}

export interface LlamaModel {
  createContext(options: { contextSize: { max: number }; sequences: number }): Promise<LlamaContext>
}

export interface LlamaContext {
  readonly sequencesLeft: number
  getSequence(): Sequence
}

export interface Sequence {
  readonly tokenMeter: { readonly usedInputTokens: number; readonly usedOutputTokens: number }
  dispose(): void
}

export type ChatItem =
  | { readonly type: 'system' | 'user'; readonly text: string }
  | { readonly type: 'model'; readonly response: readonly string[] }

export interface Meta {
  readonly stopReason: string
}

export interface GenerateOptions {
  readonly onTextChunk: (text: string) => void
  readonly signal: AbortSignal
  readonly stopOnAbortSignal: boolean
  readonly customStopTriggers: readonly string[]
  readonly maxTokens?: number
  readonly temperature?: number
  readonly topP?: number
  readonly seed?: number
}

const NAMES = ['getLlama', 'LlamaChatSession', 'LlamaCompletion'] as const

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
