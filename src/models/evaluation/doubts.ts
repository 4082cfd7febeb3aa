import { SKEW_MS } from '../../base/clock.ts'
import type { ParsedLog } from './import/index.ts'
import type { Suite } from './schema.ts'
import type { Missing } from './verdict/index.ts'

/** What a file of results says of itself that doesn't go with what is on record: flagged, so it never comes to BELOW. */
export function doubtsOf(
  { beganAt, suiteFile }: ParsedLog,
  { suite, fileDigest }: Suite,
  { takenAt, nowMs }: { readonly takenAt: string; readonly nowMs: number },
): Missing[] {
  const doubts: Missing[] = []
  const beganMs = beganAt === null ? Number.NaN : Date.parse(beganAt)
  if (beganMs > nowMs + SKEW_MS) {
    doubts.push({ code: 'future_run', words: `the run began at ${beganAt}, which lies ahead: a clock is wrong` })
  }
  if (beganMs < Date.parse(takenAt) - SKEW_MS) {
    const words = `the run began at ${beganAt}, before the checkpoint was taken (${takenAt}): it tried another one`
    doubts.push({ code: 'before_checkpoint', words })
  }
  if (fileDigest !== null && suiteFile !== fileDigest) {
    const said = suiteFile === null ? 'don’t say which file of tasks was asked' : 'are of another file of tasks'
    doubts.push({
      code: 'other_suite_file',
      words: `${suite} is frozen with its file of tasks, and these results ${said}`,
    })
  }
  return doubts
}
