import { iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Db } from '../../db/index.ts'
import { canonicalJson } from '../../ledger/index.ts'
import { DAY_MS, type StaffContext } from '../context.ts'
import { SYSTEM } from '../journal.ts'
import { PASSKEY } from '../records.ts'
import * as store from '../store.ts'
import { relyingParty } from '../webauthn.ts'
import { APPROVAL, type Approval, readStatement } from './approval.ts'
import { faultOfVote } from './evidence.ts'
import { type ActionRegistry, toApproved } from './registry.ts'

const LEASE_MS = 60_000
const HEARTBEAT_MS = 20_000
const RETRY_MAX_MS = 300_000
/** What was approved and could not be carried out for so long surprises whoever approved it: it lapses. */
const LAPSE_MS = DAY_MS

/**
 * Carries approved actions out, each once: the one process that wrote its name into the approval calls the room; a process that dies
 * leaves a lease that runs out, and another one goes on.
 */
export class Executor {
  readonly #context: StaffContext
  readonly #actions: ActionRegistry
  /** Names this process in leases. */
  readonly #holder: string
  readonly #running = new Map<string, Promise<void>>()

  constructor(context: StaffContext, actions: ActionRegistry) {
    this.#context = context
    this.#actions = actions
    this.#holder = context.ids.next('run')
  }

  /** Resolves when it was tried; how it went stands in the approval. Asking while it runs waits for the same run. */
  run(id: string): Promise<void> {
    const known = this.#running.get(id)
    if (known !== undefined) return known
    const run = this.#run(id).finally(() => this.#running.delete(id))
    this.#running.set(id, run)
    return run
  }

  /** Everything that waits to be carried out, or was left in the middle. */
  async runDue(): Promise<void> {
    for (const state of ['approved', 'executing'] as const) {
      for (const { id } of await store.list(this.#context.db.db, APPROVAL, { state })) {
        await this.run(id).catch((error: unknown) =>
          this.#context.log.warn({ err: error, approval: id }, 'not carried out'),
        )
      }
    }
  }

  async idle(): Promise<void> {
    await Promise.allSettled([...this.#running.values()])
  }

  async #run(id: string): Promise<void> {
    const claimed = await this.#claim(id)
    if (claimed === null) return
    const heart = setInterval(() => void this.#beat(claimed).catch(() => {}), HEARTBEAT_MS)
    heart.unref()
    let failure: unknown = null
    try {
      const prepared = this.#actions.prepare(claimed.action, readStatement(claimed).payload)
      if (canonicalJson(prepared.rule({ bootstrap: claimed.bootstrap })) !== canonicalJson(claimed.rule)) {
        throw tampered(claimed, 'another rule holds for this action now: ask again')
      }
      await this.#checkVotes(claimed)
      await prepared.execute(toApproved(claimed))
    } catch (error) {
      failure = error ?? new Error('rejected without a reason')
    } finally {
      clearInterval(heart)
    }
    await this.#finish(claimed, failure)
  }

  #claim(id: string): Promise<Approval | null> {
    const { journal, clock } = this.#context
    return journal.make<Approval | null>(SYSTEM, async (db) => {
      const approval = await store.find(db, APPROVAL, id)
      const nowMs = clock.now()
      if (approval === null || !this.#actions.has(approval.action) || !this.#mayClaim(approval, nowMs)) {
        return { events: [], result: null }
      }
      const subject = { type: 'approval', id }
      if (approval.state === 'approved' && nowMs - Date.parse(approval.approvedAt ?? '') > LAPSE_MS) {
        const lapsed: Approval = {
          ...approval,
          state: 'expired',
          closedAt: iso(nowMs),
          closedReason: 'not carried out in time',
        }
        const event = { kind: 'approvals.lapsed', subject, data: { action: approval.action } }
        return { events: [event], puts: [store.put(APPROVAL, lapsed)], result: null }
      }
      const claimed: Approval = {
        ...approval,
        state: 'executing',
        attempts: approval.attempts + 1,
        holder: this.#holder,
        leaseUntil: iso(nowMs + LEASE_MS),
      }
      const data = { action: approval.action, statement: approval.digest, attempt: claimed.attempts }
      return {
        events: [{ kind: 'approvals.execution_started', subject, data }],
        puts: [store.put(APPROVAL, claimed)],
        result: claimed,
      }
    })
  }

  #mayClaim({ state, retryAt, holder, leaseUntil }: Approval, nowMs: number): boolean {
    if (state === 'approved') return retryAt === null || Date.parse(retryAt) <= nowMs
    if (state !== 'executing') return false
    // Our own runs are in `#running`; one of ours that isn't there could not write down how it ended.
    if (holder === this.#holder || this.#context.db.kind === 'embedded') return true
    return leaseUntil === null || Date.parse(leaseUntil) <= nowMs
  }

  async #beat(claimed: Approval): Promise<void> {
    const leaseUntil = iso(this.#context.clock.now() + LEASE_MS)
    await store.refresh(this.#context.db.db, APPROVAL, { ...claimed, leaseUntil })
  }

  /** Signatures are checked again at the last moment: who can write to the database still can't sign. */
  async #checkVotes(approval: Approval): Promise<void> {
    if (approval.rule.kind === 'single') return
    const seats = approval.rule.groups.reduce((sum, { count }) => sum + count, 0)
    const people = new Set(approval.approvers)
    if (people.size !== seats || people.has(approval.requester)) {
      throw tampered(approval, 'too few different people agreed')
    }
    for (const personId of people) {
      const vote = approval.votes.find((v) => v.personId === personId && v.decision === 'approve')
      if (vote === undefined) throw tampered(approval, 'a vote is missing')
      const fault = await faultOfVote(vote, approval, relyingParty(this.#context.config))
      if (fault !== null) throw tampered(approval, `a vote does not hold: ${fault}`)
      const passkey = await store.find(this.#context.db.db, PASSKEY, vote.passkeyId ?? '')
      if (passkey?.publicKey !== vote.publicKey || passkey?.personId !== vote.personId) {
        throw tampered(approval, 'a vote is signed by a key of somebody else')
      }
    }
  }

  #finish(claimed: Approval, failure: unknown): Promise<void> {
    const { journal, clock, log, notify } = this.#context
    return journal.make(SYSTEM, async (db: Db) => {
      const approval = await store.find(db, APPROVAL, claimed.id)
      if (approval?.state !== 'executing' || approval.holder !== this.#holder) return { events: [], result: undefined }
      const now = clock.now()
      const ended = { ...approval, holder: null, leaseUntil: null, retryAt: null }
      const subject = { type: 'approval', id: claimed.id }
      const data = { action: approval.action, statement: approval.digest, attempt: approval.attempts }
      if (failure === null) {
        const executed: Approval = { ...ended, state: 'executed', closedAt: iso(now) }
        const event = { kind: 'approvals.executed', subject, data }
        return { events: [event], puts: [store.put(APPROVAL, executed)], result: undefined }
      }
      const code = failure instanceof AppError ? failure.code : 'INTERNAL'
      log.warn({ err: failure, approval: claimed.id }, 'an approved action failed')
      if (failure instanceof AppError && failure.status < 500) {
        const failed: Approval = { ...ended, state: 'failed', closedAt: iso(now), closedReason: failure.message }
        if (code === 'VERIFICATION_FAILED') notify({ kind: 'approvals.tampered', id: claimed.id, at: iso(now) })
        const event = { kind: 'approvals.failed', subject, data: { ...data, code } }
        return { events: [event], puts: [store.put(APPROVAL, failed)], result: undefined }
      }
      const waitMs = Math.min(RETRY_MAX_MS, 1_000 * 2 ** Math.min(20, approval.attempts))
      const waiting: Approval = { ...ended, state: 'approved', retryAt: iso(now + waitMs) }
      const event = { kind: 'approvals.execution_failed', subject, data: { ...data, code } }
      return { events: [event], puts: [store.put(APPROVAL, waiting)], result: undefined }
    })
  }
}

function tampered({ id }: Approval, why: string): AppError {
  return new AppError('VERIFICATION_FAILED', `approval ${id} is not what was asked for: ${why}`)
}
