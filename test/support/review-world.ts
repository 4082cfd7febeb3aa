import { createHmac } from 'node:crypto'
import { join } from 'node:path'
import type { NewAction, NewStrike, Relaxation, Undone } from '../../src/accounts/index.ts'
import { ManualClock } from '../../src/base/clock.ts'
import { seededIds } from '../../src/base/ids.ts'
import { silentLog } from '../../src/base/log.ts'
import { Content } from '../../src/content/index.ts'
import type { DbHandle } from '../../src/db/index.ts'
import type { Actor } from '../../src/ledger/index.ts'
import {
  type CasePage,
  type CaseQuery,
  type CaseView,
  type DecidedRequest,
  parseReviewConfig,
  Review,
  type Reviewer,
} from '../../src/review/index.ts'
import type { Notice, Role } from '../../src/staff/index.ts'
import { MemoryLog } from './staff-world.ts'

let seed = 1

/** What the room that enforces was told; what it makes of it is its own affair. */
export class ToldEnforcement {
  readonly undone: { decision: string; by: Relaxation }[] = []
  readonly struck: { strike: NewStrike; by: string }[] = []
  readonly restricted: { action: NewAction; by: string }[] = []
  failing: Error | null = null
  async undo(decision: string, by: Relaxation): Promise<Undone> {
    if (this.failing !== null) throw this.failing
    this.undone.push({ decision, by })
    return { strikes: [], ended: [], taken: [] }
  }
  async strike(strike: NewStrike, by: Actor): Promise<never> {
    if (this.failing !== null) throw this.failing
    this.struck.push({ strike, by: by.id })
    return undefined as never // nobody reads it
  }
  async restrict(action: NewAction, by: Actor): Promise<never> {
    if (this.failing !== null) throw this.failing
    this.restricted.push({ action, by: by.id })
    return undefined as never
  }
}

/** The review room over one store, emptied at the start, with people to work in it. */
export class ReviewWorld {
  readonly clock = new ManualClock()
  readonly log = new MemoryLog()
  readonly notices: Notice[] = []
  readonly ids = seededIds(this.clock, seed++ * 6101)
  readonly enforcement = new ToldEnforcement()
  readonly handle: DbHandle
  review!: Review
  content!: Content
  readonly #config: Record<string, unknown>

  private constructor(handle: DbHandle, config: Record<string, unknown>) {
    this.handle = handle
    this.#config = config
  }

  static async open(handle: DbHandle, dataDir: string, config: Record<string, unknown> = {}): Promise<ReviewWorld> {
    const { db } = handle
    for (const table of [
      'reviewItem',
      'reviewReading',
      'reviewHandoff',
      'reviewReveal',
      'reviewAllowance',
      'reviewTally',
      'reviewOutbox',
      'reviewCase',
      'content',
      'contentHold',
    ] as const) {
      await db.deleteFrom(table).execute()
    }
    const world = new ReviewWorld(handle, config)
    world.content = await Content.open({
      db: handle,
      ledger: world.log,
      clock: world.clock,
      ids: world.ids,
      log: silentLog,
      keysDir: join(dataDir, 'keys'),
      config: { keep: 'all', retentionDays: { flagged: 30, other: 30, restricted: 365 } },
    })
    world.review = world.another()
    return world
  }

  /** As another replica, or this one after a crash, opens it. */
  another(config: Record<string, unknown> = this.#config): Review {
    return new Review({
      db: this.handle,
      ledger: this.log,
      clock: this.clock,
      ids: this.ids,
      log: silentLog,
      config: parseReviewConfig({ secondReadShare: 0, ...config }),
      digest: (text) => createHmac('sha256', 'test').update(text).digest('hex'),
      severityOf: (clause) => (clause.startsWith('1.') ? 'extreme' : 'moderate'),
      content: this.content,
      enforcement: this.enforcement,
      notify: (notice) => this.notices.push(notice),
    })
  }

  person(id: string, ...roles: Role[]): Reviewer {
    return { id, roles: new Set(roles.length === 0 ? ['analyst'] : roles) }
  }

  /** A decision of the gateway; refused for self-harm, moderate, unless told otherwise. */
  decision(about: Partial<DecidedRequest> = {}): DecidedRequest {
    const id = about.id ?? this.ids.next('dec')
    return {
      id,
      at: new Date(this.clock.now()).toISOString(),
      outcome: 'refuse',
      organisation: 'org_1',
      project: 'prj_1',
      key: 'key_1',
      endUser: `eu_${id}`,
      model: 'sandbox',
      side: 'prompt',
      label: 'self_harm',
      clause: '4.1',
      severity: 'moderate',
      policyVersion: '1.0.0',
      testString: false,
      prompt: { action: 'refuse', score: 0.9, threshold: 0.6, flagged: [] },
      completion: null,
      ...about,
    }
  }

  /** Tells the room of decisions, as the view over decisions does. */
  async tell(...decisions: DecidedRequest[]): Promise<void> {
    await this.handle.db.transaction().execute((tx) => this.review.openFrom(decisions, tx))
  }

  /** Keeps what was said in a decision. */
  async say(decision: DecidedRequest, prompt: string, answer: string): Promise<void> {
    this.content.take({
      decisionId: decision.id,
      atMs: this.clock.now(),
      organisation: decision.organisation ?? '',
      project: decision.project ?? '',
      key: decision.key ?? '',
      endUser: decision.endUser,
      flagged: true,
      labels: decision.label === null ? [] : [decision.label],
      turns: [{ role: 'user', parts: [{ kind: 'text', text: prompt, pointer: '/messages/0/content' }] }],
      completion: [{ track: 'choice 0 text', kind: 'text', text: answer, releasedChars: 0 }],
      evidence: { prompt: [], completion: [] },
    })
    await this.content.flush()
  }

  /** The next case, in somebody's hands. */
  async claim(who: Reviewer, queue: string | null = null): Promise<CaseView & { claimId: string }> {
    const found = await this.review.claims.next(who, queue)
    if (found?.claim == null) throw new Error('nothing to claim')
    return { ...found, claimId: found.claim.id }
  }

  list(who: Reviewer, query: Partial<CaseQuery> = {}): Promise<CasePage> {
    return this.review.cases(who, { state: 'open', limit: 50, ...query })
  }
}

/** Upholding, and nothing else. */
export function uphold(claim: string) {
  return { claim, verdict: 'uphold', labels: {}, note: '' } as const
}
