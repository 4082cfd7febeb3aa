import { ManualClock } from '../../src/base/clock.ts'
import { seededIds } from '../../src/base/ids.ts'
import { silentLog } from '../../src/base/log.ts'
import type { DbHandle } from '../../src/db/index.ts'
import type { LedgerEvent } from '../../src/ledger/index.ts'
import { Drafts, Policies, type PolicyContext, type Publication, readPolicyFile } from '../../src/policy/index.ts'
import type { Approved } from '../../src/staff/index.ts'
import { CALIBRATED, changedPolicy } from './policies.ts'
import type { TestStore } from './stores.ts'

export const EDITOR = { type: 'staff', id: 'per_editor' } as const
export const OTHER = { type: 'staff', id: 'per_other' } as const
export const SHIPPED = readPolicyFile()
export const STRICTER = changedPolicy('threshold: calibrated', 'threshold: 0.3').replace(
  'version: 1.1.0',
  'version: 1.2.0',
)
export const CHANGELOG = 'Chemical weapons are refused from a lower score.'

/** The policies of an installation on one store, with a ledger that can fail; empty after each `begin`. */
export class PolicyWorld implements AsyncDisposable {
  readonly db: DbHandle
  readonly #store: TestStore
  readonly #opened: Policies[] = []
  clock!: ManualClock
  events: LedgerEvent[] = []
  ledgerFails = false
  context!: PolicyContext
  policies!: Policies
  drafts!: Drafts

  private constructor(store: TestStore, db: DbHandle) {
    this.#store = store
    this.db = db
  }

  static async create(create: () => Promise<TestStore>): Promise<PolicyWorld> {
    const store = await create()
    return new PolicyWorld(store, await store.open())
  }

  /** A new installation that has recorded its file. */
  async begin(): Promise<void> {
    for (const table of ['policyReplay', 'policyShadow', 'policyDraft', 'policyVersion'] as const) {
      await this.db.db.deleteFrom(table).execute()
    }
    this.clock = new ManualClock(Date.UTC(2026, 5, 1))
    this.events = []
    this.ledgerFails = false
    const ledger = {
      append: async (event: LedgerEvent) => {
        if (this.ledgerFails) throw new Error('the disk is full')
        return { position: this.events.push(event) - 1 }
      },
    }
    this.context = { db: this.db, ledger, clock: this.clock, ids: seededIds(this.clock), log: silentLog }
    this.policies = await this.open()
    await this.policies.start()
    this.drafts = new Drafts(this.policies)
  }

  /** As another replica, or this one anew, opens them. */
  async open(text = SHIPPED): Promise<Policies> {
    const options = { calibratedThresholds: CALIBRATED, file: { text, path: 'test.yaml' } }
    const made = await Policies.open(this.context, options)
    this.#opened.push(made)
    return made
  }

  async end(): Promise<void> {
    for (const made of this.#opened.splice(0)) await made.close()
  }

  kinds(): string[] {
    return this.events.map(({ kind }) => kind)
  }

  /** What one person asks for and another signs, for a draft of this text. */
  async asked(text: string, effectiveAt: string | null = null): Promise<Publication> {
    const draft = await this.drafts.create({ title: 'A change', document: text }, EDITOR)
    return this.drafts.publication(draft.id, { revision: draft.revision, changelog: CHANGELOG, effectiveAt })
  }

  approval(id: string): Approved {
    return {
      id,
      requester: EDITOR.id,
      approvers: [OTHER.id],
      approvedAt: new Date(this.clock.now()).toISOString(),
      effectiveUntil: null,
      digest: '0'.repeat(64),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.db.close()
    await this.#store[Symbol.asyncDispose]()
  }
}
