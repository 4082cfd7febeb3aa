import { z } from 'zod'
import type { Json } from '../signals/signal.ts'
import { listOf, text } from './facts.ts'
import { sane } from './levels.ts'
import type { Model, Seen } from './model.ts'
import { restoreInto, snapshotOf, Table } from './table.ts'

const MOST = 100_000
const FORGETS_PER_DAY = 0.5 ** (1 / 60)
/** Who takes longer than this to agree may have read what it is. */
const READ_SECONDS = 1_800

/** Nobody reads a request and what it is about in less. */
const HASTE_MS = 150_000
/** From so many times on it is no chance, forgetting. */
const AGAIN = 1.5

const Request = z.object({ timeMs: z.number(), person: z.string(), takenMs: z.number().nullable() })
const Count = z.object({ day: z.int(), count: z.number() })
type Count = z.infer<typeof Count>

/** Who agrees to whose requests, how often, and how fast. */
export class Approving implements Model {
  readonly #requests = new Table(Request, MOST)
  /** `approver>requester`, `approver>`, `>requester`, `>`: agreements, and `approver!requester`: those in haste, forgetting. */
  readonly #counts = new Table(Count, 4 * MOST)

  look(seen: Seen): void {
    const { activity, person, timeMs } = seen
    const { kind, subject, data } = activity
    if (kind === 'approvals.requested' && subject !== null)
      this.#requests.set(subject.id, { timeMs, person, takenMs: null })
    if (kind === 'approvals.given' && subject !== null) this.#given(seen, subject.id)
    if (kind === 'approvals.approved' && subject !== null) this.#approved(seen, subject.id, text(data.requester))
    if (kind === 'weights.grant_given')
      for (const approver of listOf(data.approvers)) this.#pair(seen, approver, person)
    if (kind === 'weights.read') this.#read(seen)
  }

  snapshot(): Json {
    return snapshotOf({ requests: this.#requests, counts: this.#counts })
  }

  restore(snapshot: Json): void {
    restoreInto({ requests: this.#requests, counts: this.#counts }, snapshot)
  }

  /** Somebody's own yes. */
  #given(seen: Seen, id: string): void {
    seen.add('approvals', 1)
    const asked = this.#requests.get(id)
    if (asked === undefined || asked.person === seen.person) return
    asked.takenMs = seen.timeMs - asked.timeMs
    const seconds = Math.max(1, asked.takenMs / 1_000)
    seen.raise('approval_speed', 2 * Math.log2(READ_SECONDS / seconds))
    if (asked.takenMs < HASTE_MS) this.#hasty(seen, asked.person)
  }

  /** Haste happens to everybody; again and again between the same two it is something else. */
  #hasty(seen: Seen, requester: string): void {
    const times = this.#up(`${seen.person}!${requester}`, seen.day)
    if (times < AGAIN) return
    seen.raise('hasty_pair', times)
    seen.raiseOf(requester, 'hasty_pair', times)
  }

  /** What leaves under a grant that nobody can have looked at, or that is a favour returned. */
  #read(seen: Seen): void {
    const { activity, facts, person, day } = seen
    const grant = facts.grant(activity.grant)
    if (grant === undefined || grant.approval === null) return
    const takenMs = this.#requests.get(grant.approval)?.takenMs ?? null
    if (takenMs !== null && takenMs < HASTE_MS) seen.add('rubber_bytes', sane(activity.bytes))
    if (grant.approvers.some((approver) => this.#now(`${person}>${approver}`, day) >= 0.5))
      seen.add('favour_bytes', sane(activity.bytes))
    if (grant.approvers.some((approver) => this.#now(`${approver}!${person}`, day) >= AGAIN))
      seen.add('hasty_bytes', sane(activity.bytes))
  }

  /** Where a source tells of the last yes only, it is that person's. */
  #approved(seen: Seen, id: string, requester: string | null): void {
    const asked = this.#requests.get(id)
    if (requester === seen.person || asked === undefined) return
    if (listOf(seen.activity.data.approvers).includes(seen.person) || requester === null) this.#given(seen, id)
  }

  #pair(seen: Seen, approver: string, requester: string): void {
    if (approver === requester) return
    const { day } = seen
    const pair = this.#up(`${approver}>${requester}`, day)
    const ofRequester = this.#up(`>${requester}`, day)
    const ofApprover = this.#up(`${approver}>`, day)
    const all = this.#up('>', day)
    const back = this.#now(`${requester}>${approver}`, day)
    if (back >= 0.5) {
      seen.raise('reciprocity', Math.min(pair, back) + 0.5)
      seen.raiseOf(approver, 'reciprocity', Math.min(pair, back) + 0.5)
    }
    const share = Math.min(0.9, (ofApprover - pair + 1) / (all - ofRequester + 10))
    const nats = ofRequester < 2.5 ? 0 : excess(pair, ofRequester, share)
    if (nats < 1) return
    seen.raise('concentration', 2 * nats)
    seen.raiseOf(approver, 'concentration', 2 * nats)
  }

  #now(key: string, day: number): number {
    const known = this.#counts.get(key)
    return known === undefined ? 0 : known.count * FORGETS_PER_DAY ** Math.max(0, day - known.day)
  }

  #up(key: string, day: number): number {
    const count = this.#now(key, day) + 1
    const known: Count | undefined = this.#counts.get(key)
    if (known === undefined) this.#counts.set(key, { day, count })
    else Object.assign(known, { day: Math.max(day, known.day), count })
    return count
  }
}

/** Nats by which `hits` of `of` are more than a share says (Chernoff's bound on the binomial tail); 0 where they aren't more. */
export function excess(hits: number, of: number, share: number): number {
  const seen = Math.min(1, hits / of)
  if (seen <= share) return 0
  const rest = seen < 1 ? (1 - seen) * Math.log((1 - seen) / (1 - share)) : 0
  return of * (seen * Math.log(seen / share) + rest)
}
