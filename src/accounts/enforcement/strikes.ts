import { iso } from '../../base/clock.ts'
import type { Db } from '../../db/index.ts'
import type { Happening } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { type EnforcementContext, refresh, SYSTEM } from './context.ts'
import type { Offence } from './facts.ts'
import { type AutomaticStep, Climber, levelsOf } from './ladder.ts'
import { byTime, type CountedStrike, counted, insertByTime } from './points.ts'
import { ACTION, PATTERN, put, STRIKE } from './records.ts'
import {
  type EnforcementAction,
  NewStrike,
  type PatternFound,
  type Reason,
  SEVERITIES,
  type Strike,
  type StrikeSeverity,
  type Subject,
} from './schema.ts'
import * as store from './store.ts'

const DAY_MS = 86_400_000
const MAX_CLIMBERS = 50_000

/** Strikes and what the ladder makes of them. */
export class Strikes {
  readonly #context: EnforcementContext
  /** Good as long as nobody but this process gives strikes. */
  readonly #climbers = new Map<string, Climber>()
  #climbersVersion = -1

  constructor(context: EnforcementContext) {
    this.#context = context
  }

  /**
   * Gives a strike for each offence that has none yet, and takes the steps that they reach.
   *
   * @throws {AppError} LEDGER_UNAVAILABLE
   */
  async record(offences: readonly Offence[]): Promise<void> {
    await this.#give(offences.map((offence) => this.#strikeFor(offence)))
  }

  /** A strike by a person; a decision has one strike, so a second one changes nothing. @returns the strike that stands */
  async give(input: NewStrike, by: Actor): Promise<Strike> {
    const wanted = NewStrike.parse(input)
    const strike = this.#strike({
      ...wanted,
      id: strikeIdOf(wanted.decisionId),
      source: 'person',
      score: null,
      immediate: false,
      by,
      patternId: null,
      at: iso(this.#context.clock.now()),
    })
    await this.#give([strike])
    return (await store.find(this.#context.db.db, STRIKE, strike.id)) ?? strike
  }

  /** Records a pattern that was found, with a strike where the settings say so. */
  async found(pattern: PatternFound): Promise<void> {
    const severity = this.#context.settings.patterns.strike
    const strikes = severity === 'none' ? [] : [this.#strikeForPattern(pattern, severity)]
    await this.#give(strikes, [pattern])
  }

  async #give(wanted: readonly Strike[], patterns: readonly PatternFound[] = []): Promise<void> {
    if (wanted.length === 0 && patterns.length === 0) return
    const context = this.#context
    const { taken: actions, before } = await context.journal.make(SYSTEM, async (db) => {
      await refresh(context, db)
      const before = context.standings.version
      if (before !== this.#climbersVersion || this.#climbers.size > MAX_CLIMBERS) this.#climbers.clear()
      this.#climbersVersion = -1
      const strikes = await this.#unknown(db, wanted)
      const taken = this.#steps(strikes)
      const events = [
        ...patterns.map(foundEvent),
        ...strikes.map(strikeEvent),
        ...taken.map((action) => actionEvent('enforcement.action_taken', action, SYSTEM)),
      ]
      const puts = [
        ...patterns.map((pattern) => put(PATTERN, pattern)),
        ...strikes.map((strike) => put(STRIKE, strike)),
        ...taken.map((action) => put(ACTION, action)),
      ]
      return { events, puts, result: { taken, before } }
    })
    await refresh(context, context.db.db)
    if (context.standings.version === before + 1) this.#climbersVersion = before + 1
    for (const { id, startedAt } of actions) context.notify({ kind: 'enforcement.action_taken', id, at: startedAt })
    for (const { id, at } of patterns) context.notify({ kind: 'enforcement.pattern_found', id, at })
  }

  async #unknown(db: Db, wanted: readonly Strike[]): Promise<Strike[]> {
    const known = await store.known(
      db,
      STRIKE,
      wanted.map((strike) => strike.id),
    )
    return wanted.filter((strike) => !known.has(strike.id)).sort((a, b) => byTime(counted(a), counted(b)))
  }

  /** One strike after the other climbs the ladder of each of its levels. */
  #steps(strikes: readonly Strike[]): EnforcementAction[] {
    const { standings } = this.#context
    const taken: EnforcementAction[] = []
    const histories = new Map<string, CountedStrike[]>()
    for (const strike of strikes) {
      const trigger = counted(strike)
      for (const subject of levelsOf(strike)) {
        if (trigger.atMs <= standings.pardonedAt(subject.id)) continue
        const history = histories.get(subject.id) ?? [...standings.strikesOf(subject.id)]
        histories.set(subject.id, history)
        insertByTime(history, trigger)
        const held = [...standings.actionsOf(subject.id), ...taken.filter((a) => a.subject.id === subject.id)]
          .filter((action) => action.source === 'automatic' && action.ended === null)
          .map(heldStep)
        const next = this.#climberOf(subject).next(history, trigger, held)
        if (next !== null) taken.push(newAutomatic(this.#context, subject, next, strike))
      }
    }
    return taken
  }

  #climberOf(subject: Subject): Climber {
    const known = this.#climbers.get(subject.id)
    if (known !== undefined) return known
    const climber = new Climber(subject, this.#context.settings)
    this.#climbers.set(subject.id, climber)
    return climber
  }

  #strikeFor({ side, ...offence }: Offence): Strike {
    const { immediate } = this.#context.settings
    const atOnce =
      immediate.severity !== 'none' &&
      (side === 'prompt' || immediate.completions) &&
      rank(offence.severity) >= rank(immediate.severity) &&
      offence.score !== null &&
      offence.score >= immediate.score
    const id = strikeIdOf(offence.decisionId)
    return this.#strike({ ...offence, id, source: 'decision', patternId: null, immediate: atOnce, by: SYSTEM })
  }

  #strikeForPattern(pattern: PatternFound, severity: StrikeSeverity): Strike {
    const { endUserId, keyId, projectId, organisationId, decisionId, at } = pattern
    return this.#strike(
      {
        id: `str_${pattern.id.slice(pattern.id.indexOf('_') + 1)}`,
        source: 'pattern',
        decisionId: null,
        patternId: pattern.id,
        endUserId: pattern.subject.type === 'end_user' ? endUserId : null,
        keyId,
        projectId,
        organisationId,
        severity,
        label: null,
        clause: null,
        score: null,
        immediate: false,
        at,
        by: SYSTEM,
      },
      decisionId,
    )
  }

  #strike(given: Omit<Strike, 'weight' | 'expiresAt' | 'undone'>, decisionId = given.decisionId): Strike {
    const { weights, expiryDays } = this.#context.settings
    const { severity, at } = given
    const { id, source, patternId, endUserId, keyId, projectId, organisationId, label, clause, score, immediate, by } =
      given
    return {
      id,
      source,
      decisionId,
      patternId,
      endUserId,
      keyId,
      projectId,
      organisationId,
      severity,
      label,
      clause,
      score,
      weight: weights[severity],
      immediate,
      at,
      expiresAt: iso(Date.parse(at) + expiryDays[severity] * DAY_MS),
      by,
      undone: null,
    }
  }
}

function rank(severity: StrikeSeverity): number {
  return SEVERITIES.indexOf(severity)
}

/** One decision has one strike. */
export function strikeIdOf(decisionId: string): string {
  return `str_${decisionId.slice(decisionId.indexOf('_') + 1)}`
}

export function heldStep({ step, until, strikeId }: EnforcementAction) {
  return { step, strikeId, untilMs: until === null ? Number.POSITIVE_INFINITY : Date.parse(until) }
}

/** A step of the ladder as an action. */
export function newAutomatic(
  { ids, settings }: Pick<EnforcementContext, 'ids' | 'settings'>,
  subject: Subject,
  step: AutomaticStep,
  strike: Strike,
): EnforcementAction {
  const limited = step.step === 'throttle' || step.step === 'restrict'
  return {
    id: ids.next('act'),
    subject,
    organisationId: strike.organisationId,
    step: step.step,
    source: 'automatic',
    by: SYSTEM,
    reason: reasonOf(strike, step),
    label: strike.label,
    clause: strike.clause,
    decisionId: strike.decisionId,
    strikeId: strike.id,
    points: step.points,
    threshold: step.threshold,
    startedAt: iso(step.atMs),
    until: Number.isFinite(step.untilMs) ? iso(step.untilMs) : null,
    throttleFactor: limited ? settings.throttleFactor : null,
    models: step.step === 'restrict' && settings.restrictModels.length > 0 ? [...settings.restrictModels] : null,
    note: null,
    ended: null,
  }
}

function reasonOf(strike: Strike, step: AutomaticStep): Reason {
  if (strike.source === 'pattern') return 'scaled_abuse'
  return strike.immediate && step.step === 'suspend' ? 'extreme_misuse' : 'policy_violation'
}

/** What of an action goes onto the ledger: identifiers, numbers and times; never the note. */
export function actionEvent(kind: `enforcement.${string}`, action: EnforcementAction, by: Actor): Happening {
  const { id, subject, organisationId, step, source, reason, label, clause, decisionId, strikeId } = action
  const { points, threshold, until, throttleFactor, ended } = action
  return {
    kind,
    subject: { type: 'enforcement_action', id },
    actor: by,
    data: {
      on: { ...subject },
      organisation: organisationId,
      step,
      source,
      reason,
      label,
      clause,
      decision: decisionId,
      strike: strikeId,
      points: points === null ? null : Math.round(points * 1_000) / 1_000,
      threshold,
      until,
      throttleFactor,
      ...(ended === null ? {} : { cause: ended.cause, authority: ended.authority, forgives: ended.forgives }),
    },
  }
}

/** What of a strike goes onto the ledger. */
export function strikeEvent(strike: Strike): Happening {
  const { id, by, source, decisionId, endUserId, keyId, projectId, organisationId } = strike
  const { severity, label, clause, weight, expiresAt, immediate, patternId } = strike
  return {
    kind: 'enforcement.strike_recorded',
    subject: { type: 'strike', id },
    actor: by,
    data: {
      source,
      decision: decisionId,
      pattern: patternId,
      endUser: endUserId,
      key: keyId,
      project: projectId,
      organisation: organisationId,
      severity,
      label,
      clause,
      weight,
      expiresAt,
      immediate,
    },
  }
}

function foundEvent({
  id,
  pattern,
  subject,
  organisationId,
  keyId,
  decisionId,
  observed,
  limits,
}: PatternFound): Happening {
  return {
    kind: 'enforcement.pattern_found',
    subject: { type: 'enforcement_pattern', id },
    data: {
      pattern,
      on: { ...subject },
      organisation: organisationId,
      key: keyId,
      decision: decisionId,
      observed: { ...observed },
      limits: { ...limits },
    },
  }
}
