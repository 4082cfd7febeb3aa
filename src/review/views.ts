import { z } from 'zod'
import { AppError } from '../base/errors.ts'
import { Severity } from './config.ts'
import { iso } from './context.ts'
import {
  Basis,
  CaseState,
  type CaseView,
  type Claim,
  Desk,
  LabelJudgements,
  Outcome,
  Proposal,
  type QueueView,
  type Reading,
  Stage,
  Verdict,
} from './schema.ts'
import type { CaseRow, ReadingRow, TallyChange } from './store.ts'

const Side = z.enum(['prompt', 'completion']).nullable()
const HandoffState = z.enum(['owed', 'drafted', 'sent']).nullable()

/** A stored case as people see it. Parsed: what other versions stored must fit, or be known not to. */
export function toCaseView(row: CaseRow, nowMs: number): CaseView {
  const { id, queue, label, clause, score, threshold, organisation, project, key, endUser, model } = row
  return {
    id,
    basis: Basis.parse(row.basis),
    queue,
    desk: Desk.parse(row.desk),
    state: CaseState.parse(row.state),
    severity: Severity.parse(row.severity),
    label,
    clause,
    side: Side.parse(row.side),
    score,
    threshold,
    organisation,
    project,
    key,
    endUser,
    model,
    policyVersion: row.policyVersion,
    items: row.items,
    openedAt: iso(row.openedAt),
    lastAt: iso(row.lastAt),
    dueAt: iso(row.dueAt),
    overdue: row.state !== 'decided' && row.dueAt.getTime() <= nowMs,
    claim: claimOf(row, nowMs),
    outcome: row.outcome === null ? null : Outcome.parse(row.outcome),
    decidedAt: row.decidedAt === null ? null : iso(row.decidedAt),
    handoff: HandoffState.parse(row.handoff),
  }
}

export function claimOf({ claimId, claimedBy, claimedAt, claimExpiresAt }: CaseRow, nowMs: number): Claim | null {
  if (claimId === null || claimedBy === null || claimedAt === null || claimExpiresAt === null) return null
  const expired = claimExpiresAt.getTime() <= nowMs
  return { id: claimId, by: claimedBy, at: iso(claimedAt), expiresAt: iso(claimExpiresAt), expired }
}

export function toReading(row: ReadingRow): Reading {
  return {
    reader: row.reader,
    stage: Stage.parse(row.stage),
    verdict: Verdict.parse(row.verdict),
    labels: LabelJudgements.parse(JSON.parse(row.labels)),
    note: row.note,
    proposal: row.proposal === null ? null : Proposal.parse(JSON.parse(row.proposal)),
    claimedAt: iso(row.claimedAt),
    decidedAt: iso(row.decidedAt),
  }
}

/** One line per queue, those with something overdue first. */
export function toQueues(rows: readonly (TallyChange & { oldestAt: Date | null })[]): QueueView[] {
  const byQueue = Map.groupBy(rows, ({ queue }) => queue)
  const queues = [...byQueue].map(([queue, states]): QueueView => {
    const count = (state: CaseState) => states.find((row) => row.state === state)?.open ?? 0
    const oldest = states.find(({ oldestAt }) => oldestAt !== null)?.oldestAt ?? null
    return {
      queue,
      desk: Desk.parse(states[0]?.desk),
      open: states.reduce((sum, { open }) => sum + open, 0),
      waiting: count('waiting'),
      secondReading: count('second_reading'),
      adjudication: count('adjudication'),
      escalated: count('escalated'),
      overdue: states.reduce((sum, { overdue }) => sum + overdue, 0),
      oldestAt: oldest === null ? null : iso(oldest),
    }
  })
  return queues.sort((a, b) => b.overdue - a.overdue || (a.oldestAt ?? '').localeCompare(b.oldestAt ?? ''))
}

const OpenCursor = /^(\d{1,16})\.([\w-]{1,80})$/

export function openCursor(row: CaseRow): string {
  return `${row.rank}.${row.id}`
}

/** @throws {AppError} REQUEST_INVALID */
export function readCursor(cursor: string | undefined): { number: number; id: string } | null {
  if (cursor === undefined) return null
  const [, number = '', id = ''] = OpenCursor.exec(cursor) ?? []
  if (id === '') throw new AppError('REQUEST_INVALID', 'cursor: is not the `next` of a page')
  return { number: Number(number), id }
}

export function decidedCursor(row: CaseRow): string {
  return `${row.decidedAt?.getTime() ?? 0}.${row.id}`
}
