import type { Span } from '../base/quarter.ts'

/** A version of the policy, and which clause refuses what. */
export interface PolicyInForce {
  readonly version: string
  readonly digest: string
  readonly publishedAt: string
  readonly effectiveAt: string
  readonly clauses: readonly { readonly id: string; readonly title: string; readonly labels: readonly string[] }[]
}

export interface ActionCounts {
  /** By step of the ladder, every step named. */
  readonly steps: Readonly<Record<string, number>>
  /** Of these, taken without a person. */
  readonly automatic: number
  /** Taken back, by appeal or by the agreement of two people, whenever they were taken. */
  readonly takenBack: number
}

export interface AppealCounts {
  readonly received: number
  readonly withdrawn: number
  /** By outcome, every outcome named: those decided in the time, whenever they were filed. */
  readonly outcomes: Readonly<Record<string, number>>
  /** From filing to decision, hours, of those decided in the time. */
  readonly hours: readonly number[]
  readonly openAtEnd: number
  readonly overdueAtEnd: number
}

export interface ExemptionCounts {
  readonly granted: number
  readonly ended: number
  readonly inForceAtEnd: number
}

/** What became of the reports that came within a time, as of now. */
export interface ReportCounts {
  readonly received: number
  /** Every kind named. */
  readonly byKind: Readonly<Record<string, number>>
  readonly confirmed: number
  readonly mitigated: number
  readonly open: number
  readonly answered: number
  /** Of those answered; null when none was. */
  readonly medianHoursToFirstAnswer: number | null
}

export interface PublishedEvaluation {
  readonly id: string
  readonly model: string
  readonly checkpoint: string
  readonly verdict: string
  readonly concludedAt: string
  readonly reportDigest: string | null
}

/** A model that takes no new customers while it is assessed (response policy 2d). */
export interface PublishedHalt {
  readonly id: string
  readonly model: string
  readonly openedAt: string
  readonly emergencyAt: string | null
  readonly closedAt: string | null
}

export interface PublishedCard {
  readonly model: string
  readonly version: number
  readonly digest: string
  readonly publishedAt: string
  /** Path of its page. */
  readonly path: string
}

/** Somebody who helped, and what it was about. */
export interface Acknowledgement {
  /** Not the report's number, which is for whoever sent it. */
  readonly id: string
  /** As they agreed to be named; null = they would not be. */
  readonly name: string | null
  /** In a few words; null where nothing is said about it. */
  readonly about: string | null
  /** When it was disclosed, ISO 8601. */
  readonly at: string
  /** Path or address of the advisory; null = none is published. */
  readonly href: string | null
}

/** A deployment as the public may know it. */
export interface PublicDeployment {
  readonly id: string
  readonly model: string
  readonly checkpoint: string
  /** Names under which the gateway serves it. */
  readonly gatewayModels: readonly string[]
  /** In words; null = it is in no gate's hands. */
  readonly state: { readonly title: string; readonly says: string; readonly serves: string } | null
  /** The checkpoint and day of the last assessment that cleared; null = none has. */
  readonly cleared: { readonly checkpoint: string; readonly at: string } | null
  /** When the calendar makes the next one due; null = nothing is counted from. */
  readonly nextAt: string | null
  readonly isDue: boolean
}

/** What this room asks of the others, in its own terms. */
export interface TransparencySources {
  organisation(): string
  /** When this installation began. */
  begunAt(): string
  /** Those that were in force at some time within it, oldest first. */
  policies(span: Span): Promise<readonly PolicyInForce[]>
  actions(span: Span): Promise<ActionCounts>
  appeals(span: Span): Promise<AppealCounts>
  exemptions(span: Span): Promise<ExemptionCounts>
  /** Concluded within it, oldest first. */
  evaluations(span: Span): Promise<readonly PublishedEvaluation[]>
  /** Begun within it, oldest first; drills are none. */
  halts(span: Span): Promise<readonly PublishedHalt[]>
  deployments(): Promise<readonly PublicDeployment[]>
  /** null = the room of reports is not installed. */
  readonly reports: ((from: string, until: string) => Promise<ReportCounts>) | null
  /** null = no model cards are installed. */
  readonly cards: ((span: Span) => Promise<readonly PublishedCard[]>) | null
  /** null = nothing is acknowledged here. Newest first. */
  readonly acknowledgements: (() => Promise<readonly Acknowledgement[]>) | null
}
