import { z } from 'zod'
import { type Activity, Fault, type IMPORT_FORMATS, importStream, type PeopleOf } from './activity/index.ts'
import { isDrill } from './cases/raised.ts'

/** What a collector may send, by the form of its lines; `activity` is our own (`safelevel-activity/v1`), of outside sources alone. */
export const IMPORT_SOURCES = [
  'ocsf',
  'cloudtrail',
  'okta',
  'auditd',
  'activity',
] as const satisfies readonly (typeof IMPORT_FORMATS)[number][]
export type ImportSource = (typeof IMPORT_SOURCES)[number]

export const ImportReport = z
  .object({
    source: z.enum(IMPORT_SOURCES),
    records: z.int().meta({ description: 'that were read' }),
    taken: z.int(),
    unknown: z.int().meta({ description: 'of those taken: done by nobody who is known here' }),
    imports: z.array(z.string()).meta({ description: 'as the ledger names them' }),
    known: z.int().meta({ description: 'how many of these imports had come before, word for word' }),
    faults: z
      .array(z.object({ record: z.int(), says: z.string() }))
      .meta({ description: 'the first 100, by the record’s number from 1' }),
    faulty: z.int(),
  })
  .meta({ id: 'InsiderImport' })
export type ImportReport = z.infer<typeof ImportReport>

const MAX_FAULTS = 100
const BATCH = 2_000

/** What was read of a stream: activities by batches, and what is wrong with the rest. */
export class ImportLines {
  records = 0
  taken = 0
  unknown = 0
  faulty = 0
  readonly faults: { record: number; says: string }[] = []
  readonly #source: ImportSource
  readonly #people: PeopleOf

  constructor(source: ImportSource, people: PeopleOf) {
    this.#source = source
    this.#people = people
  }

  async *batches(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Activity[]> {
    let batch: Activity[] = []
    for await (const imported of importStream(this.#source, chunks, this.#people)) {
      for (const one of imported) {
        const activity = this.#take(one)
        if (activity !== null) batch.push(activity)
        if (batch.length < BATCH) continue
        yield batch
        batch = []
      }
    }
    if (batch.length > 0) yield batch
  }

  #take(one: Activity | Fault): Activity | null {
    this.records += 1
    const read = one instanceof Fault ? one : outside(one)
    if (!(read instanceof Fault)) {
      this.taken += 1
      if (read.person === null) this.unknown += 1
      return read
    }
    this.faulty += 1
    if (this.faults.length < MAX_FAULTS) this.faults.push({ record: this.records, says: read.says })
    return null
  }
}

/** Nobody outside tells what only the ledger tells, nor of people who don't exist: nothing is done to those. */
function outside(activity: Activity): Activity | Fault {
  if (activity.person !== null && isDrill(activity.person)) return new Fault('person: drills are planted here alone')
  if (activity.source !== 'ledger' && activity.kind.startsWith(`${activity.source}.`)) return activity
  return new Fault('kind: the name of an outside source and a dot are owed')
}
