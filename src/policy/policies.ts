import { z } from 'zod'
import { Chores } from '../base/chores.ts'
import { AppError } from '../base/errors.ts'
import type { PolicyDocument } from './document.ts'
import { change, type PolicyContext, SYSTEM } from './journal.ts'
import type { Means } from './lint.ts'
import { Policy, readPolicyFile } from './policy.ts'
import { PolicyInvalidError } from './problem.ts'
import { readPolicy } from './read.ts'
import type { CalibratedThresholds } from './rules.ts'
import type { PolicyStatus, PolicyVersion } from './schema.ts'
import { Shadow } from './shadow.ts'
import * as store from './store.ts'

export interface PoliciesOptions {
  readonly calibratedThresholds: CalibratedThresholds
  /** Whether somebody revises answers: absent = nobody does. */
  readonly revises?: boolean
  /** The file: the policy until people publish one. */
  readonly file: { readonly text: string; readonly path: string }
}

const POLL_MS = 400
const MIN_FLUSH_MS = 60_000

interface InForce {
  readonly policy: Policy
  readonly source: 'file' | 'published'
  /** Of the row in the store; 0 for the file. */
  readonly number: number
  readonly since: Date | null
}

type VersionHead = Omit<store.VersionRow, 'document'>

/**
 * Which policy decides. The file is the first one; from the first publication by people on, the store rules, and the file only says what a
 * new installation would begin with. Every replica polls the store, so a version rules everywhere within half a second of its time. A
 * version that can't be loaded leaves the one before it in force.
 */
export class Policies implements AsyncDisposable {
  readonly context: PolicyContext
  readonly calibratedThresholds: CalibratedThresholds
  /** What a policy may count on here. */
  readonly means: Means
  readonly #file: { readonly policy: Policy; readonly text: string; readonly path: string }
  #inForce: InForce
  #versions: VersionHead[] = []
  #shadow: Shadow | null = null
  #head = -1
  #problem: string | null = null
  /** A version that would not load: not tried again until something changes. */
  #broken: number | null = null
  readonly #chores: Chores
  #flushedMs: number

  /**
   * Reads the file and what was published.
   *
   * @throws {PolicyInvalidError} POLICY_INVALID: the file, or the published version that would be in force, does not load. To go on with
   *   an older one could let pass what the published one refuses.
   */
  static async open(context: PolicyContext, options: PoliciesOptions): Promise<Policies> {
    const policies = new Policies(context, options)
    await policies.refresh()
    if (policies.#problem !== null) throw new AppError('POLICY_INVALID', policies.#problem)
    return policies
  }

  private constructor(context: PolicyContext, { calibratedThresholds, revises = false, file }: PoliciesOptions) {
    this.means = { revises }
    this.context = context
    this.#chores = new Chores(context.log)
    this.calibratedThresholds = calibratedThresholds
    const policy = this.load(file.text, file.path)
    this.#file = { ...file, policy }
    this.#inForce = { policy, source: 'file', number: 0, since: null }
    this.#flushedMs = context.clock.monotonic()
  }

  /** The policy that decides now. A request keeps the one that it began with. */
  current(): Policy {
    return this.#inForce.policy
  }

  /** The draft that decides beside it without effect; null when none does. */
  shadow(): Shadow | null {
    return this.#shadow
  }

  /** @throws {PolicyInvalidError} POLICY_INVALID */
  load(text: string, source: string): Policy {
    return Policy.load(text, { calibratedThresholds: this.calibratedThresholds, source })
  }

  /** Records the file as a version where it rules and is new, and follows the store from now on. To be called once. */
  async start(): Promise<void> {
    await this.#adoptFile()
    await this.refresh()
    this.#chores.every(POLL_MS, 'policy not caught up', () => this.catchUp())
  }

  /** What is due: versions of others, versions whose time has come, the shadow's counts. Runs every 0.4 s. */
  async catchUp(): Promise<void> {
    await this.refresh()
    const now = this.context.clock.monotonic()
    if (now - this.#flushedMs < MIN_FLUSH_MS) return
    this.#flushedMs = now
    await this.#shadow?.flush(this.context)
  }

  /** Reads what others have changed; one short query when nothing has. */
  async refresh(): Promise<void> {
    const { db } = this.context.db
    const head = await store.readHead(db)
    if (head !== this.#head) {
      this.#versions = await store.listVersions(db)
      await this.#followShadow()
      this.#head = head
      this.#broken = null
    }
    await this.#follow()
  }

  status(): PolicyStatus {
    const { policy, source, since } = this.#inForce
    const { policy: filed, path } = this.#file
    const differs = filed.digest !== policy.digest
    return {
      inForce: { ...referenceOf(policy), source, since: since?.toISOString() ?? null },
      rule: ruleInWords(source, differs, path, filed.version),
      file: { ...referenceOf(filed), path, differs },
      scheduled: this.#scheduled().map(({ version, digest, effectiveAt }) => ({
        version,
        digest,
        effectiveAt: effectiveAt.toISOString(),
      })),
      shadow:
        this.#shadow === null
          ? null
          : {
              ...referenceOf(this.#shadow.policy),
              draftId: this.#shadow.draftId,
              since: this.#shadow.startedAt.toISOString(),
            },
      problem: this.#problem,
    }
  }

  /** Newest first. */
  versions(): PolicyVersion[] {
    return this.#versions.map((row) => this.#view(row))
  }

  /**
   * One version with its text. By name, by digest, or `current`.
   *
   * @throws {AppError} NOT_FOUND
   */
  async version(reference: string): Promise<{ version: PolicyVersion; text: string; document: PolicyDocument }> {
    const { db } = this.context.db
    const wanted = reference === 'current' ? this.#inForce.policy.digest : reference
    const row = await store.findVersion(db, wanted)
    if (row === undefined) throw new AppError('NOT_FOUND', 'there is no such version of the policy')
    // It was checked when it came into the store; what a later classifier lacks is no reason not to show it.
    return { version: this.#view(row), text: row.document, document: documentOf(row) }
  }

  /** The digest that a publication must name as the one it replaces. */
  newestDigest(): string {
    return this.#versions[0]?.digest ?? this.#inForce.policy.digest
  }

  async close(): Promise<void> {
    await this.#chores.close()
    await this.#shadow?.flush(this.context).catch((error: unknown) => {
      this.context.log.warn({ err: error }, 'the counts of the shadow policy could not be stored')
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** The newest publication whose time has come; else the file. */
  async #follow(): Promise<void> {
    const now = this.context.clock.now()
    const due = this.#versions.find((row) => row.source === 'published' && row.effectiveAt.getTime() <= now)
    if (due === undefined || due.number === this.#inForce.number || due.number === this.#broken) return
    try {
      const row = await store.versionOf(this.context.db.db, due.number)
      const policy = this.load(row.document, `version ${row.version}`)
      if (policy.digest !== row.digest) throw new AppError('VERIFICATION_FAILED', 'its text does not fit its digest')
      const since = row.inForceAt ?? new Date(now)
      this.#inForce = { policy, source: 'published', number: row.number, since }
      this.#problem = null
      this.context.log.info({ version: policy.version, digest: policy.digest }, 'a policy came into force')
    } catch (error) {
      this.#broken = due.number
      const why = error instanceof Error ? error.message : 'unreadable'
      this.#problem = `version ${due.version} can't take effect: ${why.slice(0, 500)}`
      this.context.log.error(
        { err: error, version: due.version },
        'a published policy can’t be loaded; the one before stays',
      )
      return
    }
    if (due.inForceAt === null) await this.#recordInForce(due)
  }

  /** Once for all replicas. */
  async #recordInForce({ number, version, digest }: VersionHead): Promise<void> {
    await change(this.context, SYSTEM, async (tx) => {
      const isFirst = await store.markInForce(tx, number, new Date(this.context.clock.now()))
      const subject = { type: 'policy_version', id: digest } as const
      return { event: isFirst ? { kind: 'took_effect', subject, data: { version, number } } : null, result: undefined }
    })
  }

  async #adoptFile(): Promise<void> {
    const { policy, text } = this.#file
    await change(this.context, SYSTEM, async (tx) => {
      const versions = await store.listVersions(tx)
      const newest = versions[0]
      const rulesNoMore = versions.some((row) => row.source === 'published')
      if (rulesNoMore || newest?.digest === policy.digest) return { event: null, result: undefined }
      const at = new Date(this.context.clock.now())
      const previous = newest?.digest ?? null
      await store.insertVersion(tx, {
        number: (newest?.number ?? 0) + 1,
        version: policy.version,
        digest: policy.digest,
        document: text,
        source: 'file',
        changelog:
          previous === null ? 'The first policy of this installation, from its file.' : 'The file was changed.',
        previous,
        approvedBy: '[]',
        publishedAt: at,
        effectiveAt: at,
        inForceAt: at,
      })
      const subject = { type: 'policy_version', id: policy.digest } as const
      const kind = previous === null ? 'genesis' : 'file_adopted'
      return { event: { kind, subject, data: { version: policy.version, previous } }, result: undefined }
    })
  }

  async #followShadow(): Promise<void> {
    const row = await store.runningShadow(this.context.db.db)
    const same = row?.draftId === this.#shadow?.draftId && row?.revision === this.#shadow?.revision
    if (same) return
    await this.#shadow?.flush(this.context)
    this.#shadow = null
    if (row === undefined) return
    try {
      this.#shadow = new Shadow(row, this.load(row.document, `draft ${row.draftId}`))
    } catch (error) {
      this.context.log.error({ err: error, draft: row.draftId }, 'the shadow policy can’t be loaded')
    }
  }

  /** Publications whose time has not come, and that a newer one has not overtaken. */
  #scheduled(): VersionHead[] {
    const now = this.context.clock.now()
    return this.#versions.filter((row) => row.number > this.#inForce.number && row.effectiveAt.getTime() > now)
  }

  /** Of the version that rules; a file that was changed back stands twice, and the newest counts. */
  #rulingNumber(): number | undefined {
    if (this.#inForce.source === 'published') return this.#inForce.number
    return this.#versions.find(({ digest }) => digest === this.#inForce.policy.digest)?.number
  }

  #view(row: VersionHead): PolicyVersion {
    const { source, inForceAt, publishedAt, effectiveAt, approvedBy, ...rest } = row
    const rules = row.number === this.#rulingNumber()
    const isScheduled = this.#scheduled().some(({ number }) => number === row.number)
    return {
      ...rest,
      source: source === 'published' ? 'published' : 'file',
      approvedBy: parseNames(approvedBy),
      publishedAt: publishedAt.toISOString(),
      effectiveAt: effectiveAt.toISOString(),
      state: rules ? 'in_force' : isScheduled ? 'scheduled' : 'superseded',
    }
  }
}

/**
 * Opens them over the policy that the configuration names, or the one that ships when it names none.
 *
 * @throws {AppError} CONFIG_INVALID (the file can't be read), POLICY_INVALID
 */
export async function openPolicies(
  context: PolicyContext,
  path: string | undefined,
  calibratedThresholds: CalibratedThresholds,
  revises: boolean,
): Promise<Policies> {
  const file = { text: readPolicyFile(path), path: path ?? 'the built-in policy' }
  return await Policies.open(context, { calibratedThresholds, revises, file })
}

function referenceOf({ version, digest }: Policy): { version: string; digest: string } {
  return { version, digest }
}

/** @throws {AppError} POLICY_INVALID when it was written for another version of Safelevel. */
function documentOf({ version, document }: store.VersionRow): PolicyDocument {
  const read = readPolicy(document, null)
  if (read.document === null) throw new PolicyInvalidError(`version ${version}`, read.problems)
  return read.document
}

function parseNames(json: string): string[] {
  return z.array(z.string()).parse(JSON.parse(json))
}

function ruleInWords(source: InForce['source'], differs: boolean, path: string, fileVersion: string): string {
  if (source === 'file') return `${path} rules until two people publish a version`
  return differs
    ? `the published version rules; ${path} (version ${fileVersion}) differs and has no effect`
    : `the published version rules; ${path} says the same`
}
