import { z } from 'zod'
import { type Page, readPage } from '../../base/page.ts'
import { type EnforcementContext, notFound } from './context.ts'
import { stepFor } from './ladder.ts'
import type { Link, Links } from './links.ts'
import type { Tally } from './patterns/tally.ts'
import { pointsOf } from './points.ts'
import { ACTION, type Kind, PATTERN, STRIKE } from './records.ts'
import { EnforcementAction, PatternFound, rankOf, Step, Strike, Subject } from './schema.ts'
import * as store from './store.ts'

const LinkView = z.object({
  subject: Subject,
  signal: z.enum(['same_end_user', 'same_project', 'same_organisation_name', 'same_address']),
})

/** Where a subject stands now. */
export const Standing = z
  .object({
    subject: Subject,
    step: Step.nullable().meta({ description: 'gravest action in force on the subject itself' }),
    points: z.number().meta({ description: 'of strikes that count now' }),
    pointsReach: z.enum(['none', ...Step.options]).meta({ description: 'the step that these points reach' }),
    strikes: z.int().meta({ description: 'strikes that count, on it or below it' }),
    actions: z.int().meta({ description: 'actions in force on it' }),
  })
  .meta({ id: 'EnforcementStanding' })
export type Standing = z.infer<typeof Standing>

/** Everything on record about one subject, newest first, at most 100 of each. */
export const SubjectView = z
  .object({
    standing: Standing,
    actions: z.array(EnforcementAction),
    strikes: z.array(Strike),
    patterns: z.array(PatternFound),
    links: z.array(LinkView),
    requestsPerDay: z.int().nullable().meta({ description: 'seen by this process in 24 h; null where it is not kept' }),
    course: z
      .array(z.object({ at: z.iso.datetime(), points: z.number() }))
      .meta({ description: 'how the points run out if nothing more happens, from now on; empty without strikes' }),
    ladder: z.object({
      thresholds: z.record(Step, z.number()).meta({ description: 'points from which a step is due' }),
      automaticUpTo: z
        .enum(['none', ...Step.options])
        .meta({ description: 'gravest step without a person, on its kind' }),
    }),
  })
  .meta({ id: 'EnforcementSubjectView' })
export type SubjectView = z.infer<typeof SubjectView>

export interface ActionQuery {
  readonly subjectId?: string | undefined
  readonly organisationId?: string | undefined
  readonly decisionId?: string | undefined
  readonly state?: 'active' | 'ended' | undefined
  readonly before?: string | undefined
  readonly limit: number
}

export type HistoryQuery = Omit<store.RecordQuery, 'states'>

const MOST_SHOWN = 100
/** Points in time at which a course is worked out, and how many strikes in all are weighed for it. */
const COURSE_STEPS = 48
const COURSE_WORK = 200_000
const COLUMNS = { end_user: 'endUserId', key: 'keyId', project: 'projectId', organisation: 'organisationId' } as const

/** What is on record, for people and for other rooms. */
export class Readings {
  readonly #context: EnforcementContext
  readonly #links: Links
  readonly #tally: Tally

  constructor(context: EnforcementContext, links: Links, tally: Tally) {
    this.#context = context
    this.#links = links
    this.#tally = tally
  }

  /** From memory. */
  standing(subject: Subject): Standing {
    const { standings, clock, settings } = this.#context
    const now = clock.now()
    const strikes = standings.strikesOf(subject.id).filter((s) => s.expiresMs > now)
    const points = pointsOf(subject, strikes, now, settings)
    const inForce = standings
      .actionsOf(subject.id)
      .filter((a) => a.ended === null && (a.until === null || Date.parse(a.until) > now))
    return {
      subject,
      step: standings.stepOf(subject.id, now),
      points: Math.round(points * 1_000) / 1_000,
      pointsReach: stepFor(points, settings.thresholds),
      strikes: strikes.length,
      actions: inForce.length,
    }
  }

  /** Everybody with a strike that counts or an action in force, gravest first, then by points. */
  standings(query: { readonly step?: Step | undefined; readonly offset: number; readonly limit: number }) {
    const all = [...this.#context.standings.subjects()].map((subject) => this.standing(subject))
    const wanted = query.step === undefined ? all : all.filter(({ step }) => step === query.step)
    wanted.sort(
      (a, b) =>
        rankOf(b.step ?? 'none') - rankOf(a.step ?? 'none') ||
        b.points - a.points ||
        (a.subject.id < b.subject.id ? -1 : 1),
    )
    return { items: wanted.slice(query.offset, query.offset + query.limit), total: wanted.length }
  }

  async subject(subject: Subject): Promise<SubjectView> {
    const { db } = this.#context.db
    const below = { [COLUMNS[subject.type]]: subject.id, limit: MOST_SHOWN }
    const [actions, strikes, patterns, links] = await Promise.all([
      store.list(db, ACTION, { subjectId: subject.id, limit: MOST_SHOWN }),
      store.list(db, STRIKE, below),
      store.list(db, PATTERN, below),
      this.#links.of(subject, db),
    ])
    return {
      standing: this.standing(subject),
      actions,
      strikes,
      patterns,
      links,
      requestsPerDay: this.#requests(subject),
      course: this.#course(subject),
      ladder: this.#ladder(subject),
    }
  }

  /** @throws {AppError} NOT_FOUND */
  async action(id: string): Promise<EnforcementAction> {
    const action = await store.find(this.#context.db.db, ACTION, id)
    if (action === null) throw notFound('action')
    return action
  }

  actions({ state, ...query }: ActionQuery): Promise<Page<EnforcementAction>> {
    const states = { active: ['active'], ended: ['ended', 'forgiving'] }
    return this.#page(ACTION, { ...query, states: state === undefined ? undefined : states[state] })
  }

  strikes(query: HistoryQuery): Promise<Page<Strike>> {
    return this.#page(STRIKE, query)
  }

  patterns(query: HistoryQuery): Promise<Page<PatternFound>> {
    return this.#page(PATTERN, query)
  }

  links(subject: Subject): Promise<Link[]> {
    return this.#links.of(subject, this.#context.db.db)
  }

  /** Evenly from now to when the last strike has run out; the more strikes, the coarser. */
  #course(subject: Subject): SubjectView['course'] {
    const { standings, clock, settings } = this.#context
    const now = clock.now()
    const strikes = standings.strikesOf(subject.id).filter((s) => s.expiresMs > now)
    if (strikes.length === 0) return []
    const endMs = strikes.reduce((last, s) => Math.max(last, s.expiresMs), now)
    const steps = Math.max(1, Math.min(COURSE_STEPS, Math.floor(COURSE_WORK / strikes.length)))
    return Array.from({ length: steps + 1 }, (_, i) => {
      const atMs = Math.round(now + (i / steps) * (endMs - now))
      const points = Math.round(pointsOf(subject, strikes, atMs, settings) * 1_000) / 1_000
      return { at: new Date(atMs).toISOString(), points }
    })
  }

  #ladder({ type }: Subject): SubjectView['ladder'] {
    const { thresholds, automatic, automaticUpTo } = this.#context.settings
    const { endUser, key, project, organisation } = automaticUpTo
    const most = { end_user: endUser, key, project, organisation }[type]
    return { thresholds: { ...thresholds }, automaticUpTo: automatic ? most : 'none' }
  }

  #requests({ type, id }: Subject): number | null {
    const now = this.#context.clock.now()
    if (type === 'end_user') return this.#tally.requestsOfEndUser(id, now)
    return type === 'key' ? this.#tally.requestsOfKey(id, now) : null
  }

  #page<T extends { id: string }>(kind: Kind<T>, query: store.RecordQuery): Promise<Page<T>> {
    return readPage(query.limit, (limit) => store.list(this.#context.db.db, kind, { ...query, limit }))
  }
}
