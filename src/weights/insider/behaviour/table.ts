import { z } from 'zod'
import { AppError } from '../../../base/errors.ts'
import type { Json } from '../signals/signal.ts'

/** What can be taken down as JSON and put back. */
export interface Kept {
  /** Shares its parts with what goes on: to be written down, or copied, before the next activity. */
  snapshot(): Json
  /** @throws {AppError} VERIFICATION_FAILED */
  restore(snapshot: Json): void
}

const Rows = z.array(z.tuple([z.string(), z.unknown()]))

/**
 * Records by a key, at most so many: the one that was put in first goes first. Which one goes depends on the order of what was put in alone, so
 * the same activities leave the same table.
 */
export class Table<T extends Json> implements Kept {
  readonly #schema: z.ZodType<T>
  readonly #most: number
  #rows = new Map<string, T>()

  /** @param schema of a record; records are plain JSON, and are changed in place */
  constructor(schema: z.ZodType<T>, most: number) {
    this.#schema = schema
    this.#most = most
  }

  get size(): number {
    return this.#rows.size
  }

  get(key: string): T | undefined {
    return this.#rows.get(key)
  }

  set(key: string, row: T): T {
    this.#rows.set(key, row)
    if (this.#rows.size > this.#most) for (const oldest of this.#rows.keys()) return this.#drop(oldest, row)
    return row
  }

  /** As if it were put in just now, so that what is in use outlives what is not. */
  renew(key: string): void {
    const row = this.#rows.get(key)
    if (row === undefined) return
    this.#rows.delete(key)
    this.#rows.set(key, row)
  }

  delete(key: string): void {
    this.#rows.delete(key)
  }

  entries(): IterableIterator<[string, T]> {
    return this.#rows.entries()
  }

  snapshot(): Json {
    return [...this.#rows]
  }

  restore(snapshot: Json): void {
    const rows = parsed(Rows, snapshot)
    this.#rows = new Map(rows.map(([key, row]) => [key, parsed(this.#schema, structuredClone(row))]))
  }

  #drop(key: string, row: T): T {
    this.#rows.delete(key)
    return row
  }
}

/** Everything that a model keeps, by name. */
export function snapshotOf(kept: Readonly<Record<string, Kept>>): Json {
  return Object.fromEntries(Object.entries(kept).map(([name, one]) => [name, one.snapshot()]))
}

/** @throws {AppError} VERIFICATION_FAILED where one of them is missing or of another shape */
export function restoreInto(kept: Readonly<Record<string, Kept>>, snapshot: Json): void {
  const parts = parsed(z.record(z.string(), z.json()), snapshot)
  for (const [name, one] of Object.entries(kept)) one.restore(parts[name] ?? null)
}

/** @throws {AppError} VERIFICATION_FAILED */
export function parsed<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw new AppError('VERIFICATION_FAILED', 'this is no snapshot of what is watched here', { cause: result.error })
}
