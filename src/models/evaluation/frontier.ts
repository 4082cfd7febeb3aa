import type { Db } from '../../db/index.ts'
import { changedSince } from '../records/index.ts'
import { Checkpoint } from '../registry/index.ts'
import type { ComputeFacts } from './compute/index.ts'

/** What a checkpoint has, for reading compute off. */
export function factsOf({ flops, loss, lossSet, gains }: Checkpoint, familySet: string | null): ComputeFacts {
  const comparable = loss !== null && familySet !== null && lossSet === familySet
  return { flops, loss: comparable ? loss : null, gains: gains.reduce((product, { factor }) => product * factor, 1) }
}

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

  /** @returns null for a line without checkpoints */
  async of(
    db: Db,
    model: string,
  ): Promise<{ readonly first: Checkpoint; readonly best: readonly Checkpoint[] } | null> {
    // One at a time: two that read the same changes would be no harm, one that overtakes the other would.
    this.#updating = (this.#updating ?? Promise.resolve()).catch(() => {}).then(() => this.#update(db))
    await this.#updating
    return this.#lines.get(model) ?? null
  }

  async #update(db: Db): Promise<void> {
    for (const { body, version } of await changedSince(db, ['checkpoint'], this.#version)) {
      this.#take(Checkpoint.parse(JSON.parse(body)))
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
