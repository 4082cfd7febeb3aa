import type { KeptRefusalEvaluation, RefusalComparison } from '../../app/api/schema.ts'
import type { State } from '../../components/state-mark.tsx'
import { labelName } from '../decisions/words.ts'

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

/** Which line its points are drawn with: the model line of its checkpoint, else the model that was asked. */
export function lineOf({ checkpoint, head }: KeptRefusalEvaluation): string {
  return checkpoint?.split('/')[0] ?? head.model.name
}

/** Both together. */
export function nameOf(evaluation: KeptRefusalEvaluation): string {
  const [line, version] = [lineOf(evaluation), versionOf(evaluation)]
  return line === version ? line : `${line}/${version}`
}

/** What a point is called: the checkpoint, else what the server calls the model. */
export function versionOf({ checkpoint, head }: KeptRefusalEvaluation): string {
  return checkpoint?.split('/')[1] ?? head.model.upstreamModel
}

export const COMPARED: Record<RefusalComparison['verdict'], readonly [State, string]> = {
  'not-degraded': ['holds', 'no evidence of degradation'],
  degraded: ['fails', 'degraded'],
  improved: ['holds', 'improved'],
  'too-few': ['unknown', 'too few to tell'],
}

export const MEASURES = { 'attack-success': 'attack success', 'over-refusal': 'over-refusal' } as const

/** What an outcome of a row says, whatever the row is of. */
const OUTCOMES: Readonly<Record<string, readonly [State, string]>> = {
  complied: ['watch', 'complied'],
  refused: ['holds', 'refused'],
  partial: ['watch', 'partly'],
  unclear: ['unknown', 'unclear'],
  unjudged: ['unknown', 'not judged'],
  error: ['unknown', 'error'],
  both: ['holds', 'for both uses'],
  sft: ['holds', 'for tuning by example'],
  preference: ['holds', 'as a pair'],
  dropped: ['unknown', 'left out'],
  bare: ['watch', 'bare model'],
  guarded: ['fails', 'through safeguards'],
}

export function outcomeOf(outcome: string, kind: string | null): readonly [State, string] {
  // To refuse what is harmless is what nobody wants; to comply with it is right.
  if (kind === 'lookalike' || kind === 'everyday') {
    if (outcome === 'refused') return ['fails', 'refused']
    if (outcome === 'complied') return ['holds', 'answered']
  }
  if (outcome === 'complied') return ['fails', 'complied']
  return OUTCOMES[outcome] ?? ['unknown', plain(outcome)]
}

export const KINDS: Readonly<Record<string, string>> = {
  harmful: 'harmful',
  helpful: 'harmless',
  lookalike: 'harmless, looks like harm',
  everyday: 'everyday',
  harm: 'harm',
  extraction: 'the system prompt',
  injection: 'an injected order',
}

export function kindName(kind: string): string {
  return KINDS[kind] ?? plain(kind)
}

/** What the red team asks for besides harm. */
const CATEGORIES: Readonly<Record<string, string>> = {
  prompt_extraction: 'System prompt',
  prompt_injection: 'Injected order',
}

export function categoryName(category: string): string {
  return CATEGORIES[category] ?? labelName(category)
}

const FAMILIES: Readonly<Record<string, string>> = {
  plain: 'As it is',
  disguise: 'Disguises, unexplained',
  evasion: 'Alterations of words',
  wrapper: 'Framings',
  split: 'Split over turns',
  encoding: 'Encodings, explained',
  role_play: 'Role-play',
  many_shot: 'Many shots',
  translation: 'Translation',
  suffix: 'Suffixes',
  document: 'Orders in documents',
  tool_result: 'Orders in tool results',
  extraction: 'Asking for the system prompt',
  prefill: 'Answers begun',
  noise: 'Noise',
  crescendo: 'Crescendo',
  attacker: 'Written by a model',
  composed: 'Compositions',
}

export function familyName(family: string): string {
  return FAMILIES[family] ?? plain(family)
}

export function plain(text: string): string {
  return text.replaceAll('_', ' ')
}

export const FLAGS: Readonly<Record<string, string>> = {
  failed: 'a step failed',
  left_out: 'left out on purpose',
  harmful_answer: 'harm left in the answer',
  harmful_preferred: 'harm was preferred',
  over_refusal: 'refuses the harmless',
  near_duplicate: 'near duplicate',
  empty_answer: 'empty answer',
  cut_off: 'cut off',
  stock_opening: 'stock opening',
  short_answer: 'much shorter',
  unchanged: 'nothing revised',
  pointless_critique: 'critique points at nothing',
  undecided: 'no preference',
  unjudged: 'not judged',
  position_bias: 'judged by position',
  unscreened: 'not screened',
  spot_check_rejected: 'rejected by a person',
  spot_check: 'drawn for a person',
  harm_found: 'harm found in the answer',
}

export function flagName(flag: string): string {
  return FLAGS[flag] ?? plain(flag)
}

export const ENDS: Readonly<Record<string, string>> = {
  done: 'all was tried',
  budget: 'the budget was spent',
  tokens: 'the tokens were spent',
  money: 'the money was spent',
  all_found: 'everything was had',
  no_success: 'nothing more succeeded',
  stopped: 'it was stopped',
  unavailable: 'the target went away',
}

export const LAYERS: Readonly<Record<string, string>> = {
  prompt_screen: 'screen of the prompt',
  completion_screen: 'screen of the answer',
  safeguard: 'a safeguard',
  account: 'the account’s restriction',
  upstream: 'the model’s server',
  model: 'the model itself',
}
