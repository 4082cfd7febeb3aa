import type { Asker } from '../../asking/index.ts'
import type { Constitution } from './constitution.ts'
import type { Author, DatasetManifest } from './schema.ts'

export type Settings = DatasetManifest['settings'] & {
  readonly pairs: 'revision' | 'samples'
  readonly judging: 'reasoning' | 'probabilities'
}

/** Who is asked for what: the model whose answers are mended, the one that mends and judges, the one whose answers are compared. */
export const PARTS = ['model', 'critic', 'pairs'] as const
export type PartName = (typeof PARTS)[number]

/** All that a record depends on, besides its prompt and what models say. */
export interface Plan {
  readonly constitution: Constitution
  readonly policyVersion: string
  readonly seed: number
  readonly settings: Settings
  readonly askers: Readonly<Record<PartName, Pick<Asker, 'ask' | 'callOf' | 'model'>>>
}

export function authorsOf({ askers, settings }: Plan): Record<string, Author> {
  const parts = PARTS.filter((part) => part !== 'pairs' || settings.pairs === 'samples')
  return Object.fromEntries(
    parts.map((part) => {
      const { name, upstreamModel, server, isSandbox } = askers[part].model
      return [part, { kind: 'model' as const, model: name, upstreamModel, server, isSandbox }]
    }),
  )
}

/** Comparing in words takes a few sentences, whatever answers may take. */
export const REASONING_TOKENS = 400
/** What OpenAI's dialect gives at most. */
export const TOP_TOKENS = 20
