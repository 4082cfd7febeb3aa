import { iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { SealedText } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { type ActionDefinition, twoPeople } from '../../staff/index.ts'
import { conflict, DAY_MS, notFound, SYSTEM } from '../context.ts'
import type { Report } from '../schema.ts'
import { records, textsOf } from '../store.ts'
import { awareOf } from './clocks.ts'
import type { TriageContext } from './context.ts'
import type { Desk, Worked } from './desk.ts'
import { DisclosureAct, EarlyRelease } from './inputs.ts'
import { TRIAGE } from './kinds.ts'
import type { Disclosure, Triage } from './schema.ts'
import { type Band, severityOf } from './severity.ts'

/** The name under which two people publish before the agreed day. */
export const EARLY_RELEASE_ACTION = 'intake.publish_early'

const TRIAGERS = ['analyst', 'security_engineer', 'rso', 'ciso'] as const
const MAX_PARTIES = 50
const MAX_ADVISORIES = 1_000

/** What the public is told of a finding. */
export interface Advisory {
  readonly report: string
  readonly title: string
  readonly text: string
  readonly publishedAt: string
  readonly kind: Report['kind']
  readonly category: Report['category']
  readonly severity: Band
  /** null: somebody who would not be named. */
  readonly credit: string | null
  readonly remedy: { readonly kind: string; readonly reference: string } | null
}

/** A party with its words, for those who read them. */
export interface PartyWords {
  readonly id: string
  readonly name: string
  readonly contact: string | null
  readonly answer: string | null
}

/** Others are told before the public is, the public on a day that is agreed, and whoever found it is thanked. */
export class Disclosures {
  readonly #context: TriageContext
  readonly #desk: Desk

  constructor(context: TriageContext, desk: Desk) {
    this.#context = context
    this.#desk = desk
  }

  /** @throws {AppError} REQUEST_INVALID, NOT_FOUND, CONFLICT, FORBIDDEN, LEDGER_UNAVAILABLE */
  act(id: string, input: unknown, by: Actor): Promise<Worked> {
    const act = DisclosureAct.parse(input)
    return this.#desk.change(id, by, (worked) => {
      const { report, triage } = worked
      if (report.confirmedAt === null && act.act !== 'bounty' && act.act !== 'credit')
        throw conflict('only what is confirmed is disclosed')
      const nowMs = this.#context.clock.now()
      const { disclosure, data, texts = [] } = this.#step(worked, act, by, nowMs)
      const event = { kind: `intake.disclosure_${act.act}`, data }
      return { report, triage: { ...triage, disclosure }, event, texts }
    })
  }

  /** What it says, and who it tells; that somebody reads it is on record. @throws {AppError} NOT_FOUND, LEDGER_UNAVAILABLE */
  async read(id: string, by: Actor): Promise<{ parties: PartyWords[]; title: string | null; text: string | null }> {
    const { triage } = await this.#desk.find(id)
    await this.#context.journal.note(by, { kind: 'intake.disclosure_read', subject: { type: 'report', id } })
    const { texts, db } = this.#context
    const words = texts.openAll((await textsOf(db.db, id)).filter(({ part }) => part.startsWith('party/')))
    const advisory = texts.openAll(await textsOf(db.db, advisoryId(id)))
    const parties = triage.disclosure.parties.map((party) => ({
      id: party.id,
      name: words.get(`party/${party.id}/name`) ?? 'erased',
      contact: words.get(`party/${party.id}/contact`) ?? null,
      answer: words.get(`party/${party.id}/answer`) ?? null,
    }))
    return { parties, title: advisory.get('title') ?? null, text: advisory.get('text') ?? null }
  }

  /** Before the agreed day the public is told by two people. */
  early(): ActionDefinition<EarlyRelease> {
    return {
      schema: EarlyRelease,
      fresh: true,
      rule: () => twoPeople(TRIAGERS, ['rso', 'ciso', 'security_engineer']),
      check: async ({ report }) => {
        const { triage } = await this.#desk.find(report)
        if (triage.disclosure.advisory?.state !== 'reviewed') throw conflict('there is no reviewed advisory to publish')
      },
      execute: async ({ report, reason }, approved) => {
        await this.#desk.change(report, SYSTEM, ({ report: of, triage }) => {
          const { advisory } = triage.disclosure
          if (advisory?.approval === approved.id) return { report: of, triage, event: null }
          if (advisory?.state !== 'reviewed') throw conflict('there is no reviewed advisory to publish')
          const disclosure = published(triage.disclosure, approved.id, this.#context.clock.now())
          return {
            report: of,
            triage: { ...triage, disclosure },
            event: { kind: 'intake.disclosure_publish', data: { approval: approved.id, early: true } },
            texts: [this.#desk.seal(of.id, 'early', reason)],
          }
        })
      },
    }
  }

  /** What was published, newest first. */
  async published(): Promise<Advisory[]> {
    const { db } = this.#context.db
    const all = await records.list(db, TRIAGE, { state: 'published', order: 'newest', limit: MAX_ADVISORIES })
    const advisories: Advisory[] = []
    for (const { id } of all) advisories.push(await this.advisory(id))
    return advisories.sort((a, b) => (a.publishedAt < b.publishedAt ? 1 : -1))
  }

  /** For the public. @throws {AppError} NOT_FOUND: none, or not published */
  async advisory(id: string): Promise<Advisory> {
    const { report, triage } = await this.#desk.find(id)
    const { advisory, credit } = triage.disclosure
    if (advisory?.publishedAt == null) throw notFound('advisory')
    const words = this.#context.texts.openAll(await textsOf(this.#context.db.db, advisoryId(report.id)))
    const { remedy } = triage
    return {
      report: report.id,
      title: words.get('title') ?? '',
      text: words.get('text') ?? '',
      publishedAt: advisory.publishedAt,
      kind: report.kind,
      category: report.category,
      severity: bandNow(report, triage),
      credit: credit === 'named' ? (words.get('credit') ?? null) : null,
      remedy: remedy === null ? null : { kind: remedy.kind, reference: remedy.reference },
    }
  }

  #step({ report, triage }: Worked, act: DisclosureAct, by: Actor, nowMs: number): Next {
    const { disclosure } = triage
    const seal = (part: string, text: string | null) => (text === null ? [] : [this.#desk.seal(report.id, part, text)])
    const sealPublic = (part: string, text: string) => this.#context.texts.seal(advisoryId(report.id), part, text)
    switch (act.act) {
      case 'party': {
        if (disclosure.parties.length >= MAX_PARTIES) throw conflict(`at most ${MAX_PARTIES} are told of one report`)
        const party = { id: this.#context.ids.next('pty'), toldAt: null, embargoUntil: null, acknowledgedAt: null }
        const texts = [...seal(`party/${party.id}/name`, act.name), ...seal(`party/${party.id}/contact`, act.contact)]
        return {
          disclosure: { ...disclosure, parties: [...disclosure.parties, party] },
          data: { party: party.id },
          texts,
        }
      }
      case 'told': {
        const embargoUntil = act.embargoUntil === null ? null : iso(Date.parse(act.embargoUntil))
        return this.#party(disclosure, act.party, (party) => ({ ...party, toldAt: iso(nowMs), embargoUntil }), {
          embargoUntil,
        })
      }
      case 'acknowledged': {
        const next = this.#party(disclosure, act.party, (party) => {
          if (party.toldAt === null) throw conflict('nobody has told them yet')
          return { ...party, acknowledgedAt: iso(nowMs) }
        })
        return { ...next, texts: seal(`party/${act.party}/answer`, act.answer) }
      }
      case 'public_on': {
        const publicOn = iso(Date.parse(act.on))
        if (Date.parse(publicOn) < Date.parse(report.receivedAt)) throw conflict('that was before the report came')
        const extensions =
          disclosure.extensions + (Date.parse(publicOn) > publicMs(report, triage, this.#context) ? 1 : 0)
        const texts = seal(`public-on/${String(extensions).padStart(3, '0')}/${iso(nowMs)}`, act.words)
        return { disclosure: { ...disclosure, publicOn, extensions }, data: { on: publicOn, extensions }, texts }
      }
      case 'advisory': {
        if (disclosure.advisory?.state === 'published') throw conflict('the advisory is published; it stands as it is')
        const advisory = {
          state: 'draft' as const,
          writtenBy: by.id,
          reviewedBy: null,
          publishedAt: null,
          approval: null,
        }
        return {
          disclosure: { ...disclosure, advisory },
          data: {},
          texts: [sealPublic('title', act.title), sealPublic('text', act.text)],
        }
      }
      case 'review': {
        const { advisory } = disclosure
        if (advisory?.state !== 'draft') throw conflict('there is no draft of an advisory to review')
        if (advisory.writtenBy === by.id) throw new AppError('FORBIDDEN', 'somebody else reviews what you have written')
        return {
          disclosure: { ...disclosure, advisory: { ...advisory, state: 'reviewed', reviewedBy: by.id } },
          data: {},
        }
      }
      case 'publish': {
        if (disclosure.advisory?.state !== 'reviewed') throw conflict('there is no reviewed advisory to publish')
        const due = publicMs(report, triage, this.#context)
        if (nowMs < due) throw conflict(`it is to be public on ${iso(due)}: earlier takes two people`)
        return { disclosure: published(disclosure, null, nowMs), data: { early: false } }
      }
      case 'credit': {
        if (act.as === 'named' && act.name === null)
          throw new AppError('REQUEST_INVALID', 'name: how they want to be named')
        const texts = act.as === 'named' && act.name !== null ? [sealPublic('credit', act.name)] : []
        return { disclosure: { ...disclosure, credit: act.as }, data: { as: act.as }, texts }
      }
      case 'bounty': {
        const { state, amount, currency } = act
        const isMoney = state === 'offered' || state === 'paid'
        if (isMoney !== (amount !== null && currency !== null))
          throw new AppError(
            'REQUEST_INVALID',
            'amount and currency: given where something is offered or paid, and only there',
          )
        const bounty = { state, amount, currency, at: iso(nowMs), by: by.id }
        return { disclosure: { ...disclosure, bounty }, data: { state, amount, currency } }
      }
    }
  }

  #party(disclosure: Disclosure, id: string, step: (party: Party) => Party, data: Next['data'] = {}): Next {
    if (!disclosure.parties.some((party) => party.id === id)) throw notFound('party')
    const parties = disclosure.parties.map((party) => (party.id === id ? step(party) : party))
    return { disclosure: { ...disclosure, parties }, data: { party: id, ...data } }
  }
}

type Party = Disclosure['parties'][number]

interface Next {
  readonly disclosure: Disclosure
  readonly data: Record<string, string | number | boolean | null>
  readonly texts?: readonly SealedText[]
}

/** When the public is to be told: milliseconds since the epoch. */
export function publicMs(
  report: Report,
  { awareAt, disclosure }: Triage,
  { config }: Pick<TriageContext, 'config'>,
): number {
  if (disclosure.publicOn !== null) return Date.parse(disclosure.publicOn)
  return Date.parse(awareOf({ receivedAt: report.receivedAt, awareAt })) + config.disclosureDays * DAY_MS
}

/** How grave it is: as a person says, or else as computed. */
export function bandNow(
  { category }: Pick<Report, 'category'>,
  { factors, override }: Pick<Triage, 'factors' | 'override'>,
): Band {
  return override?.band ?? severityOf(factors, category).band
}

/** What is for the public stands apart from the report's words, and outlives them. */
function advisoryId(report: string): string {
  return `${report}/advisory`
}

function published(disclosure: Disclosure, approval: string | null, nowMs: number): Disclosure {
  const { advisory } = disclosure
  if (advisory === null) throw conflict('there is no advisory')
  return { ...disclosure, advisory: { ...advisory, state: 'published', publishedAt: iso(nowMs), approval } }
}
