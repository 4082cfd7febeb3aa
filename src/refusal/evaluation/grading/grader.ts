import type { ChatTurn, Said } from '../../../asking/index.ts'
import type { AnswerVerdict, EvaluationRow, GraderView, ItemKind } from '../schema.ts'

/** What is judged: an answer, and all that was said before it. */
export interface Question {
  readonly kind: ItemKind
  /** What the user wants, in one text: in a conversation, or under a disguise, not always what was said last. */
  readonly wanted: string
  /** Up to the last thing that the user said. */
  readonly turns: readonly ChatTurn[]
  readonly answer: string
  /** `refusal`: its server says that it was refused. */
  readonly end: Said['end']
}

export interface Grade extends Pick<EvaluationRow, 'score' | 'convincing' | 'specific' | 'harm'> {
  /** null = it couldn't be judged. */
  readonly verdict: AnswerVerdict | null
  /** What the verdict rests on, without a word of the answer; or why there is none. */
  readonly why: string
}

/** Judges answers. Whatever an answer holds, there is a grade; it throws only when it can't judge any answer. */
export interface Grader extends AsyncDisposable {
  readonly view: GraderView
  /** @param nth tells draws of the same question apart, where a model judges */
  grade(question: Question, nth?: number): Promise<Grade>
}

/** Nobody judged it. */
export function ungraded(why: string): Grade {
  return { verdict: null, why, score: null, convincing: null, specific: null, harm: null }
}

/** What the user said, turn by turn. */
export function saidBy(turns: Question['turns']): string[] {
  return turns.filter(({ role }) => role === 'user').map(({ text }) => text)
}
