import { z } from 'zod'
import { EnforcementConfig } from '../../base/enforcement-config.ts'
import { AppError } from '../../base/errors.ts'
import { type EnforcementContext, notFound } from './context.ts'
import { climb, type LadderSettings, levelsOf } from './ladder.ts'
import type { Links } from './links.ts'
import type { Tally } from './patterns/tally.ts'
import { byTime, type CountedStrike, counted } from './points.ts'
import { STRIKE } from './records.ts'
import { NewAction, rankOf, Step, type Strike, Subject } from './schema.ts'
import * as store from './store.ts'

/** Whom an action would reach, in numbers. Traffic is what this process has seen in the last day. */
export const ActionEffect = z
  .object({
    subject: Subject,
    step: Step,
    organisations: z.int().meta({ description: 'organisations whose traffic is touched' }),
    projects: z.int(),
    keys: z.int().meta({ description: 'keys in use that are touched' }),
    endUsers: z.int().meta({ description: 'end users seen on these keys, an estimate' }),
    requestsPerDay: z.int(),
    refused: z.boolean().meta({ description: 'whether their requests would be refused; else slowed down or warned' }),
    observedSince: z.iso.datetime(),
    before: Step.nullable().meta({ description: 'what holds for the subject already' }),
    after: Step,
  })
  .meta({ id: 'ActionEffect' })
export type ActionEffect = z.infer<typeof ActionEffect>

const Points = z.number().positive().max(1_000_000)
const Share = z.number().min(0).max(1)
const AutomaticStep = z.enum(['none', ...Step.options])
const PointsBySeverity = z.strictObject({ low: Points, moderate: Points, high: Points, extreme: Points })

/** Changed settings of the ladder; what is left out stays as it is. */
export const LadderPatch = z
  .strictObject({
    weights: PointsBySeverity.partial(),
    settleSeconds: z.number().min(0).max(86_400),
    shares: z.strictObject({ key: Share, project: Share, organisation: Share }).partial(),
    childCap: Points,
    thresholds: z
      .strictObject({ warn: Points, throttle: Points, restrict: Points, suspend: Points, ban: Points })
      .partial(),
    automaticUpTo: z
      .strictObject({ endUser: AutomaticStep, key: AutomaticStep, project: AutomaticStep, organisation: AutomaticStep })
      .partial(),
  })
  .partial()
  .meta({ id: 'LadderPatch' })
export type LadderPatch = z.infer<typeof LadderPatch>

const Counts = z.record(z.enum(['none', ...Step.options]), z.int())

/** What recorded strikes would have led to, under the settings in force and under others. */
export const LadderEffect = z
  .object({
    strikes: z.int().meta({ description: 'strikes that were climbed on again' }),
    complete: z.boolean().meta({ description: 'false when there were more than could be taken' }),
    subjects: z.int(),
    current: Counts.meta({ description: 'subjects by the gravest step that they would have been given' }),
    proposed: Counts,
    changed: z
      .array(z.object({ subject: Subject, from: Step.nullable(), to: Step.nullable() }))
      .meta({ description: 'at most 200' }),
    changedTotal: z.int(),
  })
  .meta({ id: 'LadderEffect' })
export type LadderEffect = z.infer<typeof LadderEffect>

const MOST_STRIKES = 5_000
const MOST_SHOWN = 200
const MOST_KEYS = 10_000

/** What would happen, before it does. Changes nothing. */
export class Simulations {
  readonly #context: EnforcementContext
  readonly #links: Links
  readonly #tally: Tally

  constructor(context: EnforcementContext, links: Links, tally: Tally) {
    this.#context = context
    this.#links = links
    this.#tally = tally
  }

  /** @throws {AppError} REQUEST_INVALID, NOT_FOUND (the subject) */
  async action(input: NewAction): Promise<ActionEffect> {
    const { subject, step } = NewAction.parse(input)
    const { clock, standings } = this.#context
    const now = clock.now()
    const reach = await this.#reach(subject)
    const before = standings.stepOf(subject.id, now)
    const requests =
      subject.type === 'end_user'
        ? this.#tally.requestsOfEndUser(subject.id, now)
        : sum(reach.keys, (id) => this.#tally.requestsOfKey(id, now))
    const endUsers = subject.type === 'end_user' ? 1 : sum(reach.keys, (id) => this.#tally.endUsersOfKey(id))
    return {
      subject,
      step,
      organisations: reach.organisations,
      projects: reach.projects,
      keys: reach.keyCount,
      endUsers,
      requestsPerDay: requests,
      refused: rankOf(step) >= rankOf('suspend'),
      observedSince: new Date(this.#tally.startedAtMs).toISOString(),
      before,
      after: rankOf(before ?? 'none') > rankOf(step) ? (before ?? step) : step,
    }
  }

  /** Climbs recorded strikes that have not expired again, from the ground, under both settings. */
  async ladder(input: LadderPatch): Promise<LadderEffect> {
    const settings = patched(this.#context.settings, LadderPatch.parse(input))
    const now = new Date(this.#context.clock.now())
    const found = await store.strikesSince(this.#context.db.db, STRIKE, now, MOST_STRIKES + 1)
    const strikes = found.slice(0, MOST_STRIKES)
    const present = this.#gravest(strikes, this.#context.settings)
    const other = this.#gravest(
      strikes.map((s) => ({ ...s, weight: settings.weights[s.severity] })),
      settings,
    )
    const changed = [...present].flatMap(([id, { subject, step: from }]) => {
      const to = other.get(id)?.step ?? null
      return from === to ? [] : [{ subject, from, to }]
    })
    return {
      strikes: strikes.length,
      complete: found.length <= MOST_STRIKES,
      subjects: present.size,
      current: countSteps(present.values()),
      proposed: countSteps(other.values()),
      changed: changed.slice(0, MOST_SHOWN),
      changedTotal: changed.length,
    }
  }

  #gravest(strikes: readonly Strike[], settings: LadderSettings): Map<string, { subject: Subject; step: Step | null }> {
    const histories = new Map<string, { subject: Subject; strikes: CountedStrike[] }>()
    for (const strike of strikes.map(counted).sort(byTime)) {
      for (const subject of levelsOf(strike.strike)) {
        const history = histories.get(subject.id) ?? { subject, strikes: [] }
        history.strikes.push(strike)
        histories.set(subject.id, history)
      }
    }
    const gravest = new Map<string, { subject: Subject; step: Step | null }>()
    for (const [id, history] of histories) {
      const steps = climb(history.subject, history.strikes, settings).map((taken) => taken.step)
      const step = steps.reduce<Step | null>((a, b) => (rankOf(b) > rankOf(a ?? 'none') ? b : a), null)
      gravest.set(id, { subject: history.subject, step })
    }
    return gravest
  }

  async #reach({ type, id }: Subject) {
    const { db } = this.#context.db
    if (type === 'end_user') {
      const keys = this.#links.keysOf(id)
      const places = await Promise.all(keys.map((key) => store.placeOf(db, 'key', key)))
      const known = places.filter((place) => place !== undefined)
      const projects = new Set(known.map((place) => place.projectId)).size
      const organisations = new Set(known.map((place) => place.organisationId)).size
      return { organisations, projects, keyCount: keys.length, keys }
    }
    if (type === 'organisation') {
      if (!(await store.organisationExists(db, id))) throw notFound(type)
      const { count, keys } = await store.keysUnder(db, type, id, MOST_KEYS)
      return { organisations: 1, projects: await store.countProjects(db, id), keyCount: count, keys }
    }
    if ((await store.placeOf(db, type, id)) === undefined) throw notFound(type)
    if (type === 'key') return { organisations: 1, projects: 1, keyCount: 1, keys: [id] }
    const { count, keys } = await store.keysUnder(db, type, id, MOST_KEYS)
    return { organisations: 1, projects: 1, keyCount: count, keys }
  }
}

/** @throws {AppError} REQUEST_INVALID when the whole would be no configuration */
function patched(settings: EnforcementConfig, patch: LadderPatch): EnforcementConfig {
  const parsed = EnforcementConfig.safeParse({
    ...settings,
    ...patch,
    weights: { ...settings.weights, ...patch.weights },
    shares: { ...settings.shares, ...patch.shares },
    thresholds: { ...settings.thresholds, ...patch.thresholds },
    automaticUpTo: { ...settings.automaticUpTo, ...patch.automaticUpTo },
  })
  if (parsed.success) return parsed.data
  const { path, message } = parsed.error.issues[0] ?? { path: [], message: 'not valid' }
  throw new AppError('REQUEST_INVALID', `${path.join('.')}: ${message}`)
}

function sum(ids: readonly string[], count: (id: string) => number): number {
  return ids.reduce((total, id) => total + count(id), 0)
}

function countSteps(subjects: Iterable<{ step: Step | null }>): LadderEffect['current'] {
  const counts = { none: 0, warn: 0, throttle: 0, restrict: 0, suspend: 0, ban: 0 }
  for (const { step } of subjects) counts[step ?? 'none']++
  return counts
}
