import { isIntact, type LedgerRecord, type Records } from './record.ts'
import { type Checkpoint, type KnownHead, type LogSource, sameHash, TlogError, verifyLog } from './tlog/index.ts'

export interface AuditOptions {
  readonly source: LogSource
  /** Its signature is the caller's to check. */
  readonly checkpoint: Checkpoint
  /** The private bodies, where they are at hand. */
  readonly segments: Records | null
  readonly known?: KnownHead | undefined
  readonly onProgress?: (entries: number) => void
  readonly prefetch?: number
}

export interface AuditReport {
  /** Null when no bodies were at hand. */
  readonly bodies: { readonly checked: number; readonly erased: number } | null
}

/**
 * Verifies a whole ledger: entries and tiles against the root, and each private body against its commitment.
 *
 * @throws {TlogError} Besides what `verifyLog` throws: COMMITMENT for a body that was changed, MISSING for one that is gone.
 */
export async function auditLedger(options: AuditOptions): Promise<AuditReport> {
  const { source, checkpoint, segments, known, onProgress, prefetch } = options
  const bodies = segments === null ? null : new BodyCheck(segments, checkpoint.size)
  try {
    await verifyLog(source, checkpoint, {
      ...(known && { known }),
      ...(prefetch !== undefined && { prefetch }),
      onEntries: async (start, entries) => {
        for (const [i, entry] of entries.entries()) await bodies?.check(start + i, entry)
        onProgress?.(start + entries.length)
      },
    })
  } finally {
    await bodies?.close()
  }
  return { bodies: bodies && { checked: bodies.checked, erased: bodies.erased } }
}

/** Goes through the segments in step with the public entries. */
class BodyCheck {
  checked = 0
  erased = 0
  readonly #segments: Records
  readonly #pages: AsyncGenerator<LedgerRecord[]>
  #page: Iterator<LedgerRecord> = [].values()

  constructor(segments: Records, size: number) {
    this.#segments = segments
    this.#pages = segments.pages(0, size)
  }

  async check(position: number, entry: Uint8Array): Promise<void> {
    const record = await this.#next()
    if (record?.position !== position)
      throw new TlogError('MISSING', `the private record of entry ${position} is missing`)
    if (!sameHash(record.commitment, entry))
      throw new TlogError('COMMITMENT', `the private record of entry ${position} is not the one in the public log`)
    // A running server may erase a body between the reading of its mark and the reading of its bytes: look again.
    const settled = isIntact(record) ? record : await this.#segments.read(position)
    if (settled === null || !isIntact(settled))
      throw new TlogError('COMMITMENT', `the body of entry ${position} is not the one that was committed to`)
    if (settled.erased) this.erased++
    else this.checked++
  }

  /** Lets go of the segment that is open. */
  async close(): Promise<void> {
    await this.#pages.return(undefined)
  }

  async #next(): Promise<LedgerRecord | null> {
    const { value, done } = this.#page.next()
    if (!done) return value
    const page = await this.#pages.next()
    if (page.done) return null
    this.#page = page.value.values()
    return this.#next()
  }
}
