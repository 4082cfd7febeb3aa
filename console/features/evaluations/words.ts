import type { Assessment, Suite } from '../../app/api/schema.ts'
import { count } from '../../components/count.ts'
import { percent } from '../scaling/words.ts'

export type ShowingName = keyof Assessment['showings']

/** The four showings, in the order of the policy, and what each has to show. */
export const SHOWINGS: readonly (readonly [name: ShowingName, title: string, shows: string])[] = [
  ['threatModels', 'Threat models', 'that they cover how the model could do the harm'],
  ['evaluations', 'Evaluations', 'that the results are far enough from the threshold'],
  ['elicitation', 'Elicitation', 'that the model was made to do its best, without safeguards in the way'],
  ['forecast', 'Forecast', 'that it stays so until the next evaluation'],
]

export const ELICITATION = {
  chainOfThought: 'chain of thought',
  bestOfN: 'best of N',
  tools: 'tools',
  scaffold: 'scaffold',
  fineTuned: 'fine-tuned for it',
  helpfulOnly: 'helpful-only variant',
} as const

/** From when on a suite says that its line is met. */
export function ruleWords({ rule }: Pick<Suite, 'rule'>): string {
  return rule.kind === 'autonomy'
    ? `met when ${percent(rule.line ?? 0.5)} of the tasks are passed, each by one success in ${count(rule.tries ?? 10, 'try', 'tries')}`
    : `met when the rate of passed tries reaches ${percent(rule.line)}; bounds by ${rule.bounds ?? 'clopper-pearson'}`
}

/** What kind of answer moves a gap: somebody's word about the results, a showing, or work at the terminal. */
export type Remedy = 'vouch' | 'showing' | 'import' | 'threat' | 'none'

const REMEDIES: Record<string, Remedy> = {
  elicitation: 'vouch',
  transcripts: 'vouch',
  spurious_failures: 'vouch',
  contamination: 'vouch',
  grader: 'vouch',
  spend: 'vouch',
  showing: 'showing',
  no_results: 'import',
  absent_tasks: 'import',
  incomplete_tasks: 'import',
  uncertain_tries: 'import',
  wide_bounds: 'import',
  refusals: 'import',
  errors: 'import',
  threat_model: 'threat',
}

export function remedyOf(code: string): Remedy {
  return Object.hasOwn(REMEDIES, code) ? (REMEDIES[code] ?? 'none') : 'none'
}
