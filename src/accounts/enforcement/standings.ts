import type { Principal } from '../schema.ts'
import { levelsOf } from './ladder.ts'
import { type CountedStrike, counted, insertByTime } from './points.ts'
import { type EnforcementAction, rankOf, type Step, type Strike, type Subject } from './schema.ts'

/** An action in force, as the request path reads it. */
interface Held {
  readonly action: EnforcementAction
  readonly rank: number
  /** Infinity = until it is lifted. */
  readonly untilMs: number
}

/** What holds for a request now: the gravest of all that is in force for its end user, key, project and organisation. */
export interface Restriction {
  /** Gravest step. */
  readonly step: Step
  /** The action behind it. */
  readonly action: EnforcementAction
  /** Actions that slow the request down: each has a rate of its own. */
  readonly throttles: readonly EnforcementAction[]
  /** Whether what the policy only flags is refused. */
  readonly strict: boolean
  /** The only models that are open; null = all. */
  readonly models: readonly string[] | null
}

const NOTHING: readonly Held[] = Object.freeze([])
const NO_STRIKES: readonly CountedStrike[] = Object.freeze([])

/** Strikes that count and actions in force, in memory: what the request path asks and the ladder climbs on. */
export class Standings {
  #version = 0
  readonly #strikes = new Map<string, Strike>()
  readonly #strikesOf = new Map<string, CountedStrike[]>()
  readonly #actions = new Map<string, EnforcementAction>()
  readonly #actionsOf = new Map<string, EnforcementAction[]>()
  /** Only subjects with an action in force: mostly few, so that most requests find nothing here and go on. */
  readonly #held = new Map<string, Held[]>()
  readonly #pardons = new Map<string, number>()

  /** Of the last change that was read. */
  get version(): number {
    return this.#version
  }

  get strikeCount(): number {
    return this.#strikes.size
  }

  /** @returns actions that are new or changed, or null when this was read already. */
  take(version: number, strikes: readonly Strike[], actions: readonly EnforcementAction[]): EnforcementAction[] | null {
    if (version <= this.#version) return null
    this.#version = version
    for (const strike of strikes) this.#takeStrike(strike)
    for (const action of actions) this.#takeAction(action)
    return [...actions]
  }

  /** Synchronous, and next to nothing where nobody is restricted. */
  restrictionOf(principal: Principal, endUserId: string | null, nowMs: number): Restriction | null {
    if (this.#held.size === 0) return null
    const user = endUserId === null ? undefined : this.#held.get(endUserId)
    const key = this.#held.get(principal.keyId)
    const project = this.#held.get(principal.projectId)
    const organisation = this.#held.get(principal.organisationId)
    if (user === undefined && key === undefined && project === undefined && organisation === undefined) return null
    return merged([user ?? NOTHING, key ?? NOTHING, project ?? NOTHING, organisation ?? NOTHING], nowMs)
  }

  /** Gravest step in force for the subject itself; null for none. */
  stepOf(subjectId: string, nowMs: number): Step | null {
    return merged([this.#held.get(subjectId) ?? NOTHING], nowMs)?.step ?? null
  }

  /** Strikes of the subject and below it that count for the ladder: those since it was last pardoned, in order of time. */
  strikesOf(subjectId: string): readonly CountedStrike[] {
    const strikes = this.#strikesOf.get(subjectId) ?? NO_STRIKES
    const since = this.#pardons.get(subjectId)
    return since === undefined ? strikes : strikes.filter((s) => s.atMs > since)
  }

  /** When strikes of the subject were last forgiven, milliseconds; -Infinity = never. */
  pardonedAt(subjectId: string): number {
    return this.#pardons.get(subjectId) ?? Number.NEGATIVE_INFINITY
  }

  /** Actions on the subject that are in force, or ended in a pardon. */
  actionsOf(subjectId: string): readonly EnforcementAction[] {
    return this.#actionsOf.get(subjectId) ?? []
  }

  action(id: string): EnforcementAction | null {
    return this.#actions.get(id) ?? null
  }

  /** Everybody who has a strike that counts or an action in force. */
  *subjects(): Generator<Subject> {
    const seen = new Set<string>()
    for (const strike of this.#strikes.values()) {
      for (const subject of levelsOf(strike)) {
        if (!seen.has(subject.id)) yield subject
        seen.add(subject.id)
      }
    }
    for (const { subject } of this.#actions.values()) {
      if (!seen.has(subject.id)) yield subject
      seen.add(subject.id)
    }
  }

  /** How many actions of each step are in force. */
  inForce(nowMs: number): Record<Step, number> {
    const counts = { warn: 0, throttle: 0, restrict: 0, suspend: 0, ban: 0 }
    for (const id of this.#held.keys()) {
      const step = this.stepOf(id, nowMs)
      if (step !== null) counts[step]++
    }
    return counts
  }

  /** Drops what has expired, which counts nothing any more. */
  forget(nowMs: number): void {
    for (const strike of this.#strikes.values()) if (Date.parse(strike.expiresAt) <= nowMs) this.#dropStrike(strike)
  }

  #takeStrike(strike: Strike): void {
    const before = this.#strikes.get(strike.id)
    if (before !== undefined) this.#dropStrike(before)
    if (strike.undone !== null) return
    this.#strikes.set(strike.id, strike)
    const entry = counted(strike)
    for (const { id } of levelsOf(strike)) {
      const strikes = this.#strikesOf.get(id)
      if (strikes === undefined) {
        this.#strikesOf.set(id, [entry])
        continue
      }
      insertByTime(strikes, entry)
    }
  }

  #dropStrike(strike: Strike): void {
    this.#strikes.delete(strike.id)
    for (const { id } of levelsOf(strike)) {
      const rest = (this.#strikesOf.get(id) ?? []).filter((s) => s.strike.id !== strike.id)
      if (rest.length === 0) this.#strikesOf.delete(id)
      else this.#strikesOf.set(id, rest)
    }
  }

  #takeAction(action: EnforcementAction): void {
    const { id, subject, ended } = action
    const others = (this.#actionsOf.get(subject.id) ?? []).filter((a) => a.id !== id)
    const kept = ended === null || ended.forgives ? [...others, action] : others
    if (kept.length === 0) this.#actionsOf.delete(subject.id)
    else this.#actionsOf.set(subject.id, kept)
    if (ended === null || ended.forgives) this.#actions.set(id, action)
    else this.#actions.delete(id)
    if (ended?.forgives) {
      const at = Date.parse(ended.at)
      this.#pardons.set(subject.id, Math.max(at, this.#pardons.get(subject.id) ?? 0))
    }
    const held = kept.filter((a) => a.ended === null).map(toHeld)
    if (held.length === 0) this.#held.delete(subject.id)
    else this.#held.set(subject.id, held)
  }
}

function toHeld(action: EnforcementAction): Held {
  const untilMs = action.until === null ? Number.POSITIVE_INFINITY : Date.parse(action.until)
  return { action, rank: rankOf(action.step), untilMs }
}

const THROTTLES = rankOf('throttle')
const RESTRICTS = rankOf('restrict')
const REFUSES = rankOf('suspend')

function merged(levels: readonly (readonly Held[])[], nowMs: number): Restriction | null {
  let gravest: Held | null = null
  const throttles: EnforcementAction[] = []
  let strict = false
  let models: readonly string[] | null = null
  for (const held of levels) {
    for (const entry of held) {
      if (entry.untilMs <= nowMs) continue
      if (gravest === null || entry.rank > gravest.rank) gravest = entry
      if (entry.rank >= THROTTLES && entry.rank < REFUSES) throttles.push(entry.action)
      if (entry.rank !== RESTRICTS) continue
      strict = true
      models = intersection(models, entry.action.models)
    }
  }
  if (gravest === null) return null
  return { step: gravest.action.step, action: gravest.action, throttles, strict, models }
}

function intersection(a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null {
  if (a === null || b === null) return a ?? b
  return a.filter((name) => b.includes(name))
}

/** Whether the restriction refuses every request. */
export function refuses({ step }: Pick<Restriction, 'step'>): boolean {
  return rankOf(step) >= REFUSES
}
