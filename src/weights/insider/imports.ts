import { hash } from 'node:crypto'
import { chunksOf } from '../../base/chunks.ts'
import { AppError } from '../../base/errors.ts'
import { seal, unseal } from '../../base/sealing.ts'
import type { Db } from '../../db/index.ts'
import { record, toEvent } from '../../journal/index.ts'
import type { Actor } from '../../ledger/index.ts'
import { type Activity, Fault, readActivityLine, writeActivityLine } from './activity/index.ts'
import { DAY_MS, type InsiderContext } from './context.ts'
import { ImportLines, type ImportReport, type ImportSource } from './import-lines.ts'
import { locate } from './locate.ts'

/** Told on the ledger when activities of another source have come: by it every reading of the ledger meets them at the same place. */
export const IMPORTED = 'insider.imported'

/** An activity further away from when it was looked for is another one. */
const NEAR_MS = DAY_MS
const MAX_LOOKED_THROUGH = 50

/** What other sources told of, kept sealed so that a new reading of the ledger finds it again. */
export class Imports {
  readonly #context: InsiderContext
  constructor(context: InsiderContext) {
    this.#context = context
  }

  /**
   * Keeps activities and tells the ledger of them. The same ones again are known by their digest and change nothing.
   *
   * @param activities at most some thousand
   * @throws {AppError} LEDGER_UNAVAILABLE: send them again
   */
  async add(source: string, activities: readonly Activity[], by: Actor): Promise<{ id: string; isNew: boolean }> {
    const { db, ledger, clock, ids, pseudonyms } = this.#context
    const text = activities.map(writeActivityLine).join('\n')
    const digest = hash('sha256', text, 'hex')
    const id = `imp_${digest.slice(0, 32)}`
    const times = activities.map(({ timeMs }) => timeMs)
    const [first, last] = [times.reduce((a, b) => Math.min(a, b), Infinity), times.reduce((a, b) => Math.max(a, b), 0)]
    const { numInsertedOrUpdatedRows = 0n } = await db.db
      .insertInto('insiderImport')
      .values({
        ...{ id, source, count: activities.length, firstAt: new Date(first), lastAt: new Date(last) },
        createdAt: new Date(clock.now()),
        sealed: seal(pseudonyms.sealingKey, Buffer.from(text), contextOf(id), ids),
      })
      .onConflict((c) => c.column('id').doNothing())
      .executeTakeFirst()
    const data = { source, count: activities.length, digest }
    // Also where the rows were known: who was cut off between row and event sends again, and the event counts once.
    const event = toEvent(this.#context, by, {
      ...{ kind: IMPORTED, subject: { type: 'insider_import', id }, data },
      eventId: `evt_${id}`,
    })
    await record(ledger, [event], 'the activities could not be recorded: send them again')
    return { id, isNew: numInsertedOrUpdatedRows > 0n }
  }

  /**
   * Takes a stream of lines.
   *
   * @param body hostile: lines over 64 KiB, no UTF-8 and what is no activity are faults of their lines
   * @throws {AppError} REQUEST_INVALID, LEDGER_UNAVAILABLE: what was taken before it stays; send all of it again
   */
  async take(source: ImportSource, body: ReadableStream<Uint8Array> | null, by: Actor): Promise<ImportReport> {
    if (body === null) throw new AppError('REQUEST_INVALID', 'send the lines as the body')
    const lines = new ImportLines(source, await this.#context.staff.peopleOf())
    const imports: string[] = []
    let known = 0
    for await (const batch of lines.batches(chunksOf(body))) {
      const { id, isNew } = await this.add(source, batch, by)
      imports.push(id)
      if (!isNew) known += 1
    }
    const { records, taken, unknown, faulty, faults } = lines
    return { source, records, taken, unknown, imports, known, faults, faulty }
  }

  /** What came under an import; empty once it was erased. @throws {AppError} VERIFICATION_FAILED */
  async activitiesOf(id: string): Promise<Activity[]> {
    const row = await this.#context.db.db
      .selectFrom('insiderImport')
      .select('sealed')
      .where('id', '=', id)
      .executeTakeFirst()
    return row === undefined ? [] : this.#open(id, row.sealed)
  }

  /** Where an activity was told of. @param timeMs of the activity, or of what it led to */
  async find(
    activityId: string,
    timeMs: number,
  ): Promise<{ activity: Activity; position: number | null; source: 'outside' } | null> {
    const { db, ledger } = this.#context
    const rows = await db.db
      .selectFrom('insiderImport')
      .select(['id', 'sealed', 'createdAt'])
      .where('firstAt', '<=', new Date(timeMs + NEAR_MS))
      .where('lastAt', '>=', new Date(timeMs - NEAR_MS))
      .orderBy('createdAt', 'desc')
      .limit(MAX_LOOKED_THROUGH)
      .execute()
    for (const { id, sealed, createdAt } of rows) {
      const activity = this.#open(id, sealed).find((one) => one.id === activityId)
      if (activity === undefined) continue
      const entry = await locate(ledger, `evt_${id}`, createdAt.getTime())
      return { activity, position: entry?.position ?? null, source: 'outside' }
    }
    return null
  }

  /** Takes away what happened before an instant. @returns how many imports went */
  async erase(db: Db, before: Date): Promise<number> {
    const { numDeletedRows } = await db.deleteFrom('insiderImport').where('lastAt', '<', before).executeTakeFirst()
    return Number(numDeletedRows)
  }

  #open(id: string, sealed: Uint8Array): Activity[] {
    const { pseudonyms } = this.#context
    const read = readAll(pseudonyms.sealingKey, id, sealed)
    return read.flatMap((one) => (one instanceof Fault ? [] : [one]))
  }
}

function readAll(key: Uint8Array, id: string, sealed: Uint8Array): (Activity | Fault)[] {
  try {
    const text = unseal(key, sealed, contextOf(id)).toString('utf8')
    return text === '' ? [] : text.split('\n').map(readActivityLine)
  } catch (cause) {
    throw new AppError('VERIFICATION_FAILED', 'an import was changed, or its key is another one', { cause })
  }
}

function contextOf(id: string): string {
  return `safelevel.insider.import/1\n${id}`
}
