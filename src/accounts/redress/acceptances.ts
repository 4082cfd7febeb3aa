import { iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import { type Page, type PageQuery, readPage } from '../../base/page.ts'
import type { Principal } from '../schema.ts'
import { conflict, DAY_MS, type RedressContext } from './context.ts'
import { SYSTEM } from './journal.ts'
import { ACCEPTANCE, ANNOUNCEMENT } from './records.ts'
import { Acceptance, AcceptanceInput, Announcement } from './schema.ts'
import * as store from './store.ts'

/** Where a customer stands with the policy in force. */
export interface AcceptanceStatus {
  readonly policyVersion: string
  readonly policyDigest: string
  readonly announcedAt: string
  readonly accepted: Acceptance | null
  /** Until when it may be accepted before traffic is refused; null where acceptance is not required. */
  readonly dueAt: string | null
  readonly required: boolean
}

/**
 * Which customers have accepted which version of the policy, on record. A new version is announced when it comes into force; where acceptance
 * is required, traffic of those who have not accepted it stops after the grace.
 */
export class Acceptances {
  readonly #context: RedressContext
  /** `organisation digest` of what is accepted. */
  readonly #accepted = new Set<string>()
  /** Digest -> when it was announced. */
  readonly #announced = new Map<string, number>()
  /** Organisation -> when it came; grace never begins before that. */
  readonly #since = new Map<string, number>()

  constructor(context: RedressContext) {
    this.#context = context
  }

  /** Takes what was read from the store. */
  take(kind: string, body: string): void {
    if (kind === ACCEPTANCE.kind) this.#takeAcceptance(Acceptance.parse(JSON.parse(body)))
    if (kind === ANNOUNCEMENT.kind) this.#takeAnnouncement(Announcement.parse(JSON.parse(body)))
  }

  takeOrganisation(id: string, sinceMs: number): void {
    this.#since.set(id, sinceMs)
  }

  /**
   * Asked for each request, in memory. An installation that doesn't require acceptance lets everybody pass, and so does the grace.
   *
   * @throws {AppError} FORBIDDEN
   */
  requireAccepted({ organisationId }: Principal): void {
    const { config, policies, clock } = this.#context
    if (!config.requireAcceptance) return
    const { digest, version } = policies.current()
    if (this.#accepted.has(key(organisationId, digest))) return
    const due = this.#dueMs(organisationId, digest)
    if (due === null || clock.now() < due) return
    throw new AppError(
      'FORBIDDEN',
      `your organisation has not accepted version ${version} of the acceptable use policy: read it at /policy and accept it with POST /v1/safelevel/policy-acceptance`,
    )
  }

  /** Announces the policy in force, once for each version. @throws {AppError} LEDGER_UNAVAILABLE */
  async announce(): Promise<void> {
    const { policies, journal, clock, notify } = this.#context
    const { version, digest } = policies.current()
    if (this.#announced.has(digest)) return
    const made = await journal.make<{ announcement: Announcement; news: boolean }>(SYSTEM, async (db) => {
      const id = `ann_${digest.slice(0, 32)}`
      const known = await store.find(db, ANNOUNCEMENT, id)
      if (known !== null) return { events: [], result: { announcement: known, news: false } }
      const announcement = { id, policyVersion: version, policyDigest: digest, announcedAt: iso(clock.now()) }
      const event = { kind: 'redress.policy_announced', subject: { type: 'policy', id: digest }, data: { version } }
      return { events: [event], puts: [store.put(ANNOUNCEMENT, announcement)], result: { announcement, news: true } }
    })
    this.#takeAnnouncement(made.announcement)
    if (made.news) notify({ kind: 'redress.policy_announced', id: digest, at: made.announcement.announcedAt })
  }

  /**
   * A customer accepts the version in force. Doing it twice is the same as once.
   *
   * @throws {AppError} REQUEST_INVALID, CONFLICT (another version is in force by now), LEDGER_UNAVAILABLE
   */
  async accept(input: AcceptanceInput, principal: Principal): Promise<Acceptance> {
    const { version, digest, acceptedBy } = AcceptanceInput.parse(input)
    const { policies, journal, clock } = this.#context
    const current = policies.current()
    if (current.digest !== digest || current.version !== version) {
      throw conflict(
        `the policy in force is version ${current.version} with SHA-256 ${current.digest}: read it, then accept that one`,
      )
    }
    await this.announce()
    const { organisationId, keyId } = principal
    const id = `acc_${this.#context.digest(`acceptance\n${organisationId}\n${digest}`).slice(0, 32)}`
    const acceptance = await journal.make({ type: 'key', id: keyId }, async (db) => {
      const known = await store.find(db, ACCEPTANCE, id)
      if (known !== null) return { events: [], result: known }
      const at = { acceptedAt: iso(clock.now()), acceptedBy, keyId }
      const made: Acceptance = { id, organisationId, policyVersion: version, policyDigest: digest, ...at }
      const event = {
        kind: 'redress.policy_accepted',
        subject: { type: 'organisation', id: organisationId },
        digests: { acceptedBy: this.#context.digest(acceptedBy) },
        data: { version, digest, key: keyId },
      }
      return { events: [event], puts: [store.put(ACCEPTANCE, made)], result: made }
    })
    this.#takeAcceptance(acceptance)
    return acceptance
  }

  async status(organisationId: string): Promise<AcceptanceStatus> {
    const { policies, config, db, clock } = this.#context
    const { version, digest } = policies.current()
    const rows = await store.list(db.db, ACCEPTANCE, { organisationId, about: digest, limit: 1 })
    const due = this.#dueMs(organisationId, digest)
    return {
      policyVersion: version,
      policyDigest: digest,
      announcedAt: iso(this.#announced.get(digest) ?? clock.now()),
      accepted: rows[0] ?? null,
      dueAt: config.requireAcceptance && due !== null ? iso(due) : null,
      required: config.requireAcceptance,
    }
  }

  /** Every acceptance, newest version or not, of one organisation or all. */
  async list({
    organisationId,
    after,
    limit,
  }: PageQuery & { readonly organisationId?: string | undefined }): Promise<Page<Acceptance>> {
    const { db } = this.#context.db
    return readPage(limit, (most) => store.list(db, ACCEPTANCE, { organisationId, beyond: after, limit: most }))
  }

  /** When the grace is over; null while the version is not announced, and then it has not begun. */
  #dueMs(organisationId: string, digest: string): number | null {
    const announced = this.#announced.get(digest)
    if (announced === undefined) return null
    const from = Math.max(announced, this.#since.get(organisationId) ?? announced)
    return from + this.#context.config.acceptanceGraceDays * DAY_MS
  }

  #takeAcceptance({ organisationId, policyDigest }: Acceptance): void {
    this.#accepted.add(key(organisationId, policyDigest))
  }

  #takeAnnouncement({ policyDigest, announcedAt }: Announcement): void {
    this.#announced.set(policyDigest, Date.parse(announcedAt))
  }
}

function key(organisationId: string, digest: string): string {
  return `${organisationId} ${digest}`
}
