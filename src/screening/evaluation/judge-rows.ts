import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../base/clock.ts'
import type { ErrorCode } from '../../base/errors.ts'
import { requestOf, rowsOf, type SideChoice } from './data/rows.ts'
import type { Survey } from './data/survey.ts'
import { Failures } from './failures.ts'
import { harmScore } from './harm-score.ts'
import type { OpenClassifier } from './open-classifier.ts'
import { Outcomes } from './outcomes.ts'

/** The event loop gets a turn at least this often, so that Ctrl-C and the progress bar work. */
const TURN_MS = 40

export interface JudgeOptions {
  readonly side: SideChoice
  readonly clock: Clock
  /** After each row. */
  readonly onRow?: (done: number) => void
  /** Ends the judging early; what was judged counts. */
  readonly signal?: AbortSignal
}

export interface JudgedRows {
  readonly outcomes: Outcomes
  /** Rows that the classifier could not judge, by error code: undecided, so neither flagged nor passed. */
  readonly failed: ReadonlyMap<ErrorCode, number>
  readonly interrupted: boolean
}

/**
 * Judges the rows of the surveyed files one after the other.
 *
 * @throws {AppError} the classifier's own, when it fails 50 times in a row or on every row
 */
export async function judgeRows(
  opened: OpenClassifier,
  surveys: readonly Survey[],
  options: JudgeOptions,
): Promise<JudgedRows> {
  const { clock, signal } = options
  const outcomes = new Outcomes()
  const failures = new Failures()
  let turned = clock.monotonic()
  let done = 0
  const result = (interrupted: boolean) => ({
    outcomes,
    failed: failures.counts,
    interrupted,
  })
  for (const [file, { path, chosen }] of surveys.entries()) {
    for await (const row of rowsOf(path, chosen)) {
      if (signal?.aborted) return result(true)
      const request = requestOf(row, options.side)
      const before = clock.monotonic()
      try {
        const assessment = await opened.classifier.classify(request, signal)
        const after = clock.monotonic()
        const scored = harmScore(assessment, request.side, opened.thresholds)
        outcomes.add(row, file, scored, after - before, assessment.classifier)
        failures.answered()
      } catch (thrown) {
        if (signal?.aborted) return result(true)
        failures.add(thrown)
      }
      done += 1
      options.onRow?.(done)
      if (clock.monotonic() - turned > TURN_MS) {
        await setImmediate()
        turned = clock.monotonic()
      }
    }
  }
  failures.unlessAll(outcomes.size)
  return result(false)
}
