import { z } from 'zod'
import type { Db } from '../db/index.ts'
import {
  conflict,
  forbidden,
  iso,
  noSuchCase,
  person,
  type ReviewContext,
  type Reviewer,
  workingDesks,
} from './context.ts'
import * as handoffStore from './handoff-store.ts'
import type { CaseView } from './schema.ts'
import * as store from './store.ts'
import { toCaseView } from './views.ts'

/** Values of `incidentType` in the CyberTipline's reporting interface. @see https://report.cybertip.org/ispws/documentation, incidentSummary */
const INCIDENT_TYPES = [
  'Child Pornography (possession, manufacture, and distribution)',
  'Child Sex Trafficking',
  'Child Sex Tourism',
  'Child Sexual Molestation',
  'Misleading Domain Name',
  'Misleading Words or Digital Images on the Internet',
  'Online Enticement of Children for Sexual Acts',
  'Unsolicited Obscene Material Sent to a Child',
] as const

/**
 * What a provider tells the CyberTipline, field by field, so that who reports has it ready. Safelevel sends nothing: a person does, and
 * writes down that they did. Words and names stay in the store, off the ledger.
 */
export const HandoffForm = z
  .strictObject({
    incidentType: z.enum(INCIDENT_TYPES),
    incidentAt: z.iso.datetime({ offset: true }),
    highPriority: z
      .string()
      .max(3_000)
      .nullable()
      .default(null)
      .meta({ description: 'why it cannot wait: a child in danger now' }),
    service: z.string().max(200).meta({ description: 'product or API through which it happened' }),
    generativeAi: z.boolean().default(true),
    viewedByProvider: z.boolean().meta({ description: 'whether somebody here viewed all of it' }),
    reportedPerson: z
      .strictObject({
        endUser: z.string().max(100).nullable(),
        organisation: z.string().max(100).nullable(),
        project: z.string().max(100).nullable(),
        key: z.string().max(100).nullable(),
        known: z.string().max(3_000).default('').meta({ description: 'what the customer has told of the person' }),
      })
      .meta({ description: 'ids here; the customer may know who is behind them' }),
    decisions: z.array(z.string().max(100)).min(1).max(200),
    additionalInfo: z.string().max(10_000).default(''),
    jurisdiction: z.string().max(200).default('').meta({ description: 'where another authority must be told as well' }),
  })
  .meta({ id: 'ReviewHandoffForm' })
export type HandoffForm = z.infer<typeof HandoffForm>

export const HandoffSent = z
  .strictObject({
    reportNumber: z.string().trim().min(1).max(100).meta({ description: 'as the authority confirmed it' }),
    sentAt: z.iso.datetime({ offset: true }),
  })
  .meta({ id: 'ReviewHandoffSent' })
export type HandoffSent = z.infer<typeof HandoffSent>

export const Handoff = z
  .object({
    case: z.string(),
    form: HandoffForm,
    draftedBy: z.string(),
    draftedAt: z.iso.datetime(),
    sentBy: z.string().nullable(),
    sentAt: z.iso.datetime().nullable(),
    reportNumber: z.string().nullable(),
  })
  .meta({ id: 'ReviewHandoff' })
export type Handoff = z.infer<typeof Handoff>

/** Reports of suspected child sexual abuse material to the authority: prepared here, sent by people, owed until they say that it was. */
export class Handoffs {
  readonly #context: ReviewContext
  constructor(context: ReviewContext) {
    this.#context = context
  }

  /** Writes or rewrites the form of a case. @throws {AppError} NOT_FOUND, CONFLICT once it was sent */
  async draft(reviewer: Reviewer, caseId: string, form: HandoffForm): Promise<Handoff> {
    const { db, clock, outbox } = this.#context
    return await db.db.transaction().execute(async (tx) => {
      const row = await this.#restricted(tx, reviewer, caseId)
      if (row.handoff === 'sent') throw conflict('the report of this case was sent: it changes no more')
      const stored = { caseId, form: JSON.stringify(form), draftedBy: reviewer.id, draftedAt: new Date(clock.now()) }
      const handoff = await handoffStore.putDraft(tx, stored)
      await store.updateCase(tx, caseId, { handoff: 'drafted' })
      const subject = { type: 'case', id: caseId }
      const data = { incidentType: form.incidentType, decisions: form.decisions.length }
      await outbox.put(tx, person(reviewer), [{ kind: 'review.handoff_drafted', subject, data }])
      return toHandoff(handoff)
    })
  }

  /** A person has sent it, and says so. @throws {AppError} NOT_FOUND, CONFLICT (no form, or sent before) */
  async sent(reviewer: Reviewer, caseId: string, { reportNumber, sentAt }: HandoffSent): Promise<Handoff> {
    const { db, outbox } = this.#context
    return await db.db.transaction().execute(async (tx) => {
      const row = await this.#restricted(tx, reviewer, caseId)
      if (row.handoff === 'sent') throw conflict('the report of this case was sent before')
      if (row.handoff !== 'drafted') throw conflict('fill in the form first')
      const handoff = await handoffStore.markSent(tx, caseId, {
        sentBy: reviewer.id,
        sentAt: new Date(sentAt),
        reportNumber,
      })
      await store.updateCase(tx, caseId, { handoff: 'sent' })
      const subject = { type: 'case', id: caseId }
      await outbox.put(tx, person(reviewer), [{ kind: 'review.handoff_sent', subject, data: { reportNumber, sentAt } }])
      return toHandoff(handoff)
    })
  }

  /** @throws {AppError} NOT_FOUND, FORBIDDEN */
  async get(reviewer: Reviewer, caseId: string): Promise<Handoff> {
    const { db } = this.#context.db
    const found = mayHandOff(reviewer) ? await handoffStore.findHandoff(db, caseId) : null
    if (found === null) throw noSuchCase()
    return toHandoff(found)
  }

  /** Decided cases whose report has not been sent, the oldest first, the first 200. @throws {AppError} FORBIDDEN */
  async owed(reviewer: Reviewer): Promise<CaseView[]> {
    if (!mayHandOff(reviewer)) throw forbidden('none of your roles in force works on this queue')
    const rows = await handoffStore.listOwed(this.#context.db.db, 200)
    return rows.map((row) => toCaseView(row, this.#context.clock.now()))
  }

  async #restricted(tx: Db, reviewer: Reviewer, caseId: string): Promise<store.CaseRow> {
    const row = await store.lockCase(tx, caseId)
    if (row === null || row.desk !== 'restricted' || !mayHandOff(reviewer)) throw noSuchCase()
    return row
  }
}

function mayHandOff(reviewer: Reviewer): boolean {
  return workingDesks(reviewer).includes('restricted')
}

function toHandoff({ caseId, form, draftedBy, draftedAt, sentBy, sentAt, reportNumber }: store.HandoffRow): Handoff {
  return {
    case: caseId,
    form: HandoffForm.parse(JSON.parse(form)),
    draftedBy,
    draftedAt: iso(draftedAt),
    sentBy,
    sentAt: sentAt === null ? null : iso(sentAt),
    reportNumber,
  }
}
