import { createHmac, createSecretKey, type Hmac, hash, type KeyObject } from 'node:crypto'
import type { Principal } from '../accounts/index.ts'
import type { TraceFacts } from '../base/trace.ts'
import type { EventData, EventValue, LedgerEvent } from '../ledger/index.ts'
import type { PolicyDecision } from '../policy/index.ts'
import { LABELS } from '../screening/index.ts'
import type { DecodedRequest, DialectId, Usage } from './dialects/dialect.ts'
import type { Judgement } from './judge.ts'

/**
 * What became of a request. `refuse` nothing of an answer left; `revise` an answer left that was put right; `cut` a stream was ended in its middle; `reject` the request was not
 * one that could be judged; `error` it was allowed but no whole answer came; `cancel` the client went away.
 */
export type Outcome = 'allow' | 'refuse' | 'revise' | 'cut' | 'reject' | 'error' | 'cancel'

const HMAC_BLOCK_BYTES = 64
const SHA256_BYTES = 32
/** No threshold lies so low: a lower score can change no decision worth replaying. */
const SCORE_FLOOR = 0.05

/** HMAC-SHA-256 of content under the installation's digest key, as hex: equal content can be matched, not guessed. */
export class KeyedDigest {
  readonly #key: KeyObject
  readonly #innerPad: Buffer
  /** The outer block and room for the inner hash. */
  readonly #outer: Buffer

  /** @param key 32 random bytes. */
  constructor(key: Uint8Array) {
    this.#key = createSecretKey(key)
    this.#innerPad = padded(key, 0x36)
    this.#outer = Buffer.concat([padded(key, 0x5c), Buffer.alloc(SHA256_BYTES)])
  }

  /** RFC 2104 by two one-shot hashes: for texts of a few hundred bytes half the cost of an Hmac object. */
  of(content: string | Uint8Array): string {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content
    const inner = hash('sha256', Buffer.concat([this.#innerPad, bytes]), 'binary')
    this.#outer.write(inner, HMAC_BLOCK_BYTES, 'latin1')
    return hash('sha256', this.#outer)
  }

  /** For content that comes in pieces. */
  start(): Hmac {
    return createHmac('sha256', this.#key)
  }
}

function padded(key: Uint8Array, pad: number): Buffer {
  if (key.length > HMAC_BLOCK_BYTES) throw new RangeError(`a digest key has at most ${HMAC_BLOCK_BYTES} bytes`)
  const block = Buffer.alloc(HMAC_BLOCK_BYTES, pad)
  key.forEach((byte, i) => {
    block[i] = byte ^ pad
  })
  return block
}

/** What a record may say of a request. */
const FIELDS = [
  'answeredBy',
  'canary',
  'choices',
  'code',
  'completion',
  'dialect',
  'durationMs',
  'endUser',
  'exempted',
  'inputs',
  'issuer',
  'judgedChars',
  'mode',
  'model',
  'organisation',
  'project',
  'prompt',
  'refusedStrictly',
  'revised',
  'revision',
  'route',
  'source',
  'stream',
  'surface',
  'tier',
  'turns',
  'unrevised',
  'upstreamRefusal',
  'upstreamStatus',
  'usage',
] as const
export type Field = (typeof FIELDS)[number]
/** Keys in the order of canonical JSON cost nothing here and spare the ledger its sorting; so all keys below stand in it. */
const DATA_KEYS = [...FIELDS, 'enforced' as const, 'outcome' as const].sort()
const DIGESTS = ['completion', 'request', 'revision'] as const
const LABELS_IN_ORDER = LABELS.toSorted()

/** @see https://opentelemetry.io/docs/specs/semconv/gen-ai/ */
const TRACED_FIELDS = [
  ['model', 'gen_ai.request.model'],
  ['choices', 'gen_ai.request.choice.count'],
  ['code', 'error.type'],
  ['outcome', 'safelevel.outcome'],
  ['enforced', 'safelevel.enforced'],
  ['route', 'safelevel.route'],
  ['dialect', 'safelevel.dialect'],
  ['surface', 'safelevel.surface'],
  ['stream', 'safelevel.stream'],
  ['organisation', 'safelevel.organisation'],
  ['project', 'safelevel.project'],
  ['canary', 'safelevel.canary'],
  ['upstreamStatus', 'safelevel.upstream.status_code'],
] as const satisfies readonly (readonly [Field | 'enforced' | 'outcome', string])[]

/** Gathers what the ledger is told of one request: identifiers, scores and sizes, never content. */
export class DecisionRecord {
  readonly id: string
  /** For metrics. */
  route: string
  /** Set once the final decision is durable: there is exactly one for each request. */
  decided = false
  /** Whether what the policy refuses is withheld. */
  enforced = true
  readonly #data: { [Name in Field | 'enforced' | 'outcome']?: EventValue } = {}
  readonly #digests: { [Name in (typeof DIGESTS)[number]]?: string } = {}
  #actor: LedgerEvent['actor'] = { id: '-', type: 'anonymous' }
  #policy: LedgerEvent['policy']
  #windows: Record<string, number> | null = null

  constructor(id: string, route: string) {
    this.id = id
    this.route = route
    this.#data.route = route
  }

  /** Whether the request came as far as a judgement. */
  get wasJudged(): boolean {
    return this.#policy !== undefined
  }

  /** What became of a request that went through: where nothing was withheld, what the policy would have done. */
  get through(): Outcome {
    if (isRefusal(this.#data.prompt)) return 'refuse'
    if (isRevisable(this.#data.completion)) return 'revise'
    if (isRefusal(this.#data.completion)) return this.#data.stream === true ? 'cut' : 'refuse'
    return 'allow'
  }

  get surface(): string {
    return textOf(this.#data.surface)
  }

  get dialect(): string {
    return textOf(this.#data.dialect)
  }

  /** What a trace may say: fields of the record, under the names that OpenTelemetry has for them. */
  get facts(): TraceFacts {
    const facts: Record<string, string | number | boolean> = { 'safelevel.decision.id': this.id }
    for (const [field, name] of TRACED_FIELDS) {
      const value = this.#data[field]
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') facts[name] = value
    }
    const { usage } = this.#data
    if (typeof usage === 'object' && usage !== null && !Array.isArray(usage)) {
      if (typeof usage.inputTokens === 'number') facts['gen_ai.usage.input_tokens'] = usage.inputTokens
      if (typeof usage.outputTokens === 'number') facts['gen_ai.usage.output_tokens'] = usage.outputTokens
    }
    if (this.#policy !== undefined) facts['safelevel.policy.version'] = this.#policy.version
    return facts
  }

  set(key: Field, value: EventValue): void {
    this.#data[key] = value
  }

  digest(name: (typeof DIGESTS)[number], hex: string): void {
    this.#digests[name] = hex
  }

  by(principal: Principal): void {
    this.#actor = { id: principal.keyId, type: 'key' }
    this.#data.organisation = principal.organisationId
    this.#data.project = principal.projectId
    if (principal.tier !== undefined) this.#data.tier = principal.tier
    if (principal.issuer !== undefined) this.#data.issuer = principal.issuer
  }

  /** Counts as a canary, wherever it is counted. */
  markCanary(): void {
    this.route = 'canary'
    this.#data.canary = true
  }

  /** @param model as it is served here; null for one that others serve: its name is only the caller's word. */
  request(dialect: DialectId | 'neutral', request: DecodedRequest, model: string | null, surface: string): void {
    this.#data.dialect = dialect
    if (model !== null) this.#data.model = model
    this.#data.surface = surface
    this.#data.stream = request.stream
    this.#data.choices = request.choices
    this.#data.turns = request.exchange.turns.length
  }

  usage(usage: Usage | null): void {
    if (usage !== null) this.#data.usage = { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens }
  }

  /** One window of a stream: its scores count, whichever window the record then tells of. */
  window(judgement: Judgement): void {
    this.#windows = scoresOf(judgement, this.#windows)
  }

  judgement(side: 'prompt' | 'completion', judgement: Judgement): void {
    this.#policy = { digest: judgement.policy.digest, version: judgement.policy.version }
    this.#data[side] = judgementData(judgement, side === 'completion' ? this.#windows : null)
    if (judgement.lifted !== undefined) this.#data.exempted = judgement.lifted.exemption
  }

  /** How the revised answer was judged, beside the judgement of the first. */
  revision(judgement: Judgement): void {
    this.#data.revision = judgementData(judgement, null)
  }

  /** The event as it stands now; `kind` is `gateway.decision` but for the opening of a stream. */
  event(kind: string, outcome: Outcome, timeMs: number, id = this.id): LedgerEvent {
    this.#data.outcome = outcome
    // What was turned away unread was withheld, whatever holds for what is read.
    this.#data.enforced = this.enforced || outcome === 'reject'
    return {
      actor: this.#actor,
      data: pick(this.#data, DATA_KEYS),
      digests: pick(this.#digests, DIGESTS),
      id,
      kind,
      ...(this.#policy === undefined ? {} : { policy: this.#policy }),
      subject: { id: this.id, type: 'request' },
      time: new Date(timeMs).toISOString(),
    }
  }
}

function textOf(value: EventValue | undefined): string {
  return typeof value === 'string' ? value : 'none'
}

function isRevisable(side: EventValue | undefined): boolean {
  return typeof side === 'object' && side !== null && !Array.isArray(side) && 'revisable' in side
}

/** That nobody could judge is no refusal. */
function isRefusal(side: EventValue | undefined): boolean {
  if (typeof side !== 'object' || side === null || Array.isArray(side)) return false
  return 'action' in side && side.action === 'refuse' && side.reason !== 'unavailable'
}

/** A copy whose keys stand in the order of `keys`. */
function pick<Key extends string, Value>(
  members: { readonly [Name in Key]?: Value },
  keys: readonly Key[],
): Record<string, Value> {
  const picked: Record<string, Value> = {}
  for (const key of keys) {
    const member: Value | undefined = members[key]
    if (member !== undefined) picked[key] = member
  }
  return picked
}

function judgementData(judgement: Judgement, windows: Record<string, number> | null): EventData {
  const { assessments, lifted } = judgement
  const { action } = judgement.decision
  // An exemption changes what is done, never what is told: the refusal stands here as it would have been.
  const decision = lifted !== undefined && action === 'allow' ? lifted.refusal : judgement.decision
  const data: EventData = {
    action,
    classifiers: assessments.map((a) => a.classifier),
  }
  if (lifted !== undefined) data.exempted = lifted.exemption
  if (decision.action === 'refuse') Object.assign(data, refusalData(decision))
  if (decision.flagged.length > 0) {
    data.flagged = decision.flagged.map((f) => ({ clause: f.clause, label: f.label, score: round(f.score) }))
  }
  const scores = scoresOf(decision === judgement.decision ? judgement : { ...judgement, decision }, windows)
  if (scores !== null) data.scores = scores
  if (judgement.shadow !== undefined) data.shadow = { ...judgement.shadow }
  if (decision.testString) data.testString = true
  if (decision.unevaluated.length > 0) data.unevaluated = [...decision.unevaluated]
  if (decision.unmet !== undefined) data.unmet = [...decision.unmet]
  return data
}

/** Highest score per label, over `before` too, for replaying other policies; null when all are below the floor. */
function scoresOf(
  { assessments, decision }: Judgement,
  before: Record<string, number> | null,
): Record<string, number> | null {
  let found = before
  for (const assessment of assessments) {
    // Where the test string doesn't count, neither do the scores that it made.
    const { scores } =
      decision.testString || assessment.scoresWithoutTestString === undefined
        ? assessment
        : { scores: assessment.scoresWithoutTestString }
    for (const label of LABELS_IN_ORDER) {
      const score = scores[label]
      if (score === undefined || !(score >= SCORE_FLOOR && score <= 1)) continue
      found ??= {}
      found[label] = Math.max(found[label] ?? 0, round(score))
    }
  }
  return found
}

function refusalData(decision: PolicyDecision): EventData {
  return {
    label: decision.label,
    clause: decision.clause,
    score: decision.score === null ? null : round(decision.score),
    threshold: decision.threshold === null ? null : round(decision.threshold),
    severity: decision.severity,
    reason: decision.reason,
    ...(decision.revisable === true ? { revisable: true } : {}),
  }
}

function round(score: number): number {
  return Math.round(score * 10_000) / 10_000
}
