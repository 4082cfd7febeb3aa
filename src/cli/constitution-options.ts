import { basename } from 'node:path'
import type { FlagName, PartName, Settings } from '../refusal/constitution/index.ts'
import type { AskingOptions } from './asking-options.ts'

/** What `constitution generate` is told. */
export interface GenerateOptions extends AskingOptions {
  readonly prompts: readonly string[]
  readonly helpful: readonly string[]
  readonly holdOut: readonly string[]
  readonly constitution?: string
  readonly policy?: string
  readonly model: string
  readonly baseUrl?: string
  readonly apiKeyEnv?: string
  readonly api?: 'openai' | 'anthropic'
  readonly critic?: string
  readonly criticBaseUrl?: string
  readonly criticApiKeyEnv?: string
  readonly pairModel?: string
  readonly pairBaseUrl?: string
  readonly pairApiKeyEnv?: string
  readonly out: string
  readonly name?: string
  readonly rounds: number
  readonly pairs: Settings['pairs']
  readonly judging: Settings['judging']
  readonly judgePrinciples: number
  readonly clamp?: readonly [number, number]
  readonly tie: number
  readonly maxTokens: number
  readonly temperature: number
  readonly seed: number
  readonly spotChecks: number
  readonly keep: readonly FlagName[]
  readonly drop: readonly FlagName[]
  readonly dryRun?: true
  readonly probe?: number
  readonly record?: true
  readonly json?: true
}

/** How a part of the work is opened; null: by the model itself. */
export function modelOf(options: GenerateOptions, part: PartName) {
  const { model, baseUrl, apiKeyEnv, api, critic, criticBaseUrl, criticApiKeyEnv } = options
  const { pairModel, pairBaseUrl, pairApiKeyEnv } = options
  if (part === 'model') return given(model, baseUrl, apiKeyEnv, api)
  if (part === 'critic') return critic === undefined ? null : given(critic, criticBaseUrl, criticApiKeyEnv, api)
  return pairModel === undefined ? null : given(pairModel, pairBaseUrl, pairApiKeyEnv, api)
}

function given(model: string, baseUrl?: string, apiKeyEnv?: string, api?: 'openai' | 'anthropic') {
  return {
    model,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(apiKeyEnv === undefined ? {} : { apiKeyEnv }),
    ...(api === undefined ? {} : { api }),
  }
}

/** The run's settings, as the manifest holds them. */
export function settingsOf(options: GenerateOptions): Settings {
  const { rounds, pairs, judging, judgePrinciples, tie, maxTokens, temperature, spotChecks } = options
  const [low, high] = options.clamp ?? (judging === 'reasoning' ? [0.4, 0.6] : [0, 1])
  return { rounds, pairs, judging, judgePrinciples, clamp: [low, high], tie, maxTokens, temperature, spotChecks }
}

export const nameOf = ({ name, out }: GenerateOptions): string => name ?? basename(out)
