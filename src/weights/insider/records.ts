import { z } from 'zod'
import { type Db, RECORD_TABLES } from '../../db/index.ts'
import {
  type Decision,
  Journal,
  type JournalDeps,
  Records,
  type SealedText,
  StoredRecords,
} from '../../journal/index.ts'

/** The documents of the room. */
export const records = new Records(RECORD_TABLES.insider)

const Text = z.object({ recordId: z.string(), part: z.string(), sealed: z.string() })
const Dropped = z.object({ kind: z.string(), id: z.string() })

/** What a change stores and removes: whole documents, so that doing it twice is the same as once. */
const StoredChange = z.object({
  puts: StoredRecords,
  texts: z.array(Text).readonly().default([]),
  forget: z.array(z.string()).readonly().default([]).meta({ description: 'records whose sealed words go' }),
  drops: z.array(Dropped).readonly().default([]).meta({ description: 'documents that go' }),
})
type StoredChange = z.output<typeof StoredChange>

/** What a decision comes to: what goes on the ledger, and then into the store. */
export type Change<T> = Decision<typeof StoredChange, T>

export type InsiderJournal = ReturnType<typeof insiderJournal>

/** The one journal of the room: an alert, its case and what the policy does about it change together. */
export function insiderJournal(deps: JournalDeps) {
  return new Journal({ name: 'insider', change: StoredChange, apply: applyChange }, deps)
}

/** The sealed words of a record, by part. */
export function textsOf(db: Db, recordId: string): Promise<SealedText[]> {
  return db.selectFrom('insiderText').selectAll().where('recordId', '=', recordId).orderBy('part').execute()
}

/** Forgetting comes last: what a change adds and forgets is gone. */
async function applyChange(tx: Db, { puts, texts, forget, drops }: StoredChange): Promise<void> {
  await records.apply(tx, puts)
  for (const text of texts) {
    await tx
      .insertInto('insiderText')
      .values(text)
      .onConflict((c) => c.columns(['recordId', 'part']).doUpdateSet({ sealed: text.sealed }))
      .execute()
  }
  for (const recordId of forget) await tx.deleteFrom('insiderText').where('recordId', '=', recordId).execute()
  for (const { kind, id } of drops)
    await tx.deleteFrom('insiderRecord').where('kind', '=', kind).where('id', '=', id).execute()
}
