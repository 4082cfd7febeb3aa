import { setImmediate } from 'node:timers/promises'
import type { Clock } from '../../base/clock.ts'
import { type ErrorCode, toAppError } from '../../base/errors.ts'
import type { Assessment, ClassifyRequest } from '../classifiers/classifier.ts'
import { type Row, requestOf, rowsOf, type SideChoice } from './data/rows.ts'
import type { Survey } from './data/survey.ts'
import { harmScore } from './harm-score.ts'
import type { OpenClassifier } from './open-classifier.ts'
import { Outcomes } from './outcomes.ts'

/** A classifier that fails this often in a row is down: going on would only waste time. */
const MAX_FAILURES_IN_A_ROW = 50
/** The event loop gets a turn at least this often, so that Ctrl-C and the progress bar work. */
const TURN_MS = 40

export interface JudgeOptions {
  readonly side: SideChoice
  readonly clock: Clock
  readonly filter?: (row: Row) => boolean
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
  readonly elapsedMs: number
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
  const failed = new Map<ErrorCode, number>()
  const started = clock.monotonic()
  let turned = started
  let done = 0
  let failuresInARow = 0
  const result = (interrupted: boolean) => ({ outcomes, failed, interrupted, elapsedMs: clock.monotonic() - started })
  for (const [file, { path, chosen }] of surveys.entries()) {
    for await (const row of rowsOf(path, chosen)) {
      if (signal?.aborted) return result(true)
      if (options.filter?.(row) === false) continue
      const request = requestOf(row, options.side)
      const before = clock.monotonic()
      try {
        const assessment = await ask(opened, request, signal)
        const after = clock.monotonic()
        outcomes.add(row, file, harmScore(assessment, request.side, opened.thresholds), after - before)
        failuresInARow = 0
      } catch (thrown) {
        if (signal?.aborted) return result(true)
        const { code } = toAppError(thrown)
        failed.set(code, (failed.get(code) ?? 0) + 1)
        failuresInARow += 1
        if (failuresInARow >= MAX_FAILURES_IN_A_ROW || code === 'INTERNAL') throw thrown
      }
      done += 1
      options.onRow?.(done)
      if (clock.monotonic() - turned > TURN_MS) {
        await setImmediate()
        turned = clock.monotonic()
      }
    }
  }
  return result(false)
}

/** Waits only where there is something to wait for: a turn of the microtask queue is not the classifier's time. */
function ask(
  { classifier }: OpenClassifier,
  request: ClassifyRequest,
  signal: AbortSignal | undefined,
): Assessment | Promise<Assessment> {
  return classifier.classify(request, signal)
}
