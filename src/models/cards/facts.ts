import { createHash } from 'node:crypto'
import { AppError } from '../../base/errors.ts'
import { canonicalJson, type LedgerEntry, type LedgerEvent } from '../../ledger/index.ts'
import type { Assessment, CapabilityReport, Evaluations } from '../evaluation/index.ts'
import type { Checkpoint, Deployment, Registry } from '../registry/index.ts'
import type { Evidence } from './evidence.ts'
import { type Measured, measuredIn, type ThresholdStanding, thresholdsIn } from './measured.ts'

/** The acceptable use policy, as far as a card speaks of it. */
export interface PolicyPort {
  current(): { readonly version: string; readonly digest: string }
  /** Those that were ever in force, and those that will be. `effectiveAt`: ISO 8601 */
  versions(): readonly { readonly version: string; readonly digest: string; readonly effectiveAt: string }[]
}

/** Where events are found by their id. */
export interface LedgerPort {
  find(eventId: string): Promise<Pick<LedgerEntry, 'leafHash' | 'event' | 'recordedAt'> | null>
}

/** Evaluations of refusals and comparisons of two, as far as a card speaks of them: never a fixture's. */
export interface RefusalPort {
  /** null = there is none, or it is a fixture's. */
  find(id: string): Promise<RefusalFigures | null>
  /** Of a checkpoint, the last one first. */
  of(checkpoint: string): Promise<readonly RefusalFigures[]>
}

export interface RefusalFigures {
  readonly id: string
  readonly checkpoint: string | null
  /** SHA-256 of its report as canonical JSON, hex. */
  readonly digest: string
  /** When it ended; ISO 8601. */
  readonly at: string
  readonly measured: readonly Measured[]
}

export interface FactsDeps {
  readonly registry: Pick<Registry, 'checkpoints' | 'deployments' | 'lines' | 'runs'>
  readonly evaluations: Pick<Evaluations, 'assessments' | 'report'>
  readonly policy: PolicyPort
  readonly ledger: LedgerPort
  /** Left out: nothing is known of refusals. */
  readonly refusal?: RefusalPort
}

/** Something newer that takes the place of what was cited. */
export interface Newer {
  readonly id: string
  /** null: nobody knows since when. */
  readonly at: string | null
}

/** What an evidence comes to when it is looked up. `digest` is what it is now. */
export type Fact = { readonly digest: string | null; readonly newer: Newer | null } & (
  | {
      readonly type: 'evaluation'
      readonly assessment: Assessment
      readonly measured: readonly Measured[]
      readonly thresholds: readonly ThresholdStanding[]
    }
  | { readonly type: 'refusal'; readonly figures: RefusalFigures }
  | { readonly type: 'policy'; readonly version: string }
  | { readonly type: 'ledger'; readonly event: LedgerEvent }
  | { readonly type: 'checkpoint'; readonly checkpoint: Checkpoint; readonly undeployed: Newer | null }
  | { readonly type: 'deployment'; readonly deployment: Deployment }
)

/** Looks up what cards rest on. */
export class Facts {
  readonly #deps: FactsDeps

  constructor(deps: FactsDeps) {
    this.#deps = deps
  }

  /** Each evidence once, by `keyOf`; null = there is no such thing. What is external isn't looked up. */
  async all(evidence: Iterable<Evidence>): Promise<ReadonlyMap<string, Fact | null>> {
    const found = new Map<string, Fact | null>()
    for (const one of evidence) {
      const key = keyOf(one)
      if (one.type !== 'external' && !found.has(key)) found.set(key, await this.find(one.type, one.id))
    }
    return found
  }

  async find(type: Exclude<Evidence['type'], 'external'>, id: string): Promise<Fact | null> {
    try {
      return await this.#find(type, id)
    } catch (error) {
      if (error instanceof AppError && (error.code === 'NOT_FOUND' || error.code === 'REQUEST_INVALID')) return null
      throw error
    }
  }

  async #find(type: Exclude<Evidence['type'], 'external'>, id: string): Promise<Fact | null> {
    if (type === 'evaluation') return this.#evaluation(id)
    if (type === 'refusal') return this.#refusal(id)
    if (type === 'policy') return this.#policy(id)
    if (type === 'checkpoint') return this.#checkpoint(id)
    if (type === 'deployment') {
      const deployment = await this.#deps.registry.deployments.get(id)
      const { withdrawnAt } = deployment
      const newer = withdrawnAt === null ? null : { id: `${id}, withdrawn`, at: withdrawnAt }
      return { type, digest: deploymentDigest(deployment), newer, deployment }
    }
    const entry = await this.#deps.ledger.find(id)
    if (entry === null || entry.event === null) return null
    return { type, digest: entry.leafHash, newer: null, event: entry.event }
  }

  async #evaluation(id: string): Promise<Fact> {
    const { assessments } = this.#deps.evaluations
    const assessment = await assessments.get(id)
    const report: CapabilityReport = await this.#deps.evaluations.report(id)
    const { reportDigest: digest } = assessment
    const newer = await this.#newerAssessment(assessment)
    return {
      type: 'evaluation',
      digest,
      newer,
      assessment,
      measured: measuredIn(report),
      thresholds: thresholdsIn(report),
    }
  }

  /**
   * The first one of the same line that says something after it: from then on this one is no longer the last word. Results that meet a line
   * count at once, before anybody concludes on them.
   */
  async #newerAssessment({ id, model, openedAt }: Assessment): Promise<Newer | null> {
    const later = (await this.assessments(model))
      .filter((one) => one.id !== id && one.openedAt >= openedAt && one.id > id)
      .flatMap((one) => {
        const at = one.lineMet?.at ?? one.concludedAt
        return at === null ? [] : [{ id: one.id, at }]
      })
    return later.sort((a, b) => (a.at < b.at ? -1 : 1))[0] ?? null
  }

  /** Assessments of a line that were not withdrawn, newest first. */
  async assessments(model: string): Promise<Assessment[]> {
    const all: Assessment[] = []
    for (let after: string | undefined; ; ) {
      const page = await this.#deps.evaluations.assessments.list({ model, after, limit: 200 })
      all.push(...page.items.filter(({ state }) => state !== 'withdrawn'))
      if (page.next === null) break
      after = page.next
    }
    return all.reverse()
  }

  /** The last evaluation of refusals of a checkpoint; null when there is none. */
  async lastRefusal(checkpoint: string): Promise<RefusalFigures | null> {
    return (await this.#deps.refusal?.of(checkpoint))?.[0] ?? null
  }

  async #refusal(id: string): Promise<Fact | null> {
    const figures = (await this.#deps.refusal?.find(id)) ?? null
    if (figures === null) return null
    const last = figures.checkpoint === null ? null : await this.lastRefusal(figures.checkpoint)
    // A comparison is made after both of its evaluations.
    const newer = last === null || last.id === id || last.at <= figures.at ? null : { id: last.id, at: last.at }
    return { type: 'refusal', digest: figures.digest, newer, figures }
  }

  #policy(id: string): Fact | null {
    const { policy } = this.#deps
    const current = policy.current()
    const versions = policy.versions()
    const cited = current.version === id ? current : versions.find(({ version }) => version === id)
    if (cited === undefined) return null
    const since = versions.find(({ digest }) => digest === current.digest)?.effectiveAt ?? null
    const newer = cited.digest === current.digest ? null : { id: current.version, at: since }
    return { type: 'policy', digest: cited.digest, newer, version: cited.version }
  }

  async #checkpoint(id: string): Promise<Fact> {
    const { registry } = this.#deps
    const checkpoint = await registry.checkpoints.get(id)
    const latest = await registry.checkpoints.latest(checkpoint.model)
    const deployed = (await registry.deployments.list(checkpoint.model)).filter(
      ({ withdrawnAt }) => withdrawnAt === null,
    )
    const others = await registry.checkpoints.many(deployed.map((one) => one.checkpoint))
    const stillServed = deployed.some((one) => one.checkpoint === id)
    const served = deployed
      .filter((one) => (others.get(one.checkpoint)?.takenAt ?? '') > checkpoint.takenAt)
      .sort((a, b) => (a.declaredAt < b.declaredAt ? -1 : 1))[0]
    const newer = served === undefined || stillServed ? null : { id: served.checkpoint, at: served.declaredAt }
    const isLatest = latest === null || latest.id === id || latest.takenAt <= checkpoint.takenAt
    const undeployed = isLatest ? null : { id: latest.id, at: latest.recordedAt }
    return { type: 'checkpoint', digest: recordDigest(checkpoint), newer, checkpoint, undeployed }
  }
}

export function keyOf({ type, id }: Pick<Evidence, 'type' | 'id'>): string {
  return `${type} ${id}`
}

/** SHA-256 of a record as RFC 8785 canonical JSON, hex. */
export function recordDigest(record: Checkpoint): string {
  return sha256(canonicalJson(record))
}

/** Of what a deployment is, and not of how it is just now. */
export function deploymentDigest({ id, model, checkpoint, surfaces, declaredAt }: Deployment): string {
  return sha256(canonicalJson({ id, model, checkpoint, surfaces, declaredAt }))
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
