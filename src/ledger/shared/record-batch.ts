import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { WrittenBody } from '../recent.ts'
import { MAX_BODY_BYTES } from '../record.ts'
import type { LedgerEvent } from '../schema.ts'
import { COMMITMENT_DOMAIN, HASH_SIZE, SALT_SIZE, sha256 } from '../tlog/index.ts'
import type { SentRecords } from './store.ts'

const FIRST_BYTES = 64 * 1024
/** A buffer that one burst made larger than this is not used again. */
const KEPT_BYTES = 2 * 1024 * 1024
const SALT_AT = HASH_SIZE
const BODY_AT = SALT_AT + SALT_SIZE

interface Waiting {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Another event stands under the id: a defect of the caller, unless it races others for that id. */
class IdTaken extends AppError {
  constructor() {
    super('INTERNAL', 'another ledger event has this id')
  }
}

/** For who races: false where another was first. */
export function whereTaken(error: unknown): false {
  if (error instanceof IdTaken) return false
  throw error
}

/** Records that go to the database with one statement, and who waits for them. */
export class RecordBatch {
  /** Under way: nothing may be added. */
  sent = false
  #buffer: Buffer
  #used = 0
  readonly #bodies: WrittenBody[] = []
  readonly #eventIds: string[] = []
  readonly #known = new Set<string>()
  readonly #offsets: number[] = []
  readonly #lengths: number[] = []
  readonly #waiting: Waiting[] = []
  readonly #refused = new Set<number>()

  /** @param buffer One that nothing else uses any more. */
  constructor(buffer: Buffer = Buffer.allocUnsafe(FIRST_BYTES)) {
    this.#buffer = buffer
  }

  get count(): number {
    return this.#eventIds.length
  }

  get bytes(): number {
    return this.#used
  }

  has(eventId: string): boolean {
    return this.#known.has(eventId)
  }

  /** @returns its bytes @throws {AppError} INTERNAL over 32 KiB: events hold metadata, so that is a defect of the caller */
  add(event: LedgerEvent, body: string, ids: Ids): number {
    this.#reserve(BODY_AT + MAX_BODY_BYTES)
    const at = this.#used
    const buffer = this.#buffer
    const length = body.length > MAX_BODY_BYTES ? -1 : Buffer.byteLength(body)
    if (length < 0 || length > MAX_BODY_BYTES) throw new AppError('INTERNAL', 'a ledger event is larger than 32 KiB')
    buffer.write(body, at + BODY_AT)
    buffer.set(ids.bytes(SALT_SIZE), at + SALT_AT)
    // What is hashed is domain, salt and body side by side: the domain stands for a moment where the commitment comes.
    buffer.set(COMMITMENT_DOMAIN, at + SALT_AT - COMMITMENT_DOMAIN.length)
    const end = at + BODY_AT + length
    buffer.set(sha256(buffer.subarray(at + SALT_AT - COMMITMENT_DOMAIN.length, end)), at)
    this.#used = end
    this.#bodies.push({ kind: event.kind, body })
    this.#eventIds.push(event.id)
    this.#known.add(event.id)
    this.#offsets.push(at)
    this.#lengths.push(length)
    return end - at
  }

  /** For the record that was added last. */
  wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
    })
  }

  contents(): SentRecords {
    return {
      eventIds: this.#eventIds,
      offsets: this.#offsets,
      lengths: this.#lengths,
      bytes: this.#buffer.subarray(0, this.#used),
    }
  }

  /** @param bodies What stands in the database under these ids; null where it was erased, which can't be compared. */
  refuseOthers(bodies: ReadonlyMap<string, Buffer | null>): void {
    for (const [i, eventId] of this.#eventIds.entries()) {
      const stored = bodies.get(eventId)
      const at = (this.#offsets[i] ?? 0) + BODY_AT
      const body = this.#buffer.subarray(at, at + (this.#lengths[i] ?? 0))
      if (stored !== null && stored?.equals(body) !== true) this.#refused.add(i)
    }
  }

  /** Each body and its commitment, one character a byte. Of one that was there before, the commitment is another. */
  *recorded(): Generator<readonly [string, WrittenBody]> {
    for (const [i, body] of this.#bodies.entries()) {
      const at = this.#offsets[i] ?? 0
      yield [this.#buffer.toString('latin1', at, at + HASH_SIZE), body]
    }
  }

  /** All are recorded, but those that were refused. */
  settle(): void {
    for (const [i, { resolve, reject }] of this.#waiting.entries()) {
      if (this.#refused.has(i)) reject(new IdTaken())
      else resolve()
    }
  }

  fail(error: AppError): void {
    for (const { reject } of this.#waiting) reject(error)
  }

  /** Its memory, once it is settled: growing a new one for each batch would cost more than filling it. */
  takeBuffer(): Buffer | undefined {
    return this.#buffer.length <= KEPT_BYTES ? this.#buffer : undefined
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes <= this.#buffer.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#used + bytes))
    this.#buffer.copy(grown, 0, 0, this.#used)
    this.#buffer = grown
  }
}
