import { iso } from '../../../base/clock.ts'
import type { EnforcementContext } from '../context.ts'
import { innermostOf } from '../ladder.ts'
import type { Links } from '../links.ts'
import type { PatternFound, PatternName, Subject } from '../schema.ts'
import { Bounded } from './bounded.ts'
import { KeyWatch, type Signal, SubjectWatch } from './detectors.ts'
import { Tally } from './tally.ts'
import type { Traffic } from './traffic.ts'

/** The same pattern of the same subject is told once an hour. */
const QUIET_MS = 3_600_000
/** More than this between two turns says no more than this much. */
const MAX_WAITING = 1_000

/**
 * Watches traffic for patterns: synchronous, in memory, bounded by `patterns.maxSubjects` with the longest unused let go. Each replica sees
 * its own part, and starts anew with the process.
 */
export class Watch {
  readonly tally: Tally
  readonly #context: EnforcementContext
  readonly #links: Links
  readonly #subjects: Bounded<SubjectWatch>
  readonly #keys: Bounded<KeyWatch>
  readonly #told: Bounded<number[]>
  readonly #waiting: PatternFound[] = []

  constructor(context: EnforcementContext, links: Links) {
    const { maxSubjects } = context.settings.patterns
    this.#context = context
    this.#links = links
    this.tally = new Tally(context.clock.now(), maxSubjects)
    this.#subjects = new Bounded(maxSubjects)
    this.#keys = new Bounded(maxSubjects)
    this.#told = new Bounded(maxSubjects)
  }

  observe(traffic: Traffic): void {
    const { principal, endUserId } = traffic
    const { patterns } = this.#context.settings
    this.tally.add(traffic)
    this.#links.observe(traffic)
    const innermost = innermostOf({ endUserId, keyId: principal.keyId })
    for (const signal of this.#subjects.use(innermost.id, () => new SubjectWatch()).observe(traffic, patterns)) {
      this.#tell(innermost, signal, traffic)
    }
    for (const signal of this.#keys.use(principal.keyId, () => new KeyWatch()).observe(traffic, patterns)) {
      this.#tell({ type: 'key', id: principal.keyId }, signal, traffic)
    }
  }

  /** The oldest that waits to be recorded; it goes on waiting until `recorded`. */
  next(): PatternFound | undefined {
    return this.#waiting[0]
  }

  recorded(pattern: PatternFound): void {
    if (this.#waiting[0] === pattern) this.#waiting.shift()
  }

  #tell(subject: Subject, { pattern, observed, limits }: Signal, { principal, endUserId, decisionId, atMs }: Traffic) {
    const told = this.#told.use(subject.id, () => [])
    const slot = SLOTS[pattern]
    const last = told[slot]
    if ((last !== undefined && Math.abs(atMs - last) < QUIET_MS) || this.#waiting.length >= MAX_WAITING) return
    told[slot] = atMs
    this.#waiting.push({
      id: this.#context.ids.next('pat'),
      pattern,
      subject,
      endUserId,
      keyId: principal.keyId,
      projectId: principal.projectId,
      organisationId: principal.organisationId,
      at: iso(atMs),
      decisionId,
      observed: { ...observed },
      limits: { ...limits },
    })
  }
}

const SLOTS: Readonly<Record<PatternName, number>> = {
  refusal_burst: 0,
  category_probing: 1,
  identifier_rotation: 2,
  distillation: 3,
  slow_escalation: 4,
}
