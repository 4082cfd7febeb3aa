import type { Migration } from 'kysely/migration'
import * as accounts from './0001-accounts.ts'
import * as staff from './0002-staff.ts'
import * as decisions from './0003-decisions.ts'
import * as policy from './0004-policy.ts'
import * as enforcement from './0005-enforcement.ts'
import * as redress from './0006-redress.ts'
import * as review from './0007-review.ts'
import * as notify from './0008-notify.ts'
import * as reviewLookup from './0009-review-lookup.ts'
import * as journal from './0010-journal.ts'
import * as organisationTier from './0011-organisation-tier.ts'
import * as reviewReaders from './0012-review-readers.ts'
import * as sharedLedger from './0013-shared-ledger.ts'
import * as decisionDays from './0015-decision-days.ts'
import * as models from './0017-models.ts'
import * as modelCustomers from './0018-model-customers.ts'
import * as intake from './0019-intake.ts'
import * as weights from './0020-weights.ts'
import * as insider from './0021-insider.ts'
import * as refusal from './0022-refusal.ts'
import * as controls from './0023-controls.ts'
import * as runbooks from './0024-runbooks.ts'
import * as audit from './0025-audit.ts'

/** Listed by hand: a folder scan breaks when the code is bundled, and an order that is written down can be reviewed. Forward only. */
export const migrations: Record<string, Migration> = {
  '0001-accounts': accounts,
  '0002-staff': staff,
  '0003-decisions': decisions,
  '0004-policy': policy,
  '0005-enforcement': enforcement,
  '0006-redress': redress,
  '0007-review': review,
  '0008-notify': notify,
  '0009-review-lookup': reviewLookup,
  '0010-journal': journal,
  '0011-organisation-tier': organisationTier,
  '0012-review-readers': reviewReaders,
  '0013-shared-ledger': sharedLedger,
  '0015-decision-days': decisionDays,
  '0017-models': models,
  '0018-model-customers': modelCustomers,
  '0019-intake': intake,
  '0020-weights': weights,
  '0021-insider': insider,
  '0022-refusal': refusal,
  '0023-controls': controls,
  '0024-runbooks': runbooks,
  '0025-audit': audit,
}

/**
 * Migrations after which versions that don't know them must not run. Nearly always none: replicas are upgraded one after the other, so a
 * migration only adds, and what nobody uses any more goes in the version after (docs/guide/upgrade.md).
 */
export const BREAKING: ReadonlySet<string> = new Set()
