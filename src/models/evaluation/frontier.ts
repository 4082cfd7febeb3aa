import { SharedTurn } from '../../base/shared-turn.ts'
import type { Db } from '../../db/index.ts'
import { records } from '../records/index.ts'
import { Checkpoint } from '../registry/index.ts'
import type { ComputeFacts } from './compute/index.ts'

/** What a checkpoint has, for reading compute off. */
export function factsOf({ flops, loss, lossSet, gains }: Checkpoint, familySet: string | null): ComputeFacts {
  const comparable = loss !== null && familySet !== null && lossSet === familySet
  return { flops, loss: comparable ? loss : null, gains: gains.reduce((product, { factor }) => product * factor, 1) }
}

const CONCERNED = ['checkpoint', 'model', 'assessment', 'order', 'elicitation']

interface Line {
  first: Checkpoint
  /** None of these is beaten by another in compute, loss and gains alike. */
  best: Checkpoint[]
  /** When the last of them was recorded, milliseconds since the epoch. */
  newestMs: number
}
/** Of one model line. */
export type FrontierLine = Readonly<Omit<Line, 'best'>> & { readonly best: readonly Checkpoint[] }

/**
 * Of each model line the checkpoints of which one has grown most, and the first. Kept in memory and brought up to date by what changed, so
 * that asking takes one short query however many checkpoints there are.
 */
export class Frontier {
  readonly #lines = new Map<string, Line>()
  readonly #update: SharedTurn
  #version = -1

  constructor(db: Db) {
    this.#update = new SharedTurn(() => this.#read(db))
  }

  /**
   * @returns `frontier`: null for a line without checkpoints; `version`: of the last change that concerns whether an evaluation is due, of
   *   whichever line
   */
  async of(model: string): Promise<{
    readonly frontier: FrontierLine | null
    readonly version: number
  }> {
    const { lines, version } = await this.all()
    return { frontier: lines.get(model) ?? null, version }
  }

  /** As `of`, of every line that has a checkpoint. */
  async all(): Promise<{ readonly lines: ReadonlyMap<string, FrontierLine>; readonly version: number }> {
    await this.#update.run()
    return { lines: this.#lines, version: this.#version }
  }

  async #read(db: Db): Promise<void> {
    for (const { kind, body, version } of await records.changedSince(db, CONCERNED, this.#version)) {
      if (kind === 'checkpoint') this.#take(Checkpoint.parse(JSON.parse(body)))
      this.#version = Math.max(this.#version, version)
    }
  }

  #take(checkpoint: Checkpoint): void {
    const line = this.#lines.get(checkpoint.model)
    if (line === undefined) {
      const newestMs = Date.parse(checkpoint.recordedAt)
      this.#lines.set(checkpoint.model, { first: checkpoint, best: [checkpoint], newestMs })
      return
    }
    line.newestMs = Math.max(line.newestMs, Date.parse(checkpoint.recordedAt))
    if (isBefore(checkpoint, line.first)) line.first = checkpoint
    if (line.best.some((other) => beats(other, checkpoint))) return
    line.best = [...line.best.filter((other) => !beats(checkpoint, other)), checkpoint]
  }
}

function isBefore(one: Checkpoint, other: Checkpoint): boolean {
  return one.takenAt < other.takenAt || (one.takenAt === other.takenAt && one.flops < other.flops)
}

/** Whether by every estimate the one has grown as much as the other, or more. */
function beats(one: Checkpoint, other: Checkpoint): boolean {
  const [a, b] = [factsOf(one, one.lossSet), factsOf(other, other.lossSet)]
  const comparable = b.loss === null || (a.loss !== null && one.lossSet === other.lossSet && a.loss <= b.loss)
  return a.flops * a.gains >= b.flops * b.gains && a.gains >= b.gains && comparable
}
