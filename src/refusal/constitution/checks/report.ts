import { wilson } from '../../../screening/evaluation/index.ts'
import type { DatasetManifest, DatasetRecord } from '../schema.ts'
import { openingsOf } from './openings.ts'
import { type Facts, wordsOf } from './record.ts'
import { type CheckedRate, type DatasetReport, REPORT_FORMAT } from './report-schema.ts'
import { warningsOf } from './warnings.ts'
import { refusalOpenings } from './whole.ts'

const WORD_BINS = [0, 5, 10, 20, 40, 80, 160, 320, 640] as const
const LABEL_BINS = 10

/** Gathers what a report says while records pass by, one at a time. */
export class ReportBuilder {
  readonly #labels = { judged: 0, unjudged: 0, second: 0, decided: 0, both: 0, agree: 0, firstPlace: 0, verdicts: 0 }
  readonly #histogram = new Array<number>(LABEL_BINS).fill(0)
  readonly #words = { initial: WORD_BINS.map(() => 0), final: WORD_BINS.map(() => 0) }
  readonly #principles = new Map<string, { revised: number; judged: number }>()
  readonly #critiques = { all: 0, pointless: 0 }
  readonly #duplicates = { prompts: 0, answers: 0 }
  #drawn = 0
  #overRefused = 0

  take(record: DatasetRecord): void {
    const has = (name: string) => record.flags.some(({ flag }) => flag === name)
    if (has('over_refusal')) this.#overRefused += 1
    if (has('near_duplicate')) this.#duplicates.prompts += 1
    if (has('stock_answer')) this.#duplicates.answers += 1
    this.#critiques.all += record.rounds.length
    this.#critiques.pointless += record.flags.filter(({ flag }) => flag === 'pointless_critique').length
    for (const { principle } of record.rounds) this.#principle(principle).revised += 1
    this.#takePair(record)
    this.#takeWords(record)
    if (record.spotCheck) this.#drawn += 1
  }

  #principle(id: string): { revised: number; judged: number } {
    const known = this.#principles.get(id) ?? { revised: 0, judged: 0 }
    this.#principles.set(id, known)
    return known
  }

  #takePair({ pair, prompt }: DatasetRecord): void {
    if (pair === null) return
    const labels = this.#labels
    for (const { principle, firstShown, secondShown } of pair.judgements) {
      this.#principle(principle).judged += 1
      // With `second` shown first, a verdict for `second` is one for the first place.
      for (const forFirstPlace of [firstShown === null ? null : 1 - firstShown, secondShown]) {
        if (forFirstPlace === null) continue
        labels.verdicts += 1
        if (forFirstPlace > 0.5) labels.firstPlace += 1
      }
      if (firstShown === null || secondShown === null) continue
      labels.both += 1
      if ((firstShown - 0.5) * (secondShown - 0.5) > 0) labels.agree += 1
    }
    if (pair.label === null) {
      labels.unjudged += 1
      return
    }
    labels.judged += 1
    const bin = Math.min(LABEL_BINS - 1, Math.floor(pair.label.raw * LABEL_BINS))
    this.#histogram[bin] = (this.#histogram[bin] ?? 0) + 1
    if (prompt.kind !== 'harmful' || pair.preferred === null) return
    labels.decided += 1
    if (pair.preferred === 'second') labels.second += 1
  }

  #takeWords({ initial, answer, prompt }: DatasetRecord): void {
    if (prompt.kind !== 'harmful') return
    for (const [text, into] of [
      [initial?.text, this.#words.initial],
      [answer?.text, this.#words.final],
    ] as const) {
      if (text === undefined) continue
      const words = wordsOf(text)
      const bin = WORD_BINS.findLastIndex((from) => words >= from)
      into[bin] = (into[bin] ?? 0) + 1
    }
  }

  build(manifest: Pick<DatasetManifest, 'records' | 'isSandbox'>, facts: readonly Facts[]): DatasetReport {
    const labels = this.#labels
    const helpful = facts.filter(({ kind, whole }) => kind === 'helpful' && whole)
    const report: Omit<DatasetReport, 'warnings'> = {
      format: REPORT_FORMAT,
      records: manifest.records.digest,
      isSandbox: manifest.isSandbox,
      openings: openingsOf(refusalOpenings(facts)),
      stages: stagesOf(facts),
      helpful: {
        overRefusal: rateOf(this.#overRefused, helpful.length),
        medianWords: median(helpful.flatMap(({ stages }) => stages.at(-1)?.words ?? [])),
      },
      critiques: { pointless: rateOf(this.#critiques.pointless, this.#critiques.all) },
      labels: {
        judged: labels.judged,
        unjudged: labels.unjudged,
        secondPreferred: rateOf(labels.second, labels.decided),
        ordersAgree: rateOf(labels.agree, labels.both),
        firstPlaceChosen: rateOf(labels.firstPlace, labels.verdicts),
        histogram: [...this.#histogram],
      },
      words: {
        histogram: WORD_BINS.map((from, at) => ({
          from,
          initial: this.#words.initial[at] ?? 0,
          final: this.#words.final[at] ?? 0,
        })),
      },
      principles: [...this.#principles]
        .map(([principle, counts]) => ({ principle, ...counts }))
        .sort((a, b) => (a.principle < b.principle ? -1 : 1)),
      duplicates: { ...this.#duplicates },
      spotChecks: { drawn: this.#drawn, judged: 0, upheld: 0, rejected: 0, agreement: null },
    }
    return { ...report, warnings: warningsOf(report, manifest) }
  }
}

function stagesOf(facts: readonly Facts[]): DatasetReport['stages'] {
  const harmful = facts.filter(({ kind, whole }) => kind === 'harmful' && whole)
  const most = Math.max(0, ...harmful.map(({ stages }) => stages.length))
  return Array.from({ length: most }, (_, at) => {
    const stages = harmful.flatMap((fact) => fact.stages[at] ?? [])
    const judged = stages.filter(({ harmful: found }) => found !== null)
    return {
      stage: at === 0 ? 'first answer' : `revision ${at}`,
      harmful: rateOf(judged.filter((one) => one.harmful).length, judged.length, stages.length - judged.length),
      refused: rateOf(stages.filter((one) => one.refused).length, stages.length),
      medianWords: median(stages.map(({ words }) => words)),
    }
  })
}

/** A share with its interval; what is unknown is in neither. */
export function rateOf(count: number, of: number, unknown = 0): CheckedRate {
  const all = of + unknown
  const [low, high] = [wilson(count, all).interval, wilson(count + unknown, all).interval]
  const interval: [number, number] | null = low === null || high === null ? null : [low[0], high[1]]
  return { count, of, unknown, rate: of === 0 ? null : count / of, interval }
}

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2
}
