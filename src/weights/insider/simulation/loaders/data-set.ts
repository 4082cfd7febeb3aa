import type { Activity } from '../../index.ts'
import type { PersonNote } from '../folder.ts'
import type { Truth } from '../truth.ts'

/** A data set of others, as it is read from a folder that a user has. */
export interface DataSet {
  readonly origin: string
  /** What a file may be out of order by. */
  readonly windowMs: number
  /** In the order of time. What is no activity is counted in `faults`. */
  activities(): AsyncGenerator<readonly Activity[]>
  /** Once all activities were read. */
  truths(): readonly Truth[]
  people(): readonly PersonNote[]
  readonly faults: { rows: number }
}

/** What a source tells of an activity; the rest is nothing. */
export function outside(
  source: Activity['source'],
  told: Pick<Activity, 'id' | 'timeMs' | 'kind' | 'person' | 'host'> &
    Partial<Pick<Activity, 'bytes' | 'outcome' | 'data'>>,
): Activity {
  const nothing = { grant: null, version: null, file: null, start: null, place: null, subject: null }
  return { source, ...nothing, bytes: 0, outcome: 'success', data: {}, ...told }
}
