import type { Accounts, Enforcement } from '../../accounts/index.ts'
import type { Redress } from '../../accounts/redress/index.ts'
import type {
  Backups,
  ControlEvidence,
  FindReports,
  KeyDrills,
  Operations,
  Profiles,
  Restoration,
  SpotChecks,
} from '../../app.ts'
import type { Audit } from '../../audit/index.ts'
import type { Clock } from '../../base/clock.ts'
import type { Readiness } from '../../base/conditions.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import type { Canaries } from '../../canaries/index.ts'
import type { Content } from '../../content/index.ts'
import type { Controls } from '../../controls/index.ts'
import type { Decisions } from '../../decisions/index.ts'
import type { Intake, Noncompliance } from '../../intake/index.ts'
import type { Disclosure, Ledger } from '../../ledger/index.ts'
import type { Cards } from '../../models/cards/index.ts'
import type { Evaluations } from '../../models/evaluation/index.ts'
import type { Registry } from '../../models/registry/index.ts'
import type { Release } from '../../models/release/index.ts'
import type { Response } from '../../models/response/index.ts'
import type { Training } from '../../models/training/index.ts'
import type { Notify } from '../../notify/index.ts'
import type { Drafts, Policies, ReplayJobs } from '../../policy/index.ts'
import type { RefusalRecords } from '../../refusal/records/index.ts'
import type { Review } from '../../review/index.ts'
import type { Runbooks } from '../../runbooks/index.ts'
import type { Classifier } from '../../screening/index.ts'
import type { Staff } from '../../staff/index.ts'
import type { Transparency } from '../../transparency/index.ts'
import type { Access } from '../../weights/access/index.ts'
import type { Insider } from '../../weights/insider/index.ts'
import type { Reading } from '../../weights/reading/index.ts'
import type { Vault } from '../../weights/vault/index.ts'
import type { StatusView } from './schema.ts'

/** What the control plane shows and changes; `app.ts` puts it together. */
export interface ControlPlaneDeps {
  readonly accounts: Pick<
    Accounts,
    | 'organisation'
    | 'organisations'
    | 'createOrganisation'
    | 'setOrganisationTier'
    | 'project'
    | 'projects'
    | 'createProject'
    | 'setProjectLimits'
    | 'key'
    | 'keys'
    | 'createKey'
    | 'revokeKey'
    | 'endUserId'
  >
  readonly enforcement: Enforcement
  readonly redress: Pick<Redress, 'exemptions' | 'statements' | 'appeals' | 'acceptances'>
  readonly ledger: Pick<Ledger, 'size' | 'checkpoint' | 'entry' | 'entries' | 'proof' | 'listen'>
  /** Puts cosignatures of witnesses to checkpoint and proofs; null or absent when nobody is asked for any. */
  readonly witnessing?: { served(): string; strengthen(proof: Disclosure): Promise<Disclosure> } | null
  readonly decisions: Decisions
  readonly content: Content
  readonly review: Review
  readonly policy: {
    readonly policies: Policies
    readonly drafts: Drafts
    readonly replays: ReplayJobs
    readonly classifier: Classifier
  }
  readonly canaries: Pick<Canaries, 'list' | 'round'>
  readonly notify: Notify
  /** What is trained and deployed, and what follows when a threshold is met. */
  readonly models: {
    readonly registry: Registry
    readonly evaluations: Evaluations
    readonly response: Response
    readonly training: Training
    readonly profiles: Profiles
  }
  readonly cards: Cards
  /** What people report, and what becomes of it. */
  readonly intake: Pick<Intake, 'reports' | 'triage'>
  /** What was made and measured about refusals. */
  readonly refusal: { readonly records: RefusalRecords; readonly finds: FindReports; readonly spotChecks: SpotChecks }
  /** The numbers of each quarter. */
  readonly transparency: Pick<Transparency, 'running' | 'editions' | 'edition' | 'differences' | 'publish'>
  /** What must hold for a deployment to be open. */
  readonly release: Release
  /** Reports of noncompliance by staff. */
  readonly noncompliance: Noncompliance
  /** Weights: what is kept, who may open it, and what leaves. */
  readonly weights: { readonly vault: Vault; readonly access: Access; readonly reading: Reading }
  /** Watches what staff do. */
  readonly insider: Insider
  /** Whether the commitments hold. */
  readonly controls: Controls
  /** What shows others that they do. */
  readonly controlEvidence: Pick<ControlEvidence, 'reports' | 'calendar' | 'bundle' | 'sample'>
  /** What an auditor works with. */
  readonly audit: Audit
  /** What people do when something happens. */
  readonly runbooks: Runbooks
  /** Who runs this installation. */
  readonly organisation: string
  readonly clock: Clock
  readonly operations: Pick<Operations, 'logLevel' | 'setLogLevel' | 'reload'>
  readonly backups: Pick<Backups, 'make' | 'keysCopied'>
  readonly keyDrills: Pick<KeyDrills, 'begin' | 'finish'>
  readonly restoration: Pick<Restoration, 'settle'>
  /** Sign-in, roles and approvals. */
  readonly staff: Staff
  readonly operatorToken: string
  status(): Promise<StatusView>
  readiness(): Readiness
  /** Prometheus text. */
  metrics(): Promise<{ readonly contentType: string; readonly body: string }>
  /** The address that this plane binds: on loopback the status page and the metrics need no login. */
  readonly host: string
  /** Where the built console lies; left out, where `console/build.ts` puts it. */
  readonly consoleDir?: string
  /** Fires when the server stops: answers that would go on for ever end. */
  readonly stopping?: AbortSignal
  readonly ids: Ids
  readonly log: Log
}
