import { AppError } from '../../base/errors.ts'
import { canonicalJson, type Ledger, type LedgerEvent } from '../../ledger/index.ts'
import type * as form from './schema.ts'
import type { BundleFile } from './zip.ts'

/** An entry as a bundle tells of it, with its proof where it has one. */
export interface ToldEntry {
  readonly cited: form.CitedEntry
  readonly file?: BundleFile
}

/** Each entry with its proof, unless it is erased, or told to nobody who asks here. */
export async function tell(
  ledger: Pick<Ledger, 'entry' | 'proof'>,
  entries: ReadonlySet<number>,
  withheld: (event: LedgerEvent) => boolean,
): Promise<ToldEntry[]> {
  const all: ToldEntry[] = []
  for (const entry of [...entries].sort((a, b) => a - b)) {
    const { event } = await ledger.entry(entry)
    if (event === null) all.push({ cited: { entry, event: null, told: 'erased' } })
    else if (withheld(event)) all.push({ cited: { entry, event: null, told: 'withheld' } })
    else {
      const proof = await ledger.proof(entry).catch(erasedMeanwhile)
      const told = proof === null ? ('erased' as const) : ('proof' as const)
      const cited = { entry, event: proof === null ? null : event.kind, told }
      // Canonical, so that the event lies in the file exactly as it was hashed.
      all.push(proof === null ? { cited } : { cited, file: textFile(`proofs/${entry}.json`, canonicalJson(proof)) })
    }
  }
  return all
}

function erasedMeanwhile(error: unknown): null {
  if (error instanceof AppError && error.code === 'LEDGER_ENTRY_NOT_FOUND') return null
  throw error
}

export function textFile(path: string, words: string): BundleFile {
  return { path, bytes: Buffer.from(words) }
}

export function jsonFile(path: string, value: object): BundleFile {
  return textFile(path, `${JSON.stringify(value, null, 2)}\n`)
}
