import { toAppError } from '../base/errors.ts'

/** `warning`: it runs, and somebody should mend it. `failed`: it does not run, or not as it must. */
export type FindingLevel = 'ok' | 'warning' | 'failed'

/** One thing that was looked at. */
export interface Finding {
  readonly name: string
  /** false: failed. */
  readonly ok: boolean
  readonly level: FindingLevel
  /** What was found, in public words. */
  readonly detail: string
  /** What to do about it; null where there is nothing to do, or the detail says it. */
  readonly mend: string | null
}

/** What a look at one thing comes to, where it did not throw. */
export interface Seen {
  readonly level?: FindingLevel
  readonly detail: string
  readonly mend?: string
}

/** Looks at one thing; whatever is thrown is a failure in its own words. */
export async function look(
  name: string,
  work: () => Promise<Seen> | Seen,
  mend: string | null = null,
): Promise<Finding> {
  try {
    const { level = 'ok', detail, mend: own } = await work()
    return { name, ok: level !== 'failed', level, detail, mend: level === 'ok' ? null : (own ?? mend) }
  } catch (error) {
    return { name, ok: false, level: 'failed', detail: toAppError(error).message, mend }
  }
}
