import { iso } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import { put } from '../../journal/index.ts'
import type { Actor, EventData } from '../../ledger/index.ts'
import { records } from '../records/index.ts'
import { type AccessContext, conflict, notFound } from './context.ts'
import { CANARY } from './kinds.ts'
import { type Canary, type DrillResult, NewCanaryFile, NewCanaryModel } from './schema.ts'

/** Somebody named a decoy, or asked to read one. */
export interface Touch {
  readonly version: string
  /** Files that were named whole; those that are no canaries are passed over. */
  readonly paths: readonly string[]
  readonly via: 'request' | 'session' | 'read' | 'glass'
  readonly personId: string | null
  readonly device: string | null
  readonly grant: string | null
}

/**
 * Sealed decoys that look like the real thing and that nobody has a reason to touch. Whoever does gets what they ask for, random data, and
 * nothing tells them: the alarm goes to others, and locks nothing by itself. The ledger names canaries by their ids alone, so that whoever
 * reads it learns of none.
 */
export class Canaries {
  readonly #context: AccessContext
  constructor(context: AccessContext) {
    this.#context = context
  }

  /** Seals a decoy that looks like a version of a model. @throws {AppError} CONFLICT (the name is taken), LEDGER_UNAVAILABLE */
  async plantModel(input: NewCanaryModel, by: Actor): Promise<Canary> {
    const { model, version, sizeBytes } = NewCanaryModel.parse(input)
    const id = `${model}/${version}`
    if ((await this.#context.vault.find(id)) !== null) throw conflict('there is a version of this name')
    const seal = () => this.#context.vault.plantModel({ model, version, sizeBytes }, by)
    return this.#plant({ version: id, path: null }, by, seal)
  }

  /** Seals a decoy beside the files of a version. @throws {AppError} NOT_FOUND, CONFLICT, LEDGER_UNAVAILABLE */
  async plantFile(input: NewCanaryFile, by: Actor): Promise<Canary> {
    const { version, path, sizeBytes } = NewCanaryFile.parse(input)
    const { vault } = this.#context
    const found = await vault.find(version)
    if (found === null) throw notFound('version')
    if (found.state !== 'sealed') throw conflict('this version is erased')
    if ((await vault.files(version)).some((file) => file.path === path)) throw conflict('there is a file of this path')
    return this.#plant({ version, path }, by, () => vault.plantFile({ version, path, sizeBytes }, by))
  }

  /**
   * Raises the alarm for each canary among what was named.
   *
   * @returns how many there were; the caller goes on as if there were none
   * @throws {AppError} LEDGER_UNAVAILABLE: what touches a canary that can't be recorded is not done
   */
  async touched(touch: Touch, by: Actor): Promise<number> {
    const { board, refresh } = this.#context
    await refresh()
    const { version, paths } = touch
    const met = new Map<string, Canary>()
    for (const path of [null, ...paths]) {
      const canary = board.canaryAt(version, path)
      if (canary !== null) met.set(canary.id, canary)
    }
    for (const { id } of met.values()) {
      const { via, personId: person, device, grant } = touch
      await this.#note(id, by, { via, person, device, grant, drill: false })
    }
    return met.size
  }

  /** Whether a version, or a file of it, is a decoy; as this replica knows it. */
  isCanary(version: string, path: string | null): boolean {
    return this.#context.board.canaryAt(version, path) !== null
  }

  /**
   * Tries the alarm: each decoy must still lie in the vault as it was planted and be known here, and its alarm is raised as a drill, which
   * reaches everybody whom a real one would.
   */
  async drill(by: Actor): Promise<DrillResult> {
    const { board, refresh, clock } = this.#context
    await refresh()
    const items: DrillResult['items'] = []
    for (const canary of await this.list()) {
      const fault = await this.#fault(canary, board.canaryAt(canary.version, canary.path)?.id ?? null)
      await this.#note(canary.id, by, { via: 'drill', drill: true, ok: fault === null })
      items.push({ canary: canary.id, ok: fault === null, says: fault ?? 'it lies in place, and its alarm was raised' })
    }
    return { at: iso(clock.now()), items }
  }

  /** Those that are planted. */
  list(): Promise<Canary[]> {
    return records.list(this.#context.db.db, CANARY, { state: 'planted', limit: 10_000 })
  }

  /** @throws {AppError} NOT_FOUND */
  async get(id: string): Promise<Canary> {
    const canary = await records.find(this.#context.db.db, CANARY, id)
    if (canary === null) throw notFound('canary')
    return canary
  }

  /** Known before it is sealed: a decoy that lies in the vault without an alarm would be worse than none. */
  async #plant(where: Pick<Canary, 'version' | 'path'>, by: Actor, seal: () => Promise<unknown>): Promise<Canary> {
    const { clock, ids, refresh } = this.#context
    const canary: Canary = {
      ...{ id: ids.next('can'), ...where, plantedAt: iso(clock.now()), plantedBy: by.id },
      ...{ touches: 0, lastTouchedAt: null, drilledAt: null, state: 'planted' },
    }
    await this.#put(canary, 'weights.canary_planted', by)
    try {
      await seal()
    } catch (error) {
      await this.#put({ ...canary, state: 'gone' }, 'weights.canary_gone', by)
      throw error
    } finally {
      await refresh()
    }
    return canary
  }

  #put(canary: Canary, kind: string, by: Actor): Promise<void> {
    return this.#context.journal.make(by, async () => {
      const event = { kind, subject: { type: 'weights_canary', id: canary.id } }
      return { events: [event], puts: [put(CANARY, canary)], result: undefined }
    })
  }

  #note(id: string, by: Actor, data: EventData): Promise<void> {
    const { journal, clock } = this.#context
    return journal.make(by, async (db) => {
      const canary = await records.find(db, CANARY, id)
      if (canary === null) throw new AppError('INTERNAL', 'a canary on the board is in no store')
      const at = iso(clock.now())
      const next: Canary =
        data.drill === true
          ? { ...canary, drilledAt: at }
          : { ...canary, touches: canary.touches + 1, lastTouchedAt: at }
      const event = { kind: 'weights.canary_touched', subject: { type: 'weights_canary', id }, data }
      return { events: [event], puts: [put(CANARY, next)], result: undefined }
    })
  }

  async #fault({ id, version, path }: Canary, known: string | null): Promise<string | null> {
    const { vault } = this.#context
    if (known !== id) return 'this replica does not know it'
    const found = await vault.find(version)
    if (found === null || found.state !== 'sealed') return 'its version is no longer in the vault'
    if (path === null) return found.decoy ? null : 'the vault does not hold it for a decoy'
    const file = (await vault.files(version)).find((one) => one.path === path)
    return file?.canary === true ? null : 'the vault does not hold it for a decoy'
  }
}
