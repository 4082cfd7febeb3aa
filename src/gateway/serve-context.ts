import type { Accounts, Principal } from '../accounts/index.ts'
import type { Clock } from '../base/clock.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import type { Tracer } from '../base/trace.ts'
import type { EventLog } from '../ledger/index.ts'
import type { Call, GatewayConfig, JudgedCall, UnderstoodCall } from './call.ts'
import type { CustomerDesk } from './customer.ts'
import type { KeyedDigest, Outcome } from './decision-record.ts'
import type { DecodedRequest, Usage } from './dialects/dialect.ts'
import type { ExemptionLookup } from './exempt.ts'
import type { IntakePort } from './intake.ts'
import type { Judge, Judgement } from './judge.ts'
import type { GatewayMetrics } from './metrics.ts'
import type { ModelDirectory } from './model-directory.ts'
import type { RevisionPort } from './revision.ts'
import type { ContentSink } from './said.ts'
import type { StandingPort } from './standing.ts'

/** What the gateway asks about customers besides their keys and limits: in memory, synchronous. */
export interface RedressPort extends ExemptionLookup {
  /** @throws {AppError} FORBIDDEN where the policy must be accepted, and was not in time */
  requireAccepted(principal: Principal): void
}

/** Tells whose a token is. */
export interface IdentityPort {
  /** Whether this looks like a token rather than like a key. */
  takes(secret: string): boolean
  /** @throws {AppError} UNAUTHENTICATED, FORBIDDEN, IDENTITY_UNAVAILABLE, RATE_LIMITED, LEDGER_UNAVAILABLE */
  authenticate(token: string): Promise<Principal>
}

/** What the gateway is built from. */
export interface GatewayDeps {
  readonly config: GatewayConfig
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
  readonly canary?: { owns(secret: string): boolean } | undefined
  /** Knows the key that reproductions of reports carry; absent = none are made. */
  readonly probe?: { owns(secret: string): boolean } | undefined
  /** What customers were exempted from and have agreed to; absent = nothing is lifted and nothing required. */
  readonly redress?: RedressPort | undefined
  /** Answers what customers ask about their own account under `/v1/safelevel/`; absent = these routes are not there. */
  readonly customer?: CustomerDesk | undefined
  /** Who is warned, throttled, restricted, suspended or banned; absent = nobody. */
  readonly enforcement?: StandingPort | undefined
  /** Which models are open to whom; absent = all to all. */
  readonly intake?: IntakePort | undefined
  /** Tokens of identity providers in place of keys; absent = none are taken. */
  readonly identity?: IdentityPort | undefined
  /** Puts answers right where the policy wants that; absent = they are refused. */
  readonly revision?: RevisionPort | undefined
  /** Where the time of requests goes, as far as they are traced; absent = none are. */
  readonly tracer?: Tracer | undefined
  /** Where a customer reads the policy and learns how to appeal; known once the server listens. */
  readonly publicUrl: () => string
}

/** What is needed of a request to record what became of it. */
export type DecidedCall = Pick<Call, 'record' | 'startedMs' | 'holder' | 'address' | 'trace'>

/** What all ways of answering (whole, streamed, a decision alone) share: one way in, one way to refuse, one way to record. */
export interface ServeContext extends GatewayDeps {
  /**
   * Lets in a request whose words are known: whose it is, what holds for it, under which policy.
   *
   * @throws {AppError} ACCOUNT_SUSPENDED, ACCOUNT_BANNED, ACCOUNT_RESTRICTED, RATE_LIMITED, REQUEST_INVALID (too many turns)
   */
  understand(call: Call, principal: Principal, request: DecodedRequest, surface: string): UnderstoodCall
  /** After the request was dealt with, keeps what was said where that is wanted: what fails here is no failure of its. */
  handOver(call: UnderstoodCall): void
  /** Records the refusal, then sends it natively. */
  refuse(call: JudgedCall, judgement: Judgement, side: 'prompt' | 'completion'): Promise<void>
  /** Resolves when the decision is durable; counts it. @throws {AppError} LEDGER_UNAVAILABLE */
  recordOutcome(call: DecidedCall, outcome: Outcome): Promise<void>
  /** Corrects the rate limit's estimate. */
  settle(call: Pick<JudgedCall, 'admission'>, usage: Usage | null): void
}
