import type { Accounts, Enforcement, Identity, SharedLimits } from '../../accounts/index.ts'
import type { Redress } from '../../accounts/redress/index.ts'
import type { Audit } from '../../audit/index.ts'
import type { Clock } from '../../base/clock.ts'
import type { Conditions } from '../../base/conditions.ts'
import type { Config } from '../../base/config.ts'
import type { Canaries } from '../../canaries/index.ts'
import type { Content } from '../../content/index.ts'
import type { Decisions } from '../../decisions/index.ts'
import type { ModelDirectory } from '../../gateway/index.ts'
import type { Intake, Noncompliance } from '../../intake/index.ts'
import type { Ledger, LedgerEvent } from '../../ledger/index.ts'
import type { Cards } from '../../models/cards/index.ts'
import type { Evaluations } from '../../models/evaluation/index.ts'
import type { Registry } from '../../models/registry/index.ts'
import type { Release } from '../../models/release/index.ts'
import type { ProfileView, Response } from '../../models/response/index.ts'
import type { Training } from '../../models/training/index.ts'
import type { Notify } from '../../notify/index.ts'
import type { Policies } from '../../policy/index.ts'
import type { RefusalRecords } from '../../refusal/records/index.ts'
import type { Review } from '../../review/index.ts'
import type { Role, Staff } from '../../staff/index.ts'
import type { Transparency } from '../../transparency/index.ts'
import type { Access } from '../../weights/access/index.ts'
import type { Insider } from '../../weights/insider/index.ts'
import type { Reading } from '../../weights/reading/index.ts'
import type { Vault } from '../../weights/vault/index.ts'
import type { Witnessing } from '../../witness/index.ts'
import type { ControlId } from '../catalogue/schema.ts'

/** An entry of the ledger as the index knows it. */
export interface EntryNote {
  /** Position, 0-based. */
  readonly entry: number
  readonly event: string
  /** ISO 8601. */
  readonly at: string
  /** The subject’s identifier; empty for requests. */
  readonly subject: string
}

/** The newest entries of the ledger by kind of event, and by subject within a kind. Bodies stay where they are: what was erased is not kept here. */
export interface Entries {
  /** The newest of a kind, or of any of several; of one subject where it is named. Requests (`gateway.decision`) are known by kind alone. */
  last(kind: string | readonly string[], subject?: string): Promise<EntryNote | null>
  /** The newest of each subject, newest first, at most `limit` (200). */
  each(kind: string, limit?: number): Promise<EntryNote[]>
  /** What an entry says; null where its body was erased, or there is none. */
  event(entry: number): Promise<LedgerEvent | null>
}

/** What somebody who answers for a control has said, and signed. */
export interface AttestationNote {
  readonly id: string
  readonly control: ControlId
  readonly holds: boolean
  /** Who said it: a person of the staff. */
  readonly by: string
  /** ISO 8601. */
  readonly at: string
  readonly until: string
}

export interface Attestations {
  /** The newest that still counts; null while there is none, or it is too old. One that says that the control doesn't hold counts too. */
  fresh(control: ControlId): Promise<AttestationNote | null>
}

/** How many people hold a role now, whatever they hold it by. */
export type Holders = (roles: readonly Role[]) => Promise<number>

/**
 * What probes may look at: reading only. A probe names the part that it needs (`Pick<World, 'policies' | 'clock'>`), so that its test need make no more.
 */
export interface World {
  readonly clock: Clock
  /** What runs. Weak evidence: only where nothing can be seen at work. */
  readonly config: () => Config
  readonly entries: Entries
  readonly attestations: Attestations
  /** What auditors have accepted. */
  readonly audit: { readonly requests: Pick<Audit['requests'], 'accepted'> }

  readonly ledger: Pick<
    Ledger,
    'size' | 'origin' | 'vkey' | 'tiles' | 'health' | 'checkpoint' | 'entry' | 'entries' | 'find' | 'proof'
  >
  /** null: nobody is asked to cosign. */
  readonly witnessing: Pick<Witnessing, 'state' | 'served'> | null
  readonly conditions: Pick<Conditions, 'readiness'>
  readonly notify: Pick<Notify, 'channels' | 'deliveries'>

  readonly staff: {
    readonly people: Pick<Staff['people'], 'get' | 'list'>
    readonly assignments: Pick<Staff['assignments'], 'list'>
    readonly courses: Pick<Staff['courses'], 'table'>
    readonly passkeys: Pick<Staff['passkeys'], 'list'>
    readonly approvals: Pick<Staff['approvals'], 'actions' | 'needsFreshKey' | 'candidates' | 'get' | 'list'>
  }
  readonly holders: Holders

  readonly models: Pick<ModelDirectory, 'list' | 'get'>
  readonly canaries: Pick<Canaries, 'list'>
  /** Whether what the policy refuses on a surface is withheld. */
  readonly enforces: (surface: string) => boolean
  readonly policies: Pick<Policies, 'current' | 'status' | 'versions' | 'version' | 'shadow'>
  readonly decisions: Pick<Decisions, 'list' | 'get' | 'summary' | 'lag' | 'days'>
  readonly content: Pick<Content, 'holds' | 'stats' | 'notes'>
  readonly accounts: Pick<Accounts, 'organisations' | 'projects' | 'keys' | 'stalenessMs'>
  readonly identity: Pick<Identity, 'health'>
  readonly sharedLimits: Pick<SharedLimits, 'state'> | null
  readonly enforcement: Pick<Enforcement, 'inForce' | 'stalenessMs' | 'readings'>
  readonly redress: Pick<Redress, 'exemptions' | 'appeals' | 'statements' | 'acceptances'>
  readonly review: Pick<Review, 'queues' | 'cases' | 'agreement' | 'exposure'>

  readonly registry: Registry
  readonly evaluations: Pick<
    Evaluations,
    | 'suites'
    | 'assessments'
    | 'standings'
    | 'due'
    | 'dueList'
    | 'timeline'
    | 'segment'
    | 'report'
    | 'forecast'
    | 'cadence'
  >
  readonly training: Pick<Training, 'leases' | 'alarms' | 'openAlarms' | 'receiptOf'>
  readonly response: Pick<
    Response,
    'cases' | 'incidents' | 'drills' | 'admission' | 'intake' | 'trainingOf' | 'trainingNow' | 'vault' | 'isLocked'
  >
  readonly release: Pick<Release, 'check' | 'list' | 'preconditions' | 'partners'>
  /** By which edition evaluations fall due, and who switched that. */
  readonly scaling: { view(): ProfileView }

  readonly runbooks: {
    /** What people rehearsed, newest first. */
    exercises(): Promise<
      readonly { readonly id: string; readonly runbook: string; readonly finished: boolean; readonly at: string }[]
    >
    /** Open steps of runs that are no exercises. */
    due(): Promise<
      readonly { readonly run: string; readonly step: string; readonly title: string; readonly dueAt: string }[]
    >
  }

  readonly cards: Pick<
    Cards,
    'list' | 'row' | 'versions' | 'published' | 'publishedAll' | 'standing' | 'standingOf' | 'lint' | 'finding' | 'get'
  >
  readonly refusal: {
    readonly records: Pick<
      RefusalRecords,
      'finding' | 'standing' | 'evaluationsOf' | 'evaluations' | 'datasets' | 'redTeamRuns' | 'comparisons'
    >
  }
  readonly intake: Pick<Intake, 'reports' | 'triage' | 'counts' | 'tally' | 'acknowledgements'>
  /** Whether the ways to report answer: tried through our own front door. */
  readonly reporting: { finding(): Promise<{ readonly met: boolean; readonly says: string }> }
  readonly noncompliance: Pick<Noncompliance, 'offices' | 'follow'>
  readonly transparency: Pick<Transparency, 'editions' | 'edition' | 'running' | 'deployments' | 'changes'>

  readonly vault: Pick<Vault, 'versions' | 'uploads' | 'lastDeepCheck' | 'signature' | 'signingKey'>
  readonly access: Pick<
    Access,
    | 'devices'
    | 'environments'
    | 'requests'
    | 'grants'
    | 'locks'
    | 'glass'
    | 'campaigns'
    | 'copies'
    | 'custodies'
    | 'overlay'
    | 'canaries'
    | 'finding'
  >
  readonly reading: Pick<Reading, 'budgets' | 'coverage' | 'usage'>
  readonly insider: Pick<Insider, 'config' | 'watching' | 'rules' | 'settings' | 'statement' | 'drills'>
}
