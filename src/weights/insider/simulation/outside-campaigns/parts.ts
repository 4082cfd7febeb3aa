import type { Actor, Grant } from '../campaign.ts'
import type { Draw } from '../draw.ts'
import type { ModelFile, ModelVersion } from '../world/world.ts'

export interface Part {
  readonly file: ModelFile
  readonly start: number
  readonly bytes: number
}

/** What of a model somebody has still to take: each range once. */
export class Parts {
  readonly #waiting: Part[]
  readonly #taken: Part[] = []

  /** @param parts in the order in which they are to be taken */
  constructor(parts: readonly Part[]) {
    this.#waiting = [...parts].reverse()
  }

  /** Ranges of about `chunkBytes`, mixed by `draw`, from end to end without one. */
  static of(files: readonly ModelFile[], chunkBytes: number, draw?: Draw): Parts {
    const parts = files.filter(({ isCanary }) => !isCanary).flatMap((file) => pieces(file, chunkBytes, draw))
    return new Parts(draw === undefined ? parts : draw.shuffled(parts))
  }

  /** One range per tensor, as far as a tensor's size can be known from outside: evenly. */
  static tensors(version: ModelVersion, draw: Draw): Parts {
    const files = version.files.filter(({ isCanary }) => !isCanary)
    return new Parts(draw.shuffled(files.flatMap((file) => pieces(file, file.sizeBytes / Math.max(1, file.tensors)))))
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0
  }

  /**
   * Reads the next ones, until `bytes` were read or the grant gives no more.
   *
   * @param again of reads, how many only look again at what was taken before, as honest work does
   * @param pauseMs between two reads, on average
   * @returns bytes that left and were new
   */
  take(actor: Actor, grant: Grant, bytes: number, { draw, again = 0, pauseMs = 0 }: Manner): number {
    let taken = 0
    while (taken < bytes) {
      const part = this.#waiting.at(-1)
      if (part === undefined) break
      if (this.#taken.length > 0 && draw.chance(again)) actor.read(grant, draw.pick(this.#taken))
      else {
        const got = actor.read(grant, part)
        if (got === 0) break
        this.#waiting.pop()
        this.#taken.push(part)
        taken += got
      }
      if (pauseMs > 0) actor.wait(Math.round(draw.exponential(pauseMs)))
    }
    return taken
  }
}

export interface Manner {
  readonly draw: Draw
  readonly again?: number
  readonly pauseMs?: number
}

/** A file in pieces of about `bytes` each: of no two the same size with `draw`, so that no grid shows. */
function pieces(file: ModelFile, bytes: number, draw?: Draw): Part[] {
  const count = Math.min(4_096, Math.max(1, Math.round(file.sizeBytes / Math.max(1, bytes))))
  const cuts = Array.from({ length: count + 1 }, (_, at) => {
    const shift = draw === undefined || at === 0 || at === count ? 0 : draw.real(-0.45, 0.45)
    return Math.floor((file.sizeBytes * (at + shift)) / count)
  })
  return cuts
    .slice(0, -1)
    .map((start, at) => ({ file, start, bytes: (cuts[at + 1] ?? start) - start }))
    .filter((part) => part.bytes > 0)
}
