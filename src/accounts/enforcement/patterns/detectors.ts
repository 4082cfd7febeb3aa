import type { EnforcementConfig } from '../../../base/enforcement-config.ts'
import type { PatternName } from '../schema.ts'
import { Creep, Distinct, Spread, TopShare, Tumbling } from './accumulators.ts'
import type { Traffic } from './traffic.ts'

type Settings = EnforcementConfig['patterns']

/** A pattern with the numbers that fired it and what they were held against. */
export interface Signal {
  readonly pattern: PatternName
  readonly observed: Readonly<Record<string, number>>
  readonly limits: Readonly<Record<string, number>>
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const BURST_MS = 10 * MINUTE_MS
const PROBING_MS = HOUR_MS
const ROTATION_MS = HOUR_MS
const DISTILLATION_MS = 24 * HOUR_MS

/** What is watched of one end user, or of a key whose customer names none. About half a kilobyte. */
export class SubjectWatch {
  readonly #burst = new Tumbling(BURST_MS)
  #requests = 0
  #refusals = 0
  readonly #probing = new Tumbling(PROBING_MS)
  readonly #labels = new Set<string>()
  readonly #creep = new Creep()

  observe(traffic: Traffic, settings: Settings): Signal[] {
    const signals: Signal[] = []
    const burst = this.#refusalBurst(traffic, settings.refusalBurst)
    if (burst !== null) signals.push(burst)
    const probing = this.#categoryProbing(traffic, settings.categoryProbing)
    if (probing !== null) signals.push(probing)
    const creeping = this.#slowEscalation(traffic, settings.slowEscalation)
    if (creeping !== null) signals.push(creeping)
    return signals
  }

  #refusalBurst({ atMs, refused }: Traffic, { refusals, share }: Settings['refusalBurst']): Signal | null {
    if (this.#burst.roll(atMs)) {
      this.#requests = 0
      this.#refusals = 0
    }
    this.#requests++
    if (!refused) return null
    this.#refusals++
    if (this.#refusals < refusals || this.#refusals / this.#requests < share) return null
    const observed = { refusals: this.#refusals, requests: this.#requests, minutes: minutes(this.#burst, atMs) }
    return { pattern: 'refusal_burst', observed, limits: { refusals, share, minutes: BURST_MS / MINUTE_MS } }
  }

  #categoryProbing({ atMs, labels }: Traffic, { categories }: Settings['categoryProbing']): Signal | null {
    if (this.#probing.roll(atMs)) this.#labels.clear()
    if (labels.length === 0) return null
    for (const label of labels) if (this.#labels.size < 32) this.#labels.add(label)
    if (this.#labels.size < categories) return null
    const observed = { categories: this.#labels.size, minutes: minutes(this.#probing, atMs) }
    return { pattern: 'category_probing', observed, limits: { categories, minutes: PROBING_MS / MINUTE_MS } }
  }

  #slowEscalation({ atMs, refused, score }: Traffic, limits: Settings['slowEscalation']): Signal | null {
    if (refused) return null // what is refused needs no pattern to be seen
    const usual = this.#creep.usual
    const sum = this.#creep.add(score, limits.allowance, atMs)
    if (sum < limits.limit) return null
    const observed = { sum: round(sum), requests: this.#creep.steps, lastScore: round(score), usualScore: round(usual) }
    this.#creep.reset()
    return { pattern: 'slow_escalation', observed, limits: { sum: limits.limit, allowance: limits.allowance } }
  }
}

/** What is watched of one key as a whole. About a kilobyte. */
export class KeyWatch {
  readonly #rotation = new Tumbling(ROTATION_MS)
  readonly #endUsers = new Distinct()
  #rotationRequests = 0
  #rotationRefusals = 0
  readonly #day = new Tumbling(DISTILLATION_MS)
  #requests = 0
  #outputTokens = 0
  #shapes = new TopShare()
  #lengths = new Spread()

  observe(traffic: Traffic, settings: Settings): Signal[] {
    const rotation = this.#identifierRotation(traffic, settings.identifierRotation)
    const distillation = this.#distillation(traffic, settings.distillation)
    return [rotation, distillation].filter((signal) => signal !== null)
  }

  /** Many end users who send one request each and are refused often: names that are made up to dodge strikes. */
  #identifierRotation(traffic: Traffic, { endUsers, refusalShare }: Settings['identifierRotation']): Signal | null {
    const { atMs, endUserId, refused } = traffic
    if (this.#rotation.roll(atMs)) {
      this.#endUsers.clear()
      this.#rotationRequests = 0
      this.#rotationRefusals = 0
    }
    if (endUserId === null) return null
    this.#endUsers.add(endUserId)
    this.#rotationRequests++
    if (!refused) return null
    this.#rotationRefusals++
    const distinct = this.#endUsers.count()
    const perUser = this.#rotationRequests / Math.max(1, distinct)
    const share = this.#rotationRefusals / this.#rotationRequests
    if (distinct < endUsers || perUser > ROTATION_REQUESTS_PER_USER || share < refusalShare) return null
    const observed = {
      endUsers: distinct,
      requests: this.#rotationRequests,
      refusals: this.#rotationRefusals,
      minutes: minutes(this.#rotation, atMs),
    }
    const limits = { endUsers, refusalShare, requestsPerEndUser: ROTATION_REQUESTS_PER_USER, minutes: 60 }
    return { pattern: 'identifier_rotation', observed, limits }
  }

  /** Very many prompts from one template, alike in length, with much output: what harvesting answers to train another model looks like. */
  #distillation(traffic: Traffic, limits: Settings['distillation']): Signal | null {
    const { atMs, outputTokens, shape, promptChars } = traffic
    if (this.#day.roll(atMs)) {
      this.#requests = 0
      this.#outputTokens = 0
      this.#shapes = new TopShare()
      this.#lengths = new Spread()
    }
    this.#requests++
    this.#outputTokens += Math.max(0, outputTokens)
    this.#shapes.add(shape)
    this.#lengths.add(promptChars)
    if (this.#requests < limits.requests || this.#outputTokens < limits.outputTokens) return null
    const share = this.#shapes.share()
    const variation = this.#lengths.variation()
    if (share < limits.templateShare || variation > limits.lengthVariation) return null
    const observed = {
      requests: this.#requests,
      outputTokens: this.#outputTokens,
      templateShare: round(share),
      lengthVariation: round(variation),
      minutes: minutes(this.#day, atMs),
    }
    return { pattern: 'distillation', observed, limits: { ...limits, minutes: DISTILLATION_MS / MINUTE_MS } }
  }
}

const ROTATION_REQUESTS_PER_USER = 1.5

function minutes(window: Tumbling, nowMs: number): number {
  return Math.round((nowMs - window.startMs) / MINUTE_MS)
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000
}
