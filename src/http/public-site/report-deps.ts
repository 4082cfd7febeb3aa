import type { Clock } from '../../base/clock.ts'
import type { Config } from '../../base/config.ts'
import type { Intake } from '../../intake/index.ts'

/** What the pages for reports need. */
export interface ReportDeps {
  /** Name of who runs this installation. */
  readonly organisation: string
  /** Where else to write, as security.txt has it. */
  readonly contact: string | undefined
  readonly config: Config['intake']
  readonly intake: Pick<Intake, 'reports' | 'tokens' | 'keys'>
  /** That are served here, by name. */
  models(): readonly { readonly name: string }[]
  readonly clock: Clock
}
