import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { Audit } from './audit.ts'
import type { Cluster } from './cluster.ts'
import { catalogue, type Damage, type Fault } from './faults.ts'
import { Load } from './load.ts'
import { Observer } from './observer.ts'
import { Random } from './random.ts'
import { type Replica, until } from './replica.ts'
import { measureSpread, type Spread } from './spread.ts'

const WARM_UP_MS = 400
const SETTLED_MS = 500
/** Of the faults, those that outlast what an append waits. */
const LONG_SHARE = 0.25
const RECOVERY_TIMEOUT_MS = 30_000
const PROVEN_TIMEOUT_MS = 10_000
const STRUCK_TIMEOUT_MS = 10_000
const StrikePage = z.object({ items: z.array(z.unknown()) })

export interface RoundReport {
  readonly round: number
  readonly fault: string
  /** Requests answered whole in this round. */
  readonly accepted: number
  /** Longest time without a larger checkpoint since the fault, or since its end where the fault halts everything. */
  readonly takeoverMs: number
  /** From the end of the fault until all replicas are ready. */
  readonly recoveryMs: number | null
  readonly spread: Spread
  /** What must not be; empty when all held. */
  readonly violations: readonly string[]
}

export interface CampaignReport {
  readonly replicas: number
  readonly seed: number
  readonly rounds: readonly RoundReport[]
  readonly accepted: number
  readonly entries: number
  /** Accepted requests without a record. */
  readonly lost: number
  /** Offences of which each was found to count as one strike. */
  readonly strikes: number
  readonly answers: Readonly<Record<string, number>>
  /** Checkpoints that were seen and compared with the entries. */
  readonly checkpoints: number
  readonly violations: readonly string[]
}

export interface CampaignOptions {
  readonly cluster: Cluster
  readonly rounds: number
  readonly seed: number
  /** All when absent; each once in a shuffled order, then again. */
  readonly faults?: readonly Fault[]
  readonly inOrder?: boolean
  readonly clientsPerReplica?: number
  readonly pauseMs?: number
  readonly onRound?: (report: RoundReport) => void
}

/** Breaks one part after the other under load and checks after each what must hold. Bars are the reader's: this measures. */
export class Campaign {
  readonly #options: CampaignOptions
  readonly #random: Random
  readonly #load: Load
  readonly #observer: Observer
  readonly #audit = new Audit()
  #strikes = 0

  private constructor(options: CampaignOptions, vkey: string, key: string) {
    this.#options = options
    this.#random = new Random(options.seed)
    const { replicas } = options.cluster
    const { clientsPerReplica = 3, pauseMs = 10 } = options
    this.#load = new Load({ replicas, key, clientsPerReplica, pauseMs })
    this.#observer = new Observer(replicas, vkey)
  }

  /** Over a cluster whose first start told the installation's first key. */
  static async prepare(options: CampaignOptions): Promise<Campaign> {
    const key = options.cluster.replicas.map(({ firstKey }) => firstKey).find((first) => first !== null)
    if (key === undefined || key === null) throw new Error('no replica told of a first key')
    return new Campaign(options, await options.cluster.vkey(), key)
  }

  async run(): Promise<CampaignReport> {
    const { cluster, rounds: count, seed } = this.#options
    const rounds: RoundReport[] = []
    let order: readonly Fault[] = []
    this.#observer.start()
    for (let round = 0; round < count; round++) {
      if (order.length === 0) order = this.#faults()
      const [fault, ...rest] = order
      order = rest
      if (fault === undefined) throw new Error('no fault is possible here')
      const report = await this.#round(round, fault)
      rounds.push(report)
      this.#options.onRound?.(report)
    }
    await this.#observer.stop()
    const checkpoints = this.#audit.checkRoots(this.#observer.roots)
    return {
      replicas: cluster.replicas.length,
      seed,
      rounds,
      accepted: this.#load.accepted.size,
      entries: this.#audit.size,
      lost: this.#audit.lost(this.#load.accepted.keys()).length,
      strikes: this.#strikes,
      answers: Object.fromEntries(this.#load.answers),
      checkpoints,
      violations: [...rounds.flatMap(({ violations }) => violations), ...this.#drainViolations()],
    }
  }

  #faults(): readonly Fault[] {
    const { cluster, faults = catalogue(), inOrder = false } = this.#options
    const possible = faults.filter((fault) => fault.possible(cluster))
    return inOrder ? possible : this.#random.shuffle(possible)
  }

  async #round(round: number, fault: Fault): Promise<RoundReport> {
    const { cluster } = this.#options
    const acceptedBefore = this.#load.accepted.size
    const violations: string[] = []
    this.#load.start()
    await sleep(WARM_UP_MS)
    const damage = await fault.inject(cluster, this.#random)
    const brokenMs = performance.now()
    violations.push(...(damage.found ?? []))
    const during = await this.#during(cluster, damage, violations)
    await damage.heal()
    const healedMs = performance.now()
    const recoveryMs = await until(() => allReady(cluster.replicas), RECOVERY_TIMEOUT_MS)
    if (recoveryMs === null) violations.push('not all replicas are ready again within 30 s')
    await sleep(SETTLED_MS)
    const takeoverMs = this.#observer.longestGap(damage.halts ? healedMs : brokenMs)
    const spread = during ?? (await this.#spread(cluster.replicas, violations))
    await this.#load.stop()
    await this.#check(violations)
    return {
      round,
      fault: fault.name,
      accepted: this.#load.accepted.size - acceptedBefore,
      takeoverMs,
      recoveryMs,
      spread,
      violations,
    }
  }

  /** While the fault lasts: whoever is not hit goes on serving, and what is stopped there is stopped everywhere. */
  async #during(cluster: Cluster, damage: Damage, violations: string[]): Promise<Spread | null> {
    const spared = cluster.replicas.filter((replica) => !damage.hit.has(replica))
    const swift = spared.filter((replica) => !damage.slowed.has(replica))
    const before = new Map(spared.map((replica) => [replica, this.#load.acceptedBy(replica)]))
    const long = this.#random.next() < LONG_SHARE
    const lastsMs = (long ? cluster.appendTimeoutMs : cluster.leaseMs) + this.#random.between(200, 1_500)
    const startedMs = performance.now()
    const spread = swift.length === 0 ? null : await this.#spread(swift, violations)
    await sleep(Math.max(0, lastsMs - (performance.now() - startedMs)))
    for (const [replica, count] of before) {
      if (this.#load.acceptedBy(replica) === count) violations.push(`${replica.name} was not hit but accepted nothing`)
    }
    return spread
  }

  async #spread(replicas: readonly Replica[], violations: string[]): Promise<Spread> {
    try {
      return await measureSpread(replicas)
    } catch (error) {
      violations.push(`a revocation could not be measured: ${error instanceof Error ? error.message : error}`)
      return { revokedMs: null, restrictedMs: null }
    }
  }

  /** With the load at rest: each accepted request has its record, each event stands once, and the checkpoints follow from them. */
  async #check(violations: string[]): Promise<void> {
    const { cluster } = this.#options
    const reader = this.#random.pick(cluster.replicas)
    const missing = () => this.#audit.lost(this.#load.accepted.keys())
    const read = async () => {
      await this.#audit.readOn(reader)
      return missing().length === 0
    }
    try {
      if ((await until(read, PROVEN_TIMEOUT_MS, 200)) === null)
        violations.push(`lost: ${missing().length} accepted requests have no record, such as ${missing()[0]}`)
    } catch (error) {
      violations.push(
        `the log could not be read from ${reader.name}: ${error instanceof Error ? error.message : error}`,
      )
    }
    const proven = await until(() => this.#observer.size >= this.#audit.size, PROVEN_TIMEOUT_MS)
    if (proven === null) violations.push(`${this.#audit.size} entries, but a checkpoint of ${this.#observer.size}`)
    this.#audit.checkRoots(this.#observer.roots)
    for (const decision of this.#load.takeOffences()) {
      const struck = await until(async () => (await strikesOf(reader, decision)) >= 1, STRUCK_TIMEOUT_MS, 100)
      const strikes = await strikesOf(reader, decision)
      if (struck === null || strikes !== 1) violations.push(`decision ${decision} counts as ${strikes} strikes`)
      else this.#strikes++
    }
    violations.push(...this.#drainViolations(), ...(await cluster.verify()))
  }

  #drainViolations(): string[] {
    return [this.#audit.violations, this.#observer.violations, this.#load.strange].flatMap((list) => list.splice(0))
  }
}

/** A replica that fails to answer tells of none. */
async function strikesOf(replica: Replica, decision: string): Promise<number> {
  const answer = await replica.operate('GET', `/enforcement/strikes?decisionId=${decision}&limit=10`).catch(() => null)
  return StrikePage.safeParse(answer).data?.items.length ?? 0
}

async function allReady(replicas: readonly Replica[]): Promise<boolean> {
  return (await Promise.all(replicas.map((replica) => replica.ready()))).every((ready) => ready)
}
