import { hash } from 'node:crypto'
import { z } from 'zod'
import { AppError } from '../base/errors.ts'
import { mapPage, type PageQuery, readPage } from '../base/page.ts'
import type { Db } from '../db/index.ts'
import type { Happening } from '../journal/index.ts'
import type { Actor, EventData } from '../ledger/index.ts'
import { change } from './journal.ts'
import { type LintFinding, lintPolicy } from './lint.ts'
import type { Policies } from './policies.ts'
import { PolicyInvalidError } from './problem.ts'
import {
  DraftEdit,
  NewDraft,
  NewProposal,
  type PolicyDraft,
  PolicyProposal,
  type PolicyShadow,
  type Publication,
  ShadowCounts,
} from './schema.ts'
import { noCounts } from './shadow.ts'
import * as store from './store.ts'

/** Policies in the making. Edits that began from another state than the one they meet are refused, so that nobody overwrites anybody. */
export class Drafts {
  readonly #policies: Policies

  constructor(policies: Policies) {
    this.#policies = policies
  }

  get #context() {
    return this.#policies.context
  }

  /** From the newest version, unless a document is given. @throws {AppError} REQUEST_INVALID, LEDGER_UNAVAILABLE */
  async create(input: z.input<typeof NewDraft>, by: Actor): Promise<PolicyDraft> {
    const { title, document } = NewDraft.parse(input)
    const id = this.#context.ids.next('pdr')
    await change(this.#context, by, async (tx) => {
      const newest = await store.newestVersion(tx)
      if (newest === undefined)
        throw new AppError('CONFLICT', 'the server has not stored its first policy yet: try again')
      const text = document ?? newest.document
      const at = this.#now()
      const row = {
        id,
        title,
        document: text,
        revision: revisionOf(text),
        base: newest.digest,
        state: 'open',
        proposal: null,
      }
      await store.putDraft(tx, { ...row, createdAt: at, createdBy: by.id, updatedAt: at, updatedBy: by.id })
      return { event: happened('draft_created', id, { revision: row.revision, base: row.base }), result: undefined }
    })
    return this.get(id)
  }

  /** @throws {AppError} NOT_FOUND, CONFLICT (edited or closed meanwhile), REQUEST_INVALID, LEDGER_UNAVAILABLE */
  async edit(id: string, input: z.input<typeof DraftEdit>, by: Actor): Promise<PolicyDraft> {
    const { revision, title, document, base } = DraftEdit.parse(input)
    await change(this.#context, by, async (tx) => {
      const row = await this.#openDraft(tx, id, revision)
      if (base !== undefined && base !== (await store.newestVersion(tx))?.digest) {
        throw new AppError('CONFLICT', 'base: this is not the newest version of the policy')
      }
      const text = document ?? row.document
      const next = {
        ...row,
        title: title ?? row.title,
        document: text,
        revision: revisionOf(text),
        base: base ?? row.base,
      }
      // A proposal is about one text: another one must be proposed anew.
      const proposal = next.revision === row.revision && next.base === row.base ? row.proposal : null
      await store.putDraft(tx, { ...next, proposal, updatedAt: this.#now(), updatedBy: by.id })
      const data = { revision: next.revision, was: row.revision, base: next.base }
      return { event: happened('draft_edited', id, data), result: undefined }
    })
    return this.get(id)
  }

  /** It stays to be seen. @throws {AppError} NOT_FOUND, CONFLICT, LEDGER_UNAVAILABLE */
  async discard(id: string, by: Actor): Promise<PolicyDraft> {
    await this.stopShadow(id, by)
    await change(this.#context, by, async (tx) => {
      const row = await this.#openDraft(tx, id)
      await store.putDraft(tx, { ...row, state: 'discarded', proposal: null, updatedAt: this.#now(), updatedBy: by.id })
      return { event: happened('draft_discarded', id, { revision: row.revision }), result: undefined }
    })
    return this.get(id)
  }

  /** @throws {AppError} NOT_FOUND */
  async get(id: string): Promise<PolicyDraft> {
    return this.#view(await store.findDraft(this.#context.db.db, id))
  }

  /** Newest first. */
  async list({ state, after, limit }: PageQuery & { readonly state?: string | undefined }) {
    const { db } = this.#context.db
    const page = await readPage(limit, (most) => store.listDrafts(db, state, after, most))
    return mapPage(page, (row) => this.#view(row))
  }

  /** What can be said against it, by the thresholds of the classifier in use. @throws {AppError} NOT_FOUND */
  async lint(id: string): Promise<LintFinding[]> {
    const { document } = await store.findDraft(this.#context.db.db, id)
    return lintPolicy(document, this.#policies.calibratedThresholds, this.#policies.means)
  }

  /** Marks it for those who may publish: a wish, without effect. @throws {AppError} NOT_FOUND, CONFLICT, POLICY_INVALID */
  async propose(id: string, input: z.input<typeof NewProposal>, by: Actor): Promise<PolicyDraft> {
    const { revision, changelog, effectiveAt } = NewProposal.parse(input)
    await change(this.#context, by, async (tx) => {
      const row = await this.#openDraft(tx, id, revision)
      await this.#checkPublishable(tx, row)
      const at = this.#now()
      const proposal: PolicyProposal = { changelog, effectiveAt: inUtc(effectiveAt), by: by.id, at: at.toISOString() }
      await store.putDraft(tx, { ...row, proposal: JSON.stringify(proposal), updatedAt: at, updatedBy: by.id })
      return {
        event: happened('publication_proposed', id, { revision, effectiveAt: proposal.effectiveAt }),
        result: undefined,
      }
    })
    return this.get(id)
  }

  /**
   * What two people would agree to, if this were published as it stands.
   *
   * @throws {AppError} NOT_FOUND, CONFLICT (edited, closed or overtaken), POLICY_INVALID
   */
  async publication(id: string, input: z.input<typeof NewProposal>): Promise<Publication> {
    const { revision, changelog, effectiveAt } = NewProposal.parse(input)
    const { db } = this.#context.db
    const row = await this.#openDraft(db, id, revision)
    const policy = await this.#checkPublishable(db, row)
    const { version, digest } = policy
    return { draft: id, revision, version, digest, base: row.base, changelog, effectiveAt: inUtc(effectiveAt) }
  }

  /** Lets it decide beside the policy in force, as it stands now, without effect. @throws {AppError} CONFLICT, POLICY_INVALID */
  async startShadow(id: string, by: Actor): Promise<PolicyShadow> {
    await change(this.#context, by, async (tx) => {
      const row = await this.#openDraft(tx, id)
      const { digest } = this.#policies.load(row.document, `draft ${id}`)
      const running = await store.runningShadow(tx)
      if (running !== undefined)
        throw new AppError('CONFLICT', `draft ${running.draftId} runs in shadow: stop it first`)
      await store.putShadow(tx, {
        draftId: id,
        document: row.document,
        revision: row.revision,
        startedAt: this.#now(),
        startedBy: by.id,
        stoppedAt: null,
        counts: JSON.stringify(noCounts()),
      })
      return { event: happened('shadow_started', id, { revision: row.revision, policy: digest }), result: undefined }
    })
    await this.#policies.refresh()
    return this.shadow(id)
  }

  /** Doing it twice is the same as once. @throws {AppError} NOT_FOUND, LEDGER_UNAVAILABLE */
  async stopShadow(id: string, by: Actor): Promise<void> {
    await change(this.#context, by, async (tx) => {
      await store.findDraft(tx, id)
      const row = await store.findShadow(tx, id)
      if (row === undefined || row.stoppedAt !== null) return { event: null, result: undefined }
      await store.putShadow(tx, { ...row, stoppedAt: this.#now() })
      return { event: happened('shadow_stopped', id, { revision: row.revision }), result: undefined }
    })
    await this.#policies.refresh()
  }

  /** How it differs so far; counts of running replicas are added once a minute. @throws {AppError} NOT_FOUND */
  async shadow(id: string): Promise<PolicyShadow> {
    const row = await store.findShadow(this.#context.db.db, id)
    if (row === undefined) throw new AppError('NOT_FOUND', 'this draft has never run in shadow')
    const { draftId, revision, startedAt, startedBy, stoppedAt, counts } = row
    return {
      draftId,
      revision,
      startedAt: startedAt.toISOString(),
      startedBy,
      stoppedAt: stoppedAt?.toISOString() ?? null,
      counts: ShadowCounts.parse(JSON.parse(counts)),
    }
  }

  /** What may be published: it loads, has no error of lint, replaces the newest version and has a name of its own. */
  async #checkPublishable(db: Db, row: store.DraftRow) {
    return await checkPublishable(this.#policies, db, row)
  }

  async #openDraft(db: Db, id: string, revision?: string): Promise<store.DraftRow> {
    const row = await store.findDraft(db, id)
    if (row.state !== 'open') throw new AppError('CONFLICT', `this draft is ${row.state}`)
    if (revision !== undefined && revision !== row.revision) {
      const message = `this draft was edited by ${row.updatedBy} meanwhile: read it again and merge`
      throw new AppError('CONFLICT', message)
    }
    return row
  }

  #view(row: store.DraftRow): PolicyDraft {
    const { proposal, createdAt, updatedAt, state, ...rest } = row
    return {
      ...rest,
      state: z.enum(['open', 'published', 'discarded']).parse(state),
      isStale: state === 'open' && row.base !== this.#policies.newestDigest(),
      proposal: proposal === null ? null : PolicyProposal.parse(JSON.parse(proposal)),
      createdAt: createdAt.toISOString(),
      updatedAt: updatedAt.toISOString(),
    }
  }

  #now(): Date {
    return new Date(this.#context.clock.now())
  }
}

/**
 * @returns the draft as the policy that it would be.
 * @throws {AppError} POLICY_INVALID, CONFLICT
 */
export async function checkPublishable(policies: Policies, db: Db, row: store.DraftRow) {
  const policy = policies.load(row.document, `draft ${row.id}`)
  const errors = lintPolicy(row.document, policies.calibratedThresholds, policies.means).filter(
    ({ level }) => level === 'error',
  )
  if (errors.length > 0) throw new PolicyInvalidError(`draft ${row.id}`, errors)
  const newest = await store.newestVersion(db)
  if (newest?.digest !== row.base) {
    const message = `version ${newest?.version} has been published since this draft was made: bring the draft up to date with it first`
    throw new AppError('CONFLICT', message)
  }
  if (policy.digest === newest.digest)
    throw new AppError('CONFLICT', 'the draft says what the newest version says already')
  if ((await store.findVersion(db, policy.version)) !== undefined) {
    throw new AppError('CONFLICT', `there is a version ${policy.version} already: a change needs a name of its own`)
  }
  return policy
}

export function revisionOf(text: string): string {
  return hash('sha256', text)
}

function happened(kind: string, id: string, data: EventData): Happening {
  return { kind, subject: { type: 'policy_draft', id }, data }
}

function inUtc(time: string | null): string | null {
  return time === null ? null : new Date(time).toISOString()
}
