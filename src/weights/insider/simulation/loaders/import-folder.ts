import { type Activity, Reorder } from '../../index.ts'
import { FORMAT, FolderWriter, type Manifest, type PersonNote } from '../folder.ts'
import { certDataSet } from './cert.ts'
import type { DataSet } from './data-set.ts'
import { lanlDataSet } from './lanl.ts'

const DAY_MS = 86_400_000

export const DATA_SETS = ['cert', 'lanl'] as const

export interface ImportOptions {
  readonly format: (typeof DATA_SETS)[number]
  readonly from: string
  readonly out: string
  /** Of CERT, where the folder's name doesn't tell. */
  readonly release?: string
  /** Only so many days from the first one. */
  readonly days?: number
  readonly progress?: (activities: number) => void
}

export interface Imported {
  readonly synthetic: boolean
  readonly origin: string
  readonly activities: number
  readonly days: number
  readonly people: number
  readonly campaigns: number
  /** Rows that tell of no activity. */
  readonly faults: number
  readonly digest: string
}

/**
 * Reads a data set of others from a folder that the user has, and writes it as `insider score` reads it. Memory doesn't grow with it.
 *
 * @throws {AppError} REQUEST_INVALID for a folder that is none, CONFLICT when `out` is not empty
 */
export async function importFolder({ format, from, out, release, days, progress }: ImportOptions): Promise<Imported> {
  const set = format === 'cert' ? await certDataSet(from, release) : await lanlDataSet(from)
  const writer = new FolderWriter(out)
  try {
    const spread = new Spread(writer, days ?? Number.POSITIVE_INFINITY)
    for await (const activities of inOrder(set)) {
      const isOver = spread.add(activities)
      progress?.(writer.activities)
      if (isOver) break
    }
    const { startMs, dayCount } = spread
    const people = peopleOf(set, spread.people)
    const endMs = startMs + dayCount * DAY_MS
    const truths = set.truths().filter((truth) => truth.startsMs >= startMs && truth.startsMs < endMs)
    const manifest: Manifest = {
      // CERT's people were invented by its makers; whoever is in LANL's has lived, under another name.
      ...{ format: FORMAT, synthetic: format === 'cert', origin: set.origin, seed: null, parameters: null },
      ...{ people: people.length, days: Math.max(1, dayCount), startMs },
    }
    const digest = writer.finish(manifest, people, truths)
    const { origin, faults } = set
    const { activities } = writer
    return {
      synthetic: manifest.synthetic,
      origin,
      activities,
      days: dayCount,
      people: people.length,
      campaigns: truths.length,
      faults: faults.rows,
      digest,
    }
  } catch (error) {
    writer.abandon()
    throw error
  }
}

async function* inOrder(set: DataSet): AsyncGenerator<readonly Activity[]> {
  const reorder = new Reorder({ windowMs: set.windowMs })
  for await (const batch of set.activities()) yield batch.flatMap((activity) => reorder.add(activity))
  yield reorder.end()
}

/** Lays activities into the files of their days. */
class Spread {
  readonly people = new Set<string>()
  readonly #writer: FolderWriter
  readonly #days: number
  startMs = 0
  dayCount = 0

  constructor(writer: FolderWriter, days: number) {
    this.#writer = writer
    this.#days = days
  }

  /** @returns whether the days that are wanted are over */
  add(activities: readonly Activity[]): boolean {
    for (const [startMs, all] of Map.groupBy(activities, ({ timeMs }) => timeMs - (timeMs % DAY_MS))) {
      if (this.dayCount === 0) this.startMs = startMs
      const day = (startMs - this.startMs) / DAY_MS
      if (day >= this.#days) return true
      this.dayCount = Math.max(this.dayCount, day + 1)
      this.#writer.append(startMs, all)
      for (const { person } of all) if (person !== null) this.people.add(person)
    }
    return false
  }
}

function peopleOf(set: DataSet, seen: ReadonlySet<string>): PersonNote[] {
  const known = set.people()
  const ids = new Set(known.map(({ id }) => id))
  return [...known, ...[...seen].filter((id) => !ids.has(id)).map((id) => ({ id, role: null, team: null }))]
}
