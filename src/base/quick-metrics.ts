import { Counter, type Registry } from 'prom-client'

interface Observed {
  /** How many observations fell into each bucket, the last one for what is over all bounds. */
  readonly counts: Float64Array
  sum: number
}

/**
 * A Prometheus histogram with one label, for what is observed several times in each request: prom-client's own reads and hashes its labels anew
 * each time, which costs some microseconds. It is shown through a registry like any other.
 */
export class QuickHistogram {
  readonly type = 'histogram'
  readonly aggregator = 'sum'
  readonly name: string
  readonly help: string
  readonly labelNames: readonly [string]
  readonly #bounds: readonly number[]
  readonly #observed = new Map<string, Observed>()

  /** @param options.bounds upper bounds of the buckets, ascending */
  constructor(options: {
    readonly name: string
    readonly help: string
    readonly label: string
    readonly bounds: readonly number[]
    readonly registry: Registry
  }) {
    this.name = options.name
    this.help = options.help
    this.labelNames = [options.label]
    this.#bounds = options.bounds
    // The registry asks a metric for no more than this; its type names prom-client's own classes alone.
    options.registry.registerMetric(this as unknown as Counter)
  }

  /** @param value finite, in the unit of the bounds */
  observe(labelValue: string, value: number): void {
    let observed = this.#observed.get(labelValue)
    if (observed === undefined) {
      observed = { counts: new Float64Array(this.#bounds.length + 1), sum: 0 }
      this.#observed.set(labelValue, observed)
    }
    let at = 0
    while (at < this.#bounds.length && value > (this.#bounds[at] as number)) at++
    observed.counts[at] = (observed.counts[at] as number) + 1
    observed.sum += value
  }

  /** As the registry asks for it: cumulative buckets, sum and count for each value of the label. */
  get(): Promise<{
    name: string
    help: string
    type: string
    aggregator: string
    values: { metricName: string; labels: Record<string, string | number>; value: number }[]
  }> {
    const values: { metricName: string; labels: Record<string, string | number>; value: number }[] = []
    const [label] = this.labelNames
    for (const [labelValue, { counts, sum }] of this.#observed) {
      const labels = { [label]: labelValue }
      let count = 0
      for (const [at, more] of counts.entries()) {
        count += more
        const le = this.#bounds[at] ?? '+Inf'
        values.push({ metricName: `${this.name}_bucket`, labels: { le, ...labels }, value: count })
      }
      values.push({ metricName: `${this.name}_sum`, labels, value: sum })
      values.push({ metricName: `${this.name}_count`, labels, value: count })
    }
    return Promise.resolve({ name: this.name, help: this.help, type: this.type, aggregator: this.aggregator, values })
  }
}

/** A Prometheus counter whose labels are read when it is asked for, for what is counted in each request. */
export class QuickCounter<Label extends string> {
  readonly #labels: readonly Label[]
  /** By the values of the labels, in their order. */
  readonly #counts = new Map<string, { readonly values: readonly string[]; count: number }>()

  constructor(options: {
    readonly name: string
    readonly help: string
    readonly labels: readonly Label[]
    readonly registry: Registry
  }) {
    this.#labels = options.labels
    const counts = this.#counts
    const labelsOf = (values: readonly string[]) => this.#labelsOf(values)
    new Counter<Label>({
      name: options.name,
      help: options.help,
      labelNames: options.labels,
      registers: [options.registry],
      collect() {
        this.reset()
        for (const { values, count } of counts.values()) this.inc(labelsOf(values), count)
      },
    })
  }

  /** @param values of the labels, in the order in which they were declared */
  inc(...values: readonly string[]): void {
    const key = values.join('\n')
    const counted = this.#counts.get(key)
    if (counted === undefined) this.#counts.set(key, { values, count: 1 })
    else counted.count++
  }

  #labelsOf(values: readonly string[]): Record<Label, string> {
    return Object.fromEntries(this.#labels.map((label, at) => [label, values[at] ?? ''])) as Record<Label, string>
  }
}
