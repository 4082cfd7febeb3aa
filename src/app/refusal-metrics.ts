import { Gauge, type Registry } from 'prom-client'
import { type RefusalRecords, ResultKind } from '../refusal/records/index.ts'
import { DATASET_QUEUE, type Review } from '../review/index.ts'

export interface RefusalSources {
  readonly records: Pick<RefusalRecords, 'tally'>
  readonly review: Pick<Review, 'openIn'>
}

/** What is known of refusals, by numbers alone: no label names a model or a checkpoint. */
export function measureRefusals(registry: Registry, { records, review }: RefusalSources): void {
  const registers = [registry]
  new Gauge({
    name: 'safelevel_refusal_results',
    help: 'Results about refusals that are on record, those of the sandbox among them, by kind; at most a minute old',
    labelNames: ['kind'],
    registers,
    collect() {
      const { counts } = records.tally()
      for (const kind of ResultKind.options) this.set({ kind }, counts.get(kind) ?? 0)
    },
  })
  new Gauge({
    name: 'safelevel_refusal_evaluation_ratio',
    help: 'What the last evaluation of a model found, as share and as upper end of its interval; none before there is one',
    labelNames: ['measure', 'bound'],
    registers,
    collect() {
      // A share that nobody measured is no zero.
      this.reset()
      const { last } = records.tally()
      if (last === null) return
      const { attackSuccess, overRefusal } = last.head
      for (const [measure, found] of Object.entries({ attack_success: attackSuccess, over_refusal: overRefusal })) {
        if (found === null || found.rate === null) continue
        this.set({ measure, bound: 'found' }, found.rate)
        this.set({ measure, bound: 'upper' }, found.interval?.[1] ?? 1)
      }
    },
  })
  new Gauge({
    name: 'safelevel_refusal_spot_checks_open',
    help: 'Records of datasets that were drawn for people and wait for a verdict',
    registers,
    async collect() {
      this.set(await review.openIn(DATASET_QUEUE))
    },
  })
}
