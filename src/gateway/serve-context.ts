import type { Accounts, Principal } from '../accounts/index.ts'
import type { Clock } from '../base/clock.ts'
import type { Config } from '../base/config.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import type { EventLog } from '../ledger/index.ts'
import type { Call, JudgedCall } from './call.ts'
import type { CustomerDesk } from './customer.ts'
import type { KeyedDigest, Outcome } from './decision-record.ts'
import type { Usage } from './dialects/dialect.ts'
import type { ExemptionLookup } from './exempt.ts'
import type { Judge, Judgement } from './judge.ts'
import type { GatewayMetrics } from './metrics.ts'
import type { ModelDirectory } from './model-directory.ts'
import type { ContentSink } from './said.ts'
import type { StandingPort } from './standing.ts'

/** What the gateway asks about customers besides their keys and limits: in memory, synchronous. */
export interface RedressPort extends ExemptionLookup {
  /** @throws {AppError} FORBIDDEN where the policy must be accepted, and was not in time */
  requireAccepted(principal: Principal): void
}

/** What the gateway is built from. */
export interface GatewayDeps {
  readonly config: Pick<Config, 'streaming' | 'limits'>
  readonly accounts: Accounts
  readonly judge: Judge
  readonly ledger: EventLog
  readonly models: ModelDirectory
  readonly digest: KeyedDigest
  readonly metrics: GatewayMetrics
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** Where exchanges go that somebody may have to look at; nowhere when absent. */
  readonly content?: ContentSink | undefined
  /** Knows the key that coverage canaries carry; absent = none are sent. */
  readonly canary?: { owns(secret: string): boolean }
  /** What customers were exempted from and have agreed to; absent = nothing is lifted and nothing required. */
  readonly redress?: RedressPort | undefined
  /** Answers what customers ask about their own account under `/v1/safelevel/`; absent = these routes are not there. */
  readonly customer?: CustomerDesk | undefined
  /** Who is warned, throttled, restricted, suspended or banned; absent = nobody. */
  readonly enforcement?: StandingPort | undefined
  /** Where a customer reads the policy and learns how to appeal; known once the server listens. */
  readonly publicUrl: () => string
}

/** What the two ways of answering (whole, streamed) share: one way to refuse, one way to record. */
export interface ServeContext extends GatewayDeps {
  /** Records the refusal, then sends it natively. */
  refuse(call: JudgedCall, judgement: Judgement, side: 'prompt' | 'completion'): Promise<void>
  /** Resolves when the decision is durable; counts it. @throws {AppError} LEDGER_UNAVAILABLE */
  recordOutcome(call: Call, outcome: Outcome, enforced: boolean): Promise<void>
  /** Corrects the rate limit's estimate. */
  settle(call: JudgedCall, usage: Usage | null): void
}
