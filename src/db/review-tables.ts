import type { Generated } from 'kysely'

/** The tables of the room `review`. */
export interface ReviewTables {
  reviewCase: ReviewCaseTable
  reviewItem: ReviewItemTable
  reviewReading: ReviewReadingTable
  reviewHandoff: ReviewHandoffTable
  reviewReveal: ReviewRevealTable
  reviewAllowance: ReviewAllowanceTable
  reviewTally: ReviewTallyTable
  reviewOutbox: ReviewOutboxTable
}

/** Something that a person is to judge: one decision, or a burst of like ones. */
export interface ReviewCaseTable {
  id: string
  /** Subject, queue and window of a case that like ones may still join; null once somebody has claimed it. */
  mergeKey: string | null
  basis: string
  /** Where it waits now. */
  queue: string
  /** Where it was opened. */
  homeQueue: string
  desk: string
  state: string
  severity: string
  label: string | null
  clause: string | null
  side: string | null
  score: number | null
  threshold: number | null
  organisation: string | null
  project: string | null
  key: string | null
  endUser: string | null
  model: string | null
  policyVersion: string | null
  /** How many decisions it stands for. */
  items: number
  /** Drawn for a second reader, from the start. */
  secondRead: boolean
  /** Readers who could not tell. */
  abstentions: number
  /** Lower comes first. */
  rank: number
  openedAt: Date
  lastAt: Date
  dueAt: Date
  overdueAt: Date | null
  claimId: string | null
  claimedBy: string | null
  claimedAt: Date | null
  claimExpiresAt: Date | null
  outcome: string | null
  decidedAt: Date | null
  handoff: string | null
  /** Who has read it, sorted. */
  readBy: Generated<string[]>
}

export interface ReviewItemTable {
  source: string
  caseId: string
  decisionId: string | null
  at: Date
}

/** What one person made of a case. */
export interface ReviewReadingTable {
  caseId: string
  reader: string
  stage: string
  queue: string
  verdict: string
  /** Label -> judgement, JSON. */
  labels: string
  note: string
  /** JSON. */
  proposal: string | null
  claimedAt: Date
  decidedAt: Date
}

export interface ReviewHandoffTable {
  caseId: string
  /** JSON. */
  form: string
  draftedBy: string
  draftedAt: Date
  sentBy: string | null
  sentAt: Date | null
  reportNumber: string | null
}

/** One piece of content that one person was shown. */
export interface ReviewRevealTable {
  id: string
  reader: string
  caseId: string
  decisionId: string
  part: string
  weight: number
  at: Date
}

/** More exposure for one person on one day, given by somebody else. */
export interface ReviewAllowanceTable {
  id: string
  reader: string
  givenBy: string
  reason: string
  items: number
  weight: number
  /** `2026-01-31`, UTC */
  day: string
  givenAt: Date
  acknowledgedAt: Date | null
}

/** Open cases per queue and state. */
export interface ReviewTallyTable {
  queue: string
  state: string
  desk: string
  open: number
  overdue: number
}

/** What a committed change still has to tell the ledger or another room. Empty when all is well. */
export interface ReviewOutboxTable {
  position: Generated<number>
  channel: string
  /** JSON. */
  body: string
  attempts: Generated<number>
  dueAt: Date
}
