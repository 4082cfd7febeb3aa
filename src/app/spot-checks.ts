import { type Clock, iso } from '../base/clock.ts'
import { type SpotVerdicts, VERDICTS_FORMAT } from '../refusal/constitution/index.ts'
import type { RefusalRecords } from '../refusal/records/index.ts'
import { type Review, recordSource } from '../review/index.ts'

export interface SpotChecksDeps {
  readonly records: {
    readonly dataset: RefusalRecords['dataset']
    readonly rows: Pick<RefusalRecords['rows'], 'list'>
  }
  readonly review: Pick<Review, 'openCase' | 'outcomes'>
  readonly clock: Clock
}

const DRAWN = { flag: 'spot_check' } as const
const AT_ONCE = 200

/** Records of datasets that were drawn for people: cases of the review queue `constitution`, and what they come to. */
export class SpotChecks {
  readonly #deps: SpotChecksDeps

  constructor(deps: SpotChecksDeps) {
    this.#deps = deps
  }

  /**
   * One case for each record that was drawn; told again, it opens none twice.
   *
   * @returns how many were drawn @throws {AppError} NOT_FOUND
   */
  async open(dataset: string): Promise<number> {
    const at = iso(this.#deps.clock.now())
    let drawn = 0
    for await (const { position } of this.#drawn(dataset)) {
      const source = recordSource(dataset, position)
      await this.#deps.review.openCase({ source, basis: 'dataset', severity: 'low', at })
      drawn += 1
    }
    return drawn
  }

  /** What people found so far: a record that was upheld is sound. @throws {AppError} NOT_FOUND */
  async verdicts(dataset: string): Promise<SpotVerdicts> {
    const { head } = await this.#deps.records.dataset(dataset)
    const verdicts: SpotVerdicts['verdicts'] = {}
    const names = new Map<string, string>()
    for await (const { position, name } of this.#drawn(dataset)) names.set(recordSource(dataset, position), name)
    const sources = [...names.keys()]
    for (let from = 0; from < sources.length; from += AT_ONCE) {
      const outcomes = await this.#deps.review.outcomes(sources.slice(from, from + AT_ONCE))
      for (const [source, outcome] of outcomes) {
        if (outcome !== null) verdicts[names.get(source) ?? ''] = outcome === 'uphold' ? 'upheld' : 'rejected'
      }
    }
    return { format: VERDICTS_FORMAT, records: head.records.digest, verdicts }
  }

  async *#drawn(dataset: string) {
    let from: number | null = 0
    while (from !== null) {
      const page: Awaited<ReturnType<RefusalRecords['rows']['list']>> = await this.#deps.records.rows.list(
        dataset,
        DRAWN,
        from,
        AT_ONCE,
      )
      yield* page.items
      from = page.next
    }
  }
}
