import { Chores } from '../base/chores.ts'
import type { Clock } from '../base/clock.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import type { OwnFetch } from '../base/pinned-fetch.ts'
import { toEvent } from '../journal/index.ts'
import type { LedgerEvent } from '../ledger/index.ts'
import { type CanaryState, type CanaryView, NUMBERS, type Probe, SIDES } from './schema.ts'
import { completionText, promptText } from './texts.ts'
import { isRefusal, requestOf } from './wire.ts'

export interface CanaryModel {
  readonly name: string
  readonly surface: string
  readonly dialects: ReadonlySet<Probe['dialect']>
}

export interface CanariesDeps {
  readonly ledger: { append(event: LedgerEvent): Promise<unknown> }
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** Between two canaries of a kind; 0 = none are sent. */
  readonly intervalMs: number
  /** Whose surfaces are watched. */
  readonly models: () => readonly CanaryModel[]
}

interface Standing {
  sent: number
  state: CanaryState
  lastSentMs: number | null
  lastRefusedMs: number | null
  detail: string
  decision: string | null
}

interface Outcome {
  readonly state: 'holds' | 'missed' | 'silent'
  readonly detail: string
  readonly decision: string | null
}

const SYSTEM = { type: 'system', id: 'canaries' } as const
const PREFIX = 'sl_canary_'
const SECRET_BYTES = 24
const TIMEOUT_MS = 30_000
const LONGEST_ANSWER_CHARS = 1_000_000
/** So many intervals without a refusal, and a canary counts as silent though nothing said so. */
const SILENT_AFTER = 2.5
const FRESH: Standing = {
  sent: 0,
  state: 'waiting',
  lastSentMs: null,
  lastRefusedMs: null,
  detail: 'not sent yet',
  decision: null,
}

/**
 * Synthetic harmful requests through the front door of every surface, in every API that it speaks, at intervals. A surface whose canary is
 * answered, or that doesn't answer, is a surface that is not known to be screened (DESIGN 2.5). They run under a key that lives in memory
 * only; their decisions are recorded like all others and marked, and count against nobody. Answers come from the built-in sandbox, whatever
 * the model: the path through decoder, screen, policy, windows and ledger is tried, not the model.
 */
export class Canaries implements AsyncDisposable {
  readonly #deps: CanariesDeps
  readonly #secret: string
  readonly #standings = new Map<string, Standing>()
  #baseUrl = ''
  #fetch: OwnFetch = fetch
  readonly #chores: Chores
  #closing = false

  constructor(deps: CanariesDeps) {
    this.#deps = deps
    this.#chores = new Chores(deps.log)
    this.#secret = PREFIX + deps.ids.bytes(SECRET_BYTES).toString('base64url')
  }

  /** Whether a key is the one that canaries carry. */
  owns(secret: string): boolean {
    return secret === this.#secret
  }

  /** Sends the first ones, and from then on one of each kind per interval. @param baseUrl Of the data plane, without a slash at its end. */
  start(baseUrl: string, send: OwnFetch = fetch): void {
    this.#baseUrl = baseUrl
    this.#fetch = send
    if (this.#deps.intervalMs === 0) return
    this.#chores.every(this.#deps.intervalMs, 'canaries not sent', () => this.round(), { first: 'now' })
  }

  async close(): Promise<void> {
    this.#closing = true
    await this.#chores.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** How each canary stands, worst first. */
  list(): CanaryView[] {
    return this.#probes()
      .map((probe) => this.#view(probe))
      .sort((a, b) => badness(a.state) - badness(b.state))
  }

  /** Sends one canary of each kind and waits for what becomes of them. Never rejects. */
  async round(): Promise<void> {
    for (const probe of this.#probes()) if (!this.#closing) await this.#try(probe)
  }

  async #try(probe: Probe): Promise<void> {
    const standing = this.#standings.get(probe.id) ?? { ...FRESH }
    this.#standings.set(probe.id, standing)
    const before = standing.state
    standing.lastSentMs = this.#deps.clock.now()
    const outcome = await this.#send(probe, standing.sent++)
    if (this.#closing) return // the doors close before the rooms: that nobody answered then says nothing
    standing.state = outcome.state
    standing.detail = outcome.detail
    standing.decision = outcome.decision
    if (outcome.state === 'holds') standing.lastRefusedMs = this.#deps.clock.now()
    if (outcome.state !== before && !(before === 'waiting' && outcome.state === 'holds')) {
      await this.#report(probe, outcome)
    }
  }

  async #send(probe: Probe, n: number): Promise<Outcome> {
    const { ask, planted } = probe.side === 'prompt' ? { ask: promptText(n), planted: null } : completionText(n)
    const { path, headers, body } = requestOf(probe, ask)
    try {
      const response = await this.#fetch(this.#baseUrl + path, {
        method: 'POST',
        headers: { ...headers, authorization: `Bearer ${this.#secret}` },
        body,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      const answer = (await response.text()).slice(0, LONGEST_ANSWER_CHARS)
      const decision = response.headers.get('x-safelevel-decision')
      if (planted !== null && answer.includes(planted))
        return { state: 'missed', detail: 'what was planted in the answer came through', decision }
      if (isRefusal(probe.dialect, response.status, answer)) return { state: 'holds', detail: 'refused', decision }
      if (response.ok) return { state: 'missed', detail: 'answered as if it were harmless', decision }
      return { state: 'silent', detail: `answered with status ${response.status}, which is no refusal`, decision }
    } catch (error) {
      if (!this.#closing) this.#deps.log.warn({ err: error, canary: probe.id }, 'a canary was not answered')
      return { state: 'silent', detail: 'not answered', decision: null }
    }
  }

  /** On the ledger, from which whoever is told hears of it: only a change is news. */
  async #report(probe: Probe, { state, detail, decision }: Outcome): Promise<void> {
    const { ledger, log } = this.#deps
    const kind = state === 'holds' ? 'canary.recovered' : `canary.${state}`
    if (state !== 'holds') log.error({ canary: probe.id, detail, decision }, kind)
    try {
      const { id, surface, dialect, side } = probe
      const data = { surface, dialect, side, detail, decision: decision ?? '-' }
      await ledger.append(toEvent(this.#deps, SYSTEM, { kind, subject: { type: 'canary', id }, data }))
    } catch (error) {
      log.error({ err: error, canary: probe.id }, 'the state of a canary could not be recorded')
    }
  }

  #view(probe: Probe): CanaryView {
    const standing = this.#standings.get(probe.id) ?? FRESH
    const { lastSentMs, lastRefusedMs, detail, decision } = standing
    const overdue =
      standing.state === 'holds' &&
      this.#deps.clock.now() - (lastRefusedMs ?? 0) > SILENT_AFTER * Math.max(this.#deps.intervalMs, TIMEOUT_MS)
    const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString())
    return {
      ...probe,
      state: overdue ? 'silent' : standing.state,
      lastSentAt: iso(lastSentMs),
      lastRefusedAt: iso(lastRefusedMs),
      detail: overdue ? 'none was refused for too long' : detail,
      decision,
    }
  }

  /** One model stands for its surface; each API that it speaks is a way in of its own. */
  #probes(): Probe[] {
    const first = new Map<string, CanaryModel>()
    for (const model of this.#deps.models()) if (!first.has(model.surface)) first.set(model.surface, model)
    return [...first.values()].flatMap(({ surface, name, dialects }) =>
      [...dialects].flatMap((dialect) =>
        SIDES.filter((side) => side === 'prompt' || !NUMBERS.has(dialect)).map((side) => ({
          id: `${surface}/${dialect}/${side}`,
          surface,
          model: name,
          dialect,
          side,
        })),
      ),
    )
  }
}

const ORDER: readonly CanaryState[] = ['missed', 'silent', 'waiting', 'holds']

function badness(state: CanaryState): number {
  return ORDER.indexOf(state)
}
