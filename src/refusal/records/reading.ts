import type { Actor } from '../../ledger/index.ts'
import { DatasetRecord, type ExportFormat, exportRows } from '../constitution/index.ts'
import { Find } from '../redteam/index.ts'
import { notFound, type RecordsContext } from './context.ts'
import { KINDS, kindOfId } from './kinds.ts'
import { openRow, toNote } from './rows.ts'
import {
  type KeptResult,
  NewReveal,
  type ResultKind,
  RevealedRow,
  type RowFacets,
  type RowPage,
  type RowQuery,
} from './schema.ts'
import * as store from './store.ts'

const FACET_VALUES = 200
const READ_AT_ONCE = 200

/** Rows of results: found in the open, read on record. */
export class Rows {
  readonly #context: RecordsContext

  constructor(context: RecordsContext) {
    this.#context = context
  }

  /** Rows that match, from a place on, without their words. @param limit 1 to 500 @throws {AppError} NOT_FOUND */
  async list(id: string, query: RowQuery, from: number, limit: number): Promise<RowPage> {
    await this.#result(id)
    const db = this.#context.db.db
    const rows = await store.listNotes(db, id, query, from, limit + 1)
    const total = await store.countRows(db, id, query)
    return { items: rows.slice(0, limit).map(toNote), next: rows[limit]?.position ?? null, total }
  }

  /** What rows can be found by, and how many there are of each. @throws {AppError} NOT_FOUND */
  async facets(id: string): Promise<RowFacets> {
    await this.#result(id)
    const db = this.#context.db.db
    const of = (facet: (typeof store.FACETS)[number]) => store.countFacet(db, id, facet, FACET_VALUES)
    return {
      part: await of('part'),
      kind: await of('kind'),
      category: await of('category'),
      outcome: await of('outcome'),
      flags: await store.countFlags(db, id, FACET_VALUES),
    }
  }

  /**
   * The words of chosen rows, after the ledger knows who reads which, and why.
   *
   * @throws {AppError} NOT_FOUND: no such result or row, or its rows are gone; LEDGER_UNAVAILABLE: nothing is shown; VERIFICATION_FAILED
   */
  async reveal(id: string, input: unknown, by: Actor): Promise<RevealedRow[]> {
    const { positions, reason } = NewReveal.parse(input)
    const { kind } = await this.#result(id)
    const rows = await store.findRows(this.#context.db.db, id, positions)
    if (rows.length === 0) throw notFound('row: it never was, or its time is over')
    await this.#context.journal.note(by, {
      kind: 'refusal.rows_read',
      subject: { type: `refusal_${kind}`, id },
      data: { reason, rows: rows.map(({ position }) => position) },
    })
    return rows.map((row) =>
      RevealedRow.parse({ position: row.position, row: JSON.parse(openRow(this.#context, row)) }),
    )
  }

  /**
   * A dataset in a trainer's format, row by row; that it is given out stands on the ledger first.
   *
   * @throws {AppError} NOT_FOUND: no such dataset, or its rows are gone; LEDGER_UNAVAILABLE
   */
  async *exported(
    id: string,
    format: ExportFormat,
    by: Actor,
  ): AsyncGenerator<Record<string, unknown>, void, undefined> {
    const { kind, rows, erased } = await this.#result(id)
    if (kind !== 'dataset' || erased !== null) throw notFound('dataset with records')
    await this.#context.journal.note(by, {
      kind: 'refusal.dataset_exported',
      subject: { type: 'refusal_dataset', id },
      data: { format, rows },
    })
    for await (const row of this.#all(id)) yield* exportRows(DatasetRecord.parse(JSON.parse(row)), format)
  }

  /**
   * Finds of a run, for the machine to make reports of; that they are given out stands on the ledger first.
   *
   * @throws {AppError} NOT_FOUND: no such run or find, or its rows are gone; LEDGER_UNAVAILABLE
   */
  async finds(id: string, positions: readonly number[], by: Actor): Promise<{ position: number; find: Find }[]> {
    const { kind } = await this.#result(id)
    if (kind !== 'red_team_run') throw notFound('red-team run')
    const rows = await store.findRows(this.#context.db.db, id, positions)
    if (rows.length < new Set(positions).size) throw notFound('find: it never was, or its time is over')
    await this.#context.journal.note(by, {
      kind: 'refusal.finds_filed',
      subject: { type: 'refusal_red_team_run', id },
      data: { rows: rows.map(({ position }) => position) },
    })
    return rows.map((row) => ({
      position: row.position,
      find: Find.parse(JSON.parse(openRow(this.#context, row))),
    }))
  }

  async *#all(id: string): AsyncGenerator<string, void, undefined> {
    for (let from = 0; ; ) {
      const rows = await store.readRows(this.#context.db.db, id, from, READ_AT_ONCE)
      for (const row of rows) yield openRow(this.#context, row)
      if (rows.length < READ_AT_ONCE) return
      from = (rows.at(-1)?.position ?? from) + 1
    }
  }

  async #result(id: string): Promise<KeptResult> {
    const kind: ResultKind | null = kindOfId(id)
    const found = kind === null ? null : await store.records.find(this.#context.db.db, KINDS[kind], id)
    if (found === null) throw notFound('result')
    return found
  }
}
