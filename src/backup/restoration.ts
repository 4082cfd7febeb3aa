import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import { codeOf } from '../base/error-code.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import { replacePrivateFile } from '../base/private-file.ts'
import { toEvent } from '../journal/index.ts'
import type { Actor, Ledger } from '../ledger/index.ts'

const FILE = 'restored.json'
const SYSTEM: Actor = { type: 'system', id: 'safelevel' }

/** What a restoration leaves in the data folder, until somebody has settled it. */
export const RestorationNote = z.strictObject({
  /** Of the event on the ledger, so that it counts once however often a start is cut off. */
  eventId: z.string(),
  backup: z.string(),
  /** When the backup was taken and put back, ISO 8601. */
  takenAt: z.iso.datetime(),
  restoredAt: z.iso.datetime(),
  /** Entries of the ledger in the backup. */
  size: z.int().min(0),
  /** The largest that the log is known to have been; null = nobody said. */
  knownSize: z.int().min(0).nullable(),
  recorded: z.boolean(),
})
export type RestorationNote = z.infer<typeof RestorationNote>

interface RestorationDeps {
  readonly dataDir: string
  readonly ledger: Pick<Ledger, 'append' | 'origin'>
  readonly clock: Clock
  readonly ids: Ids
}

/** Written before the restored folder is put in place. */
export function writeRestoration(dataDir: string, note: RestorationNote): void {
  replacePrivateFile(join(dataDir, FILE), `${JSON.stringify(note)}\n`)
}

/**
 * That this installation was put back to an earlier state. A log whose end was lost goes on from before it, and whoever saw that end can prove that
 * there are two histories: so it is said, on the ledger as the first entry after the restored ones, and wherever the server says how it is.
 */
export class Restoration {
  readonly #deps: RestorationDeps
  #note: RestorationNote | null

  private constructor(deps: RestorationDeps, note: RestorationNote | null) {
    this.#deps = deps
    this.#note = note
  }

  /** @throws {AppError} CONFIG_INVALID when the note is damaged: taking that for none would keep it silent */
  static open(deps: RestorationDeps): Restoration {
    const path = join(deps.dataDir, FILE)
    let text: string
    try {
      text = readFileSync(path, 'utf8')
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return new Restoration(deps, null)
      throw error
    }
    try {
      return new Restoration(deps, RestorationNote.parse(JSON.parse(text)))
    } catch (cause) {
      throw new AppError('CONFIG_INVALID', `${path} is damaged: put it back from the restoration, or restore again`, {
        cause,
      })
    }
  }

  /** Before anything else is recorded. @throws {AppError} LEDGER_UNAVAILABLE */
  async start(): Promise<void> {
    const note = this.#note
    if (note === null || note.recorded) return
    const { backup, takenAt, restoredAt, size, knownSize, eventId } = note
    const data = { backup, takenAt, restoredAt, size, ...(knownSize === null ? {} : { knownSize }) }
    await this.#append('system.restored', SYSTEM, data, eventId)
    this.#note = { ...note, recorded: true }
    writeRestoration(this.#deps.dataDir, this.#note)
  }

  /** Public words while it is not settled; null when there is nothing to say. */
  words(): string | null {
    if (this.#note === null) return null
    const { takenAt, size, knownSize } = this.#note
    const lost =
      knownSize === null
        ? 'what was recorded after it, if anything was, is lost'
        : knownSize > size
          ? `${knownSize - size} entries that were published after it are lost`
          : 'nothing later was known to be published'
    return `this installation was put back to the backup of ${takenAt}, with ${size} entries on the ledger; ${lost}`
  }

  /**
   * Somebody has told those whom it concerns: it is no longer said by the server. On the ledger it stays.
   *
   * @throws {AppError} NOT_FOUND when nothing waits to be settled; LEDGER_UNAVAILABLE
   */
  async settle(by: Actor): Promise<void> {
    if (this.#note === null) throw new AppError('NOT_FOUND', 'this installation was not restored, or that is settled')
    await this.#append('system.restoration_settled', by, { backup: this.#note.backup })
    rmSync(join(this.#deps.dataDir, FILE), { force: true })
    this.#note = null
  }

  async #append(kind: string, by: Actor, data: Record<string, string | number>, eventId?: string): Promise<void> {
    const { ledger } = this.#deps
    const subject = { type: 'installation', id: ledger.origin }
    const happening = { kind, subject, data, ...(eventId === undefined ? {} : { eventId }) }
    await ledger.append(toEvent(this.#deps, by, happening))
  }
}
