import type { Segment } from '../screening/index.ts'
import { type DecisionInput, effectOf, type PolicyDecision } from './decide.ts'
import { type PolicyContext, SYSTEM } from './journal.ts'
import type { Policy } from './policy.ts'
import { ShadowCounts } from './schema.ts'
import * as store from './store.ts'

/** What the shadow policy would have done otherwise, as it stands in the decision's event. */
export interface ShadowDifference {
  /** Digest of the shadow policy. */
  readonly policy: string
  readonly action: 'allow' | 'revise' | 'refuse'
  readonly clause: string | null
  readonly label: string | null
}

type Change = 'newlyRefused' | 'newlyAllowed' | 'newlyRevised' | 'otherClause'

/**
 * A draft that decides beside the policy in force, from the same scores, and changes nothing: one more decision for each request, no
 * second classification. Differences are counted here and written out now and then.
 */
export class Shadow {
  readonly draftId: string
  readonly revision: string
  readonly startedAt: Date
  readonly policy: Policy
  #counts = noCounts()
  /** Exchanges of which the answer has been counted: a stream is judged window by window, and differs once. */
  #counted = new WeakSet<object>()

  constructor({ draftId, revision, startedAt }: store.ShadowRow, policy: Policy) {
    this.draftId = draftId
    this.revision = revision
    this.startedAt = startedAt
    this.policy = policy
  }

  /**
   * Decides the same again, and counts.
   *
   * @param actual What was decided, by `ruling` as it holds at the request's place.
   * @param exchange What identifies the request while it lasts.
   * @returns what differs, or null.
   */
  compare(
    input: DecisionInput,
    ruling: Policy,
    segments: readonly Segment[],
    actual: PolicyDecision,
    exchange: object,
  ): ShadowDifference | null {
    const policy = this.policy.at(ruling.scope)
    const other = policy.decide({ ...input, matches: policy.match(input.side, segments) })
    this.#counts.judged++
    const change = changeOf(actual, other)
    if (change === null) return null
    this.#count(change, other.label ?? actual.label ?? '-', input.side, exchange)
    return { policy: this.policy.digest, action: effectOf(other) ?? 'allow', clause: other.clause, label: other.label }
  }

  /** Adds what was counted here to what the store holds, for all replicas together. What can't be stored is kept for the next time. */
  async flush({ db, ledger, clock, ids }: PolicyContext): Promise<void> {
    const counts = this.#counts
    if (counts.judged === 0) return
    this.#counts = noCounts()
    try {
      await db.db.transaction().execute(async (tx) => {
        const row = await store.lockShadow(tx, this.draftId)
        if (row === undefined || row.revision !== this.revision) return
        const total = added(ShadowCounts.parse(JSON.parse(row.counts)), counts)
        await ledger.append({
          id: ids.next('evt'),
          time: new Date(clock.now()).toISOString(),
          kind: 'policy.shadow_compared',
          actor: SYSTEM,
          subject: { type: 'policy_draft', id: this.draftId },
          digests: {},
          data: { policy: this.policy.digest, counts },
        })
        await store.setShadowCounts(tx, this.draftId, JSON.stringify(total))
      })
    } catch (error) {
      this.#counts = added(this.#counts, counts)
      throw error
    }
  }

  #count(change: Change, label: string, side: DecisionInput['side'], exchange: object): void {
    if (side === 'completion') {
      if (this.#counted.has(exchange)) return
      this.#counted.add(exchange)
    }
    const own = this.#counts.byLabel[label] ?? noChanges()
    this.#counts.byLabel[label] = own
    own[change]++
    this.#counts[change]++
  }
}

function changeOf(actual: PolicyDecision, other: PolicyDecision): Change | null {
  if (actual === other) return null
  const effect = effectOf(other)
  if (effectOf(actual) !== effect)
    return effect === 'refuse' ? 'newlyRefused' : effect === 'revise' ? 'newlyRevised' : 'newlyAllowed'
  return actual.clause === other.clause ? null : 'otherClause'
}

export function noCounts(): ShadowCounts {
  return { judged: 0, ...noChanges(), byLabel: {} }
}

function noChanges(): Record<Change, number> {
  return { newlyRefused: 0, newlyAllowed: 0, newlyRevised: 0, otherClause: 0 }
}

function sum(a: Record<Change, number>, b: Record<Change, number>): Record<Change, number> {
  return {
    newlyRefused: a.newlyRefused + b.newlyRefused,
    newlyAllowed: a.newlyAllowed + b.newlyAllowed,
    newlyRevised: a.newlyRevised + b.newlyRevised,
    otherClause: a.otherClause + b.otherClause,
  }
}

function added(a: ShadowCounts, b: ShadowCounts): ShadowCounts {
  const byLabel = { ...a.byLabel }
  for (const [label, counts] of Object.entries(b.byLabel)) byLabel[label] = sum(byLabel[label] ?? noChanges(), counts)
  return { judged: a.judged + b.judged, ...sum(a, b), byLabel }
}
