import { z } from 'zod'
import { type Activity, Fault, linesOf, readActivityLine } from './activity/index.ts'

/** What a collector may send, by the form of its lines; `activity` is our own (`safelevel-activity/v1`), of outside sources alone. */
export const IMPORT_SOURCES = ['ocsf', 'cloudtrail', 'okta', 'auditd', 'activity'] as const
export type ImportSource = (typeof IMPORT_SOURCES)[number]

export const ImportReport = z
  .object({
    source: z.enum(IMPORT_SOURCES),
    lines: z.int(),
    taken: z.int(),
    imports: z.array(z.string()).meta({ description: 'as the ledger names them' }),
    known: z.int().meta({ description: 'how many of these imports had come before, word for word' }),
    faults: z.array(z.object({ line: z.int(), says: z.string() })).meta({ description: 'the first 100' }),
    faulty: z.int(),
  })
  .meta({ id: 'InsiderImport' })
export type ImportReport = z.infer<typeof ImportReport>

const MAX_FAULTS = 100
const BATCH = 2_000

/** What was read of a stream: activities by batches, and what is wrong with the rest. */
export class ImportLines {
  lines = 0
  taken = 0
  faulty = 0
  readonly faults: { line: number; says: string }[] = []
  readonly #source: ImportSource

  constructor(source: ImportSource) {
    this.#source = source
  }

  async *batches(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Activity[]> {
    let batch: Activity[] = []
    for await (const lines of linesOf(chunks)) {
      for (const line of lines) {
        const activity = this.#read(line)
        if (activity !== null) batch.push(activity)
        if (batch.length < BATCH) continue
        yield batch
        batch = []
      }
    }
    if (batch.length > 0) yield batch
  }

  #read(line: string | Fault): Activity | null {
    this.lines += 1
    const read = line instanceof Fault ? line : readOutside(this.#source, line)
    if (!(read instanceof Fault)) {
      this.taken += 1
      return read
    }
    this.faulty += 1
    if (this.faults.length < MAX_FAULTS) this.faults.push({ line: this.lines, says: read.says })
    return null
  }
}

/** Nobody outside tells what the ledger tells, or of people who don't exist. */
function readOutside(_source: ImportSource, line: string): Activity | Fault {
  const read = readActivityLine(line)
  if (read instanceof Fault) return read
  if (read.source === 'ledger' || !read.kind.startsWith(`${read.source}.`))
    return new Fault('kind: the name of an outside source and a dot are owed')
  return read
}
