import type { Assessment, EvaluationDue } from '../../app/api/schema.ts'
import type { State } from '../../components/state-mark.tsx'

export type Verdict = NonNullable<Assessment['verdict']>
export type AssessmentState = Assessment['state']

/** What isn't shown to be below counts as met, so only one of the three is a check. */
export const VERDICTS: Record<Verdict, readonly [state: State, word: string, means: string]> = {
  BELOW: ['holds', 'BELOW', 'the thresholds are shown not to be met'],
  INCONCLUSIVE: ['watch', 'INCONCLUSIVE', 'not shown to be below, which counts as met'],
  MET: ['fails', 'MET', 'a threshold is met'],
}

export const ASSESSMENT_STATES: Record<AssessmentState, readonly [State, string]> = {
  open: ['watch', 'under way'],
  concluded: ['watch', 'concluded, not decided'],
  decided: ['watch', 'decided, the board has not got it'],
  cleared: ['holds', 'cleared'],
  withdrawn: ['unknown', 'withdrawn'],
}

/** How an assessment stands, in one mark: its verdict where there is one. */
export function assessmentMark({ verdict, state }: Pick<Assessment, 'verdict' | 'state'>): readonly [State, string] {
  if (verdict === null || state === 'withdrawn') return ASSESSMENT_STATES[state]
  const [mark, word] = VERDICTS[verdict]
  // BELOW moves nothing before it is cleared.
  return verdict === 'BELOW' && state !== 'cleared' ? ['watch', `BELOW, ${state}`] : [mark, word]
}

/** `3.97×`; two digits behind the point where they tell something. */
export function times(k: number | null): string {
  if (k === null) return 'no bound'
  return `${k.toLocaleString('en', { maximumFractionDigits: k < 100 ? 2 : 0 })}×`
}

/** `1.20e24` */
export function flop(flops: number): string {
  return flops.toExponential(2).replace('e+', 'e')
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

/** Why an evaluation is due, by name of the rule. */
const RULES: Record<string, string> = {
  no_reference: 'nothing to count from',
  compute: 'compute',
  calendar: 'calendar',
  order: 'ordered by the RSO',
  elicitation: 'new elicitation',
}

export function ruleName(rule: string): string {
  return RULES[rule] ?? rule
}

const DAY_MS = 86_400_000
const SOON_DAYS = 14
/** Of the way to the interval, as exponents go. */
const NEAR = 0.75

export type Urgency = 'pause' | 'due' | 'assessing' | 'soon' | 'calm'
const ORDER: readonly Urgency[] = ['pause', 'due', 'assessing', 'soon', 'calm']
export const URGENCIES: Record<Urgency, readonly [State, string]> = {
  pause: ['fails', 'training pauses'],
  due: ['fails', 'due now'],
  assessing: ['watch', 'being assessed'],
  soon: ['watch', 'due soon'],
  calm: ['holds', 'not due'],
}

export function urgencyOf(due: EvaluationDue, now: number): Urgency {
  if (due.pause) return 'pause'
  if (due.assessment !== null) return 'assessing'
  if (due.due) return 'due'
  const daysLeft = due.calendarAt === null ? 0 : (Date.parse(due.calendarAt) - now) / DAY_MS
  return nearness(due) >= NEAR || daysLeft <= SOON_DAYS ? 'soon' : 'calm'
}

/** How much of the way to the limit compute has gone, on a scale of factors; more than 1 is beyond it. */
export function nearness({ kHi, interval }: Pick<EvaluationDue, 'kHi' | 'interval'>): number {
  return kHi === null ? Number.POSITIVE_INFINITY : Math.log(Math.max(kHi, 1)) / Math.log(interval)
}

/** The worst first: what has stopped, what is due, what comes next. */
export function worstFirst(lines: readonly EvaluationDue[], now: number): EvaluationDue[] {
  const rank = (due: EvaluationDue) => ORDER.indexOf(urgencyOf(due, now))
  return lines.toSorted((a, b) => rank(a) - rank(b) || compareNearness(a, b) || a.model.localeCompare(b.model))
}

function compareNearness(a: EvaluationDue, b: EvaluationDue): number {
  const [near, nearer] = [nearness(a), nearness(b)]
  return near === nearer ? 0 : nearer > near ? 1 : -1
}

export interface ToDo {
  readonly words: string
  /** In a terminal. */
  readonly command: string | null
  readonly href: string | null
}

/** What is to be done about a line, with the command for it. */
export function toDo(due: EvaluationDue): ToDo {
  if (due.assessment !== null)
    return { words: 'Finish the assessment', command: null, href: `/scaling/assessments/${due.assessment}` }
  if (due.at === null) {
    const command = `safelevel checkpoint record --model ${due.model} --checkpoint NAME --flops FLOP`
    return { words: 'Record its first checkpoint', command, href: null }
  }
  const command = `safelevel eval open --checkpoint ${due.at} --suite SUITE`
  if (due.due || due.pause) return { words: 'Open an assessment', command, href: null }
  return { words: 'Nothing yet', command: null, href: null }
}
