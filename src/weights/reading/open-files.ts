import { Chores } from '../../base/chores.ts'
import { AppError } from '../../base/errors.ts'
import { record, toEvent } from '../../journal/index.ts'
import type { ReadingContext } from './context.ts'
import type { OpenVaultFile, ReadableFile, ReadingGrant } from './ports.ts'
import type { Held, Watch } from './watch.ts'

/** Programs read a file in many ranges: its key is not asked for at each of them. */
const IDLE_MS = 15_000
const SWEEP_MS = 5_000
const MOST_OPEN = 256

/** A file that is open under a grant, as one reader uses it. */
export interface UsedFile extends Disposable {
  readonly file: OpenVaultFile
  readonly held: Held
}

interface Entry {
  readonly held: Held
  readonly opening: Promise<OpenVaultFile>
  users: number
  idleSinceMs: number
}

/** Files whose keys are at hand, by grant: each opening is on the ledger before its key is unwrapped, and its end forgets the key. */
export class OpenFiles implements AsyncDisposable {
  readonly #context: ReadingContext
  readonly #watch: Watch
  readonly #entries = new Map<string, Entry>()
  readonly #chores: Chores

  constructor(context: ReadingContext, watch: Watch) {
    this.#context = context
    this.#watch = watch
    this.#chores = new Chores(context.log)
    this.#chores.every(SWEEP_MS, 'idle weights not closed', async () => this.sweep())
  }

  get size(): number {
    return this.#entries.size
  }

  /**
   * @param grant was found to stand just now, and covers the file
   * @throws {AppError} LEDGER_UNAVAILABLE: not recorded, so not opened; OVERLOADED; what the vault throws
   */
  async use(grant: ReadingGrant, file: ReadableFile): Promise<UsedFile> {
    const key = `${grant.id}\n${file.position}`
    const entry = this.#entries.get(key) ?? this.#open(key, grant, file)
    entry.users += 1
    let isUsed = true
    const release = () => {
      if (!isUsed) return
      isUsed = false
      entry.users -= 1
      entry.idleSinceMs = this.#context.clock.monotonic()
      if (this.#entries.get(key) !== entry && entry.users === 0) forget(entry)
    }
    try {
      return { file: await entry.opening, held: entry.held, [Symbol.dispose]: release }
    } catch (error) {
      release()
      throw error
    }
  }

  /** Closes what nobody has read for a while. */
  sweep(): void {
    const now = this.#context.clock.monotonic()
    for (const [key, entry] of this.#entries) {
      if (entry.users === 0 && now - entry.idleSinceMs >= IDLE_MS) this.#drop(key, entry)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chores.close()
    for (const [key, entry] of [...this.#entries]) this.#drop(key, entry)
  }

  #open(key: string, grant: ReadingGrant, file: ReadableFile): Entry {
    if (this.#entries.size >= MOST_OPEN) this.#makeRoom()
    const held = this.#watch.hold(grant)
    const opening = this.#openRecorded(grant, file, held)
    const entry: Entry = { held, opening, users: 0, idleSinceMs: this.#context.clock.monotonic() }
    this.#entries.set(key, entry)
    const drop = () => this.#drop(key, entry)
    opening.catch(drop)
    held.signal.addEventListener('abort', drop, { once: true })
    return entry
  }

  async #openRecorded(grant: ReadingGrant, file: ReadableFile, held: Held): Promise<OpenVaultFile> {
    const { ledger, vault } = this.#context
    const { id, personId, device, host, version } = grant
    const data = { grant: id, device, host, version, file: file.position }
    const opened = { kind: 'weights.opened', subject: { type: 'weights_grant', id }, data }
    await record(
      ledger,
      [toEvent(this.#context, { type: 'staff', id: personId }, opened)],
      'the opening could not be recorded, so nothing was opened',
    )
    held.signal.throwIfAborted()
    return await vault.openFile(version, file.path, { signal: held.signal })
  }

  #makeRoom(): void {
    const idle = [...this.#entries].filter(([, { users }]) => users === 0)
    const [oldest] = idle.sort(([, a], [, b]) => a.idleSinceMs - b.idleSinceMs)
    if (oldest === undefined) throw new AppError('OVERLOADED', 'too many files of weights are open: try again later')
    this.#drop(...oldest)
  }

  /** From now on it is opened anew; the key is forgotten once nobody reads any more. */
  #drop(key: string, entry: Entry): void {
    if (this.#entries.get(key) !== entry) return
    this.#entries.delete(key)
    if (entry.users === 0) forget(entry)
  }
}

function forget({ held, opening }: Entry): void {
  held[Symbol.dispose]()
  void opening.then(
    (file) => file[Symbol.dispose](),
    () => {},
  )
}
