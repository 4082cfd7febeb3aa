import type { Activity } from '../activity/index.ts'

/** What a rule's detection comes to. */
export type Expression =
  | { readonly is: 'test'; readonly field: string; readonly passes: (activity: Activity) => boolean }
  | { readonly is: 'all' | 'any'; readonly of: readonly Expression[] }
  | { readonly is: 'not'; readonly of: Expression }

export function holds(expression: Expression, activity: Activity): boolean {
  switch (expression.is) {
    case 'test':
      return expression.passes(activity)
    case 'all':
      return expression.of.every((part) => holds(part, activity))
    case 'any':
      return expression.of.some((part) => holds(part, activity))
    case 'not':
      return !holds(expression.of, activity)
  }
}

/**
 * Whether any activity of this kind and source could pass: tests of other fields may turn out either way (Kleene's logic). So each
 * activity meets only the rules that are about its kind, however a rule says so.
 *
 * @param sample of that kind and source
 */
export function couldHold(expression: Expression, sample: Activity): boolean {
  return truth(expression, sample) !== false
}

function truth(expression: Expression, sample: Activity): boolean | null {
  switch (expression.is) {
    case 'test':
      return expression.field === 'kind' || expression.field === 'source' ? expression.passes(sample) : null
    case 'all':
      return every(expression.of.map((part) => truth(part, sample)))
    case 'any': {
      const opposite = every(expression.of.map((part) => inverse(truth(part, sample))))
      return inverse(opposite)
    }
    case 'not':
      return inverse(truth(expression.of, sample))
  }
}

function every(truths: readonly (boolean | null)[]): boolean | null {
  if (truths.includes(false)) return false
  return truths.includes(null) ? null : true
}

function inverse(value: boolean | null): boolean | null {
  return value === null ? null : !value
}
