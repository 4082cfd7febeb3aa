import type { Clock } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import { eachItem } from '../../base/page.ts'
import type { DbHandle } from '../../db/index.ts'
import type { EventLog } from '../../ledger/index.ts'
import { covers } from '../access/index.ts'
import { weightsJournal } from '../records/index.ts'
import { Budgets } from './budgets.ts'
import type { ReadingContext } from './context.ts'
import { Coverage } from './coverage.ts'
import { Leases } from './leases.ts'
import { OpenFiles } from './open-files.ts'
import type { AccessPort, ReadableFile, ReadingGrant, VaultPort } from './ports.ts'
import type { ProvenRequest } from './proofs.ts'
import { type OpenRead, Reads } from './reads.ts'
import type { BudgetView, FileView, SessionView, TensorView, UsageView } from './schema.ts'
import { type Session, Sessions } from './sessions.ts'
import { ofSealedVersions } from './standing.ts'
import { usesOf } from './store.ts'
import { Tensors } from './tensors.ts'
import { VersionFiles } from './version-files.ts'
import { Watch } from './watch.ts'

export interface ReadingDeps {
  readonly db: DbHandle
  readonly ledger: EventLog
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** Of the installation: the key of sessions follows from its `digest.key`. */
  readonly keysDir: string
  readonly vault: VaultPort
  readonly access: AccessPort
}

/** Which file of the grant's version. */
export type WhichFile = { readonly n: number } | { readonly path: string }

/** A file that a grant covers now. */
export interface CoveredFile {
  readonly grant: ReadingGrant
  readonly file: ReadableFile
}

export interface CoveredTensor extends CoveredFile {
  readonly tensor: TensorView
}

/** Who reads what of the weights, counted and on the ledger before it leaves. */
export class Reading implements AsyncDisposable {
  readonly budgets: { list(): Promise<BudgetView[]> } & Pick<Budgets, 'set' | 'raising'>
  readonly coverage: Coverage
  readonly #context: ReadingContext
  readonly #sessions: Sessions
  readonly #watch: Watch
  readonly #files: OpenFiles
  readonly #leases: Leases
  readonly #reads: Reads
  readonly #tensors: Tensors
  readonly #versionFiles: VersionFiles

  constructor(deps: ReadingDeps) {
    const { db, ledger, clock, ids, log, keysDir, vault } = deps
    const access = ofSealedVersions(deps.access, vault)
    const journal = weightsJournal({ db: db.db, ledger, clock, ids })
    const context: ReadingContext = { db, ledger, journal, clock, ids, log, vault, access }
    this.#context = context
    const budgets = new Budgets(context)
    this.budgets = {
      list: async () => budgets.list(await this.#largestOfEachModel()),
      set: (input, by) => budgets.set(input, by),
      raising: () => budgets.raising(),
    }
    this.coverage = new Coverage(context)
    this.#sessions = new Sessions(context, keysDir)
    this.#watch = new Watch(context)
    this.#files = new OpenFiles(context, this.#watch)
    this.#leases = new Leases(context, budgets)
    this.#reads = new Reads(access, this.#leases, this.#files, log)
    this.#tensors = new Tensors(this.#files)
    this.#versionFiles = new VersionFiles(context)
  }

  /** Begins a session under a grant: the request is signed by the device's key. @throws {AppError} as `Sessions.start` */
  async start(grantId: string, request: ProvenRequest): Promise<SessionView> {
    const { session, token, grant } = await this.#sessions.start(grantId, request)
    const { leftBytes } = await this.#usage(grant)
    return {
      ...{
        token,
        tokenType: 'DPoP',
        grant: grant.id,
        version: grant.version,
        manifestDigest: grant.manifestDigest,
        leftBytes,
      },
      expiresAt: new Date(session.expiresAtMs).toISOString(),
    }
  }

  /** Which key signed a request that belongs to no session. @returns its RFC 7638 thumbprint @throws {AppError} UNAUTHENTICATED */
  prove(request: ProvenRequest): Promise<string> {
    return this.#sessions.prove(request)
  }

  /** Whose request this is. @throws {AppError} UNAUTHENTICATED */
  authenticate(token: string, request: ProvenRequest): Promise<Session> {
    return this.#sessions.authenticate(token, request)
  }

  /** What the grant covers. @throws {AppError} NOT_FOUND or FORBIDDEN when the grant opens nothing any more */
  async files(session: Session): Promise<FileView[]> {
    const { files } = await this.#covered(session)
    return files.map(({ position, path, sizeBytes, sha256 }) => ({ n: position, path, sizeBytes, sha256 }))
  }

  /** One file. Where it is a decoy, the alarm goes off, and nothing that is said here differs. @throws {AppError} NOT_FOUND: the grant covers none */
  async file(session: Session, which: WhichFile): Promise<CoveredFile> {
    const { grant, all } = await this.#covered(session)
    const file = all.find(({ path, position }) => ('path' in which ? path === which.path : position === which.n))
    if (file?.canary === true) {
      const { id: grantId, personId, device, version } = grant
      await this.#context.access.touched({ personId, grantId, device, version, path: file.path })
    }
    if (file === undefined || !covers(grant.files, file))
      throw new AppError('NOT_FOUND', 'the grant covers no such file')
    return { grant, file }
  }

  /** The tensors of a file, in the order in which they lie there; null when it is of no kind that has any. */
  async tensors(session: Session, which: WhichFile): Promise<TensorView[] | null> {
    const { grant, file } = await this.file(session, which)
    const tensors = await this.#tensors.of(grant, file)
    return tensors === null ? null : [...tensors.values()]
  }

  /** Where a tensor lies, whichever file has it; decoys are left out. @throws {AppError} NOT_FOUND */
  async tensor(session: Session, name: string): Promise<CoveredTensor> {
    const { grant, files } = await this.#covered(session)
    const real = files.filter(({ canary }) => !canary)
    const found = await this.#tensors.find(grant, real, name)
    if (found === null) throw new AppError('NOT_FOUND', 'no file that the grant covers has a tensor of this name')
    return { grant, ...found }
  }

  /**
   * Reads a part of a file. Resolves once the first lease of it is counted and recorded.
   *
   * @throws {BudgetSpent} when not all of it may leave now; {AppError} REQUEST_INVALID, OVERLOADED, LEDGER_UNAVAILABLE, VERIFICATION_FAILED
   */
  async read(covered: CoveredFile, start: number, length: number): Promise<OpenRead> {
    const { grant, file } = covered
    const isRange = Number.isSafeInteger(start) && Number.isSafeInteger(length) && start >= 0 && length >= 1
    if (!isRange || start > file.sizeBytes - length)
      throw new AppError('REQUEST_INVALID', 'this range is not within the file')
    return await this.#reads.begin({ grant, file, start, length })
  }

  /** What was given out under these grants; 0 where nothing was. */
  usage(grantIds: readonly string[]): Promise<Map<string, number>> {
    return usesOf(this.#context.db.db, grantIds)
  }

  /** What goes on here, for metrics. */
  measure(): { bytesCounted: number; openReads: number; openFiles: number } {
    return { bytesCounted: this.#leases.bytes, openReads: this.#reads.open, openFiles: this.#files.size }
  }

  /** Ends what is being read. */
  async close(): Promise<void> {
    await this.#watch[Symbol.asyncDispose]()
    await this.#files[Symbol.asyncDispose]()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #usage({ id, budgetBytes }: ReadingGrant): Promise<UsageView> {
    const usedBytes = (await this.usage([id])).get(id) ?? 0
    return { grant: id, usedBytes, budgetBytes, leftBytes: Math.max(0, budgetBytes - usedBytes) }
  }

  async #covered({ grantId, thumbprint }: Session) {
    const grant = await this.#context.access.requireActive(grantId, thumbprint)
    const all = await this.#versionFiles.of(grant)
    return { grant, all, files: all.filter((file) => covers(grant.files, file)) }
  }

  async #largestOfEachModel(): Promise<Map<string, number>> {
    const sizes = new Map<string, number>()
    const { versions } = this.#context.vault
    for await (const { model, sizeBytes, state, decoy } of eachItem((page) => versions.list(page))) {
      if (state === 'sealed' && !decoy) sizes.set(model, Math.max(sizeBytes, sizes.get(model) ?? 0))
    }
    return sizes
  }
}
