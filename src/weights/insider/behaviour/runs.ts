import { z } from 'zod'
import type { Json } from '../signals/signal.ts'
import { FILE_ROOM } from './intervals.ts'
import type { Seen } from './model.ts'
import { type Kept, restoreInto, snapshotOf, Table } from './table.ts'

/** Where it began, where it goes on, and how much it came to. */
const Run = z.object({ from: z.number(), next: z.number(), bytes: z.number() })

/**
 * One range after the other, under one grant and from one device. Whoever wants a file reads it from its start; to go on from somewhere within it is how a copy is
 * taken up again, or divided among people.
 */
export class Runs implements Kept {
  readonly #runs = new Table(Run, 20_000)

  look(seen: Seen, version: string, from: number, bytes: number): void {
    const { grant, host } = seen.activity
    const key = `${seen.person} ${grant ?? version} ${host ?? ''}`
    const run = this.#runs.get(key) ?? this.#runs.set(key, { from, next: from, bytes: 0 })
    const isNextFile = from % FILE_ROOM === 0 && from > run.next && from - run.next < FILE_ROOM
    if (run.next !== from && !isNextFile) Object.assign(run, { from, bytes: 0 })
    run.next = from + bytes
    run.bytes += bytes
    if (run.from % FILE_ROOM > 0) seen.raise('mid_run', run.bytes)
  }

  snapshot(): Json {
    return snapshotOf({ runs: this.#runs })
  }

  restore(snapshot: Json): void {
    restoreInto({ runs: this.#runs }, snapshot)
  }
}
