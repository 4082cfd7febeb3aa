import type { Db } from '../../db/index.ts'
import { changedSince } from '../records/index.ts'
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
}

/**
 * Of each model line the checkpoints of which one has grown most, and the first. Kept in memory and brought up to date by what changed, so
 * that asking takes one short query however many checkpoints there are.
 */
export class Frontier {
  readonly #lines = new Map<string, Line>()
  #version = -1
  #updating: Promise<void> | null = null

  /**
   * @returns `frontier`: null for a line without checkpoints; `version`: of the last change that concerns whether an evaluation is due, of
   *   whichever line
   */
  async of(
    db: Db,
    model: string,
  ): Promise<{
    readonly frontier: { readonly first: Checkpoint; readonly best: readonly Checkpoint[] } | null
    readonly version: number
  }> {
    // One at a time: two that read the same changes would be no harm, one that overtakes the other would.
    this.#updating = (this.#updating ?? Promise.resolve()).catch(() => {}).then(() => this.#update(db))
    await this.#updating
    return { frontier: this.#lines.get(model) ?? null, version: this.#version }
  }

  async #update(db: Db): Promise<void> {
    for (const { kind, body, version } of await changedSince(db, CONCERNED, this.#version)) {
      if (kind === 'checkpoint') this.#take(Checkpoint.parse(JSON.parse(body)))
      this.#version = Math.max(this.#version, version)
    }
  }

  #take(checkpoint: Checkpoint): void {
    const line = this.#lines.get(checkpoint.model)
    if (line === undefined) {
      this.#lines.set(checkpoint.model, { first: checkpoint, best: [checkpoint] })
      return
    }
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
