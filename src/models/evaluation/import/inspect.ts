import { z } from 'zod'
import type { Outcome } from '../verdict/index.ts'
import { type Collector, type ImportOptions, invalid, outcomeOf, parseLoose, toUtc } from './parsed-log.ts'

const Loose = z.looseObject
const Scorer = Loose({ name: z.string() })

/** The parts of an Inspect log's header that are read; the format is theirs and grows, so the rest is left alone. */
const Header = Loose({
  status: z.string().optional(),
  invalidated: z.boolean().nullish(),
  log_updates: z.array(z.unknown()).nullish(),
  eval: Loose({
    created: z.string().nullish(),
    model: z.string().nullish(),
    revision: Loose({ dirty: z.boolean().nullish() }).nullish(),
    config: Loose({
      limit: z.unknown().optional(),
      epochs: z.number().nullish(),
      sample_id: z.unknown().optional(),
    }).nullish(),
    dataset: Loose({ samples: z.number().nullish() }).nullish(),
    scorers: z.array(Scorer).nullish(),
  }),
  stats: Loose({ started_at: z.string().nullish() }).nullish(),
  results: Loose({
    total_samples: z.number().nullish(),
    scores: z
      .array(
        Loose({
          name: z.string(),
          reducer: z.string().nullish(),
          metrics: z.record(z.string(), Loose({ value: z.unknown() })).nullish(),
        }),
      )
      .nullish(),
  }).nullish(),
})
type Header = z.infer<typeof Header>

const ScoreValue = Loose({
  value: z.unknown(),
  history: z.array(z.unknown()).nullish(),
  metadata: z.unknown().optional(),
})
const Sample = Loose({
  id: z.union([z.string(), z.number()]),
  epoch: z.number().default(1),
  scores: z.record(z.string(), ScoreValue).nullish(),
  /** Of early versions. */
  score: ScoreValue.nullish(),
  error: z.unknown().optional(),
  limit: z.unknown().optional(),
  invalidation: z.unknown().optional(),
  metadata: z.unknown().optional(),
  output: Loose({ choices: z.array(Loose({ stop_reason: z.string().nullish() })).nullish() }).nullish(),
})

const WithFamily = Loose({ family: z.string().min(1) })
const AnyRecord = z.record(z.string(), z.unknown())

/** Reads an Inspect log: the samples one by one, the header whenever it comes. Metrics are recomputed; theirs are only compared. */
export class InspectReader {
  readonly #into: Collector
  readonly #options: ImportOptions
  readonly #scorers = new Set<string>()
  /** Per sample the sum and number of its scores as numbers, for comparing. */
  readonly #means = new Map<string, { sum: number; count: number }>()
  #comparable = true

  constructor(into: Collector, options: ImportOptions) {
    this.#into = into
    this.#options = options
  }

  /** @param text JSON of one sample. @throws {AppError} REQUEST_INVALID */
  sample(text: string): void {
    const parsed = Sample.safeParse(parseLoose(text))
    if (!parsed.success) throw invalid('has a sample that is not one of Inspect’s', parsed.error)
    const sample = parsed.data
    const scores = sample.scores ?? (sample.score ? { score: sample.score } : {})
    const score = this.#chosen(scores)
    const id = String(sample.id)
    this.#into.addNumbered(id, sample.epoch, familyOf(sample.metadata), this.#outcome(sample, score))
    if (score !== undefined && (score.history?.length ?? 0) > 0) {
      this.#into.flag('edited', 'scores were edited after the run')
    }
    this.#compare(id, score?.value)
  }

  /** @throws {AppError} REQUEST_INVALID */
  header(value: unknown): void {
    const parsed = Header.safeParse(value)
    if (!parsed.success) throw invalid('has no header as Inspect writes it', parsed.error)
    const header = parsed.data
    this.#into.beganAt = toUtc(header.stats?.started_at) ?? toUtc(header.eval.created)
    this.#into.triedModel = header.eval.model?.slice(0, 200) ?? null
    this.#flag(header)
  }

  #outcome(sample: z.infer<typeof Sample>, score: z.infer<typeof ScoreValue> | undefined): Outcome {
    const outcome = score === undefined ? 'unscored' : outcomeOf(score.value, this.#options.passAt)
    // A success counts, whatever else happened to it.
    if (outcome === 'passed') return 'passed'
    if (present(sample.error)) return 'errored'
    if (sample.output?.choices?.some(({ stop_reason }) => stop_reason === 'content_filter')) return 'refused'
    if (isMarked(score?.metadata, 'refusal') || isMarked(sample.metadata, 'refusal')) return 'refused'
    if (present(sample.limit) || present(sample.invalidation)) return 'errored'
    return outcome
  }

  #chosen(scores: Readonly<Record<string, z.infer<typeof ScoreValue>>>): z.infer<typeof ScoreValue> | undefined {
    const { scorer } = this.#options
    for (const name of Object.keys(scores)) this.#scorers.add(name)
    if (scorer !== null) return Object.hasOwn(scores, scorer) ? scores[scorer] : undefined
    if (this.#scorers.size > 1) {
      const names = [...this.#scorers].join(', ').slice(0, 300)
      throw invalid(`has several scorers (${names}): say with --scorer which one counts`)
    }
    return Object.values(scores)[0]
  }

  #flag({ status, invalidated, log_updates: updates, eval: { revision, config, dataset }, results }: Header): void {
    const into = this.#into
    if (status !== 'success') into.flag('status', `the run did not end well: its status is ${word(status)}`)
    if (invalidated === true) into.flag('invalidated', 'the log was invalidated')
    if ((updates?.length ?? 0) > 0) into.flag('edited', 'the log was edited after the run')
    if (revision?.dirty === true) into.flag('dirty_revision', 'the code that ran it had changes that no revision holds')
    if (present(config?.limit) || present(config?.sample_id))
      into.flag('limited', 'only some samples of its set were run')
    const total = results?.total_samples ?? (dataset?.samples ?? 0) * (config?.epochs ?? 1)
    if (total !== into.tries)
      into.flag('missing_samples', `it says that there were ${total} samples, and has ${into.tries}`)
    this.#compareWith(results)
  }

  #compare(id: string, value: unknown): void {
    const number = toNumber(value)
    if (number === null) this.#comparable = false
    const mean = this.#means.get(id) ?? { sum: 0, count: 0 }
    this.#means.set(id, { sum: mean.sum + (number ?? 0), count: mean.count + 1 })
  }

  /** What the log says of its own mean must be what its samples say, where both can be told. */
  #compareWith(results: Header['results']): void {
    const { scorer } = this.#options
    const scores = results?.scores?.filter(
      ({ name, reducer }) => (scorer === null || name === scorer) && (!reducer || reducer === 'mean'),
    )
    const said = scores?.[0]?.metrics?.accuracy?.value ?? scores?.[0]?.metrics?.mean?.value
    if (!this.#comparable || typeof said !== 'number' || this.#means.size === 0) return
    let sum = 0
    for (const mean of this.#means.values()) sum += mean.sum / mean.count
    if (Math.abs(sum / this.#means.size - said) > 1e-6) {
      this.#into.flag('aggregate_differs', 'its own mean is not the mean of its samples: it was edited by hand')
    }
  }
}

const WORDS: Readonly<Record<string, number>> = { C: 1, I: 0, P: 0.5, N: 0 }

function toNumber(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value === 'boolean') return value ? 1 : 0
  return typeof value === 'string' && Object.hasOwn(WORDS, value) ? (WORDS[value] ?? null) : null
}

function familyOf(metadata: unknown): string | null {
  const parsed = WithFamily.safeParse(metadata)
  return parsed.success ? parsed.data.family : null
}

function isMarked(metadata: unknown, name: string): boolean {
  if (metadata === undefined || metadata === null) return false
  const parsed = AnyRecord.safeParse(metadata)
  return parsed.success && parsed.data[name] === true
}

function present(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false
}

/** Of a file that others wrote: only what looks like a word is repeated. */
function word(value: string | undefined): string {
  return value !== undefined && /^[a-z_]{1,30}$/.test(value) ? value : 'unknown'
}
