import type { Log } from '../../base/log.ts'
import type { Staff } from '../../staff/index.ts'

/** What the doors for staff need; `app.ts` puts it together. */
export interface StaffDoorDeps {
  readonly staff: Staff
  readonly operatorToken: string
  readonly log: Log
}
