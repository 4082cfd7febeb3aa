import { setImmediate } from 'node:timers/promises'
import { normalize } from '../../normalize/normalize.ts'
import { LABELS, type Label } from '../../taxonomy.ts'
import type { Assessment, Classifier, ClassifyRequest, Evidence, Segment } from '../classifier.ts'
import { DigestCache } from './digest-cache.ts'
import { judgeSegment, type SegmentJudgment } from './segment-judge.ts'
import { COMPLETION_COLUMN, coverage, type LoadedScreen, loadScreen } from './weights.ts'
import { WindowJudge } from './window-judge.ts'

/** Requests with at most this many UTF-16 units in total are answered at once, without a promise. */
export const SYNC_LIMIT = 8_192
/** Units read between two turns of the event loop: about 2 ms of work. */
const SLICE = 65_536
/** Shorter texts are judged faster than digested. */
const CACHE_FROM = 512
const CACHE_ENTRIES = 4_096
const MIN_EVIDENCE = 0.1
const MAX_EVIDENCE = 8

type Side = ClassifyRequest['side']
export type Thresholds = Readonly<Partial<Record<Label, number>>>

/** One word of an explanation, with what it added to the score of a label (log odds; negative spoke against it). */
export interface ExplainedWord {
  readonly word: string
  /** Characters [start, end) of the original text. */
  readonly start: number
  readonly end: number
  readonly weight: number
}

/** The built-in cheap screen: hashed words, word pairs and character n-grams under a linear model per label. */
export class LinearScreen implements Classifier {
  readonly id: string
  readonly covers: Classifier['covers']
  /** Scores from which a label counts as found, calibrated in training for the manifest's false-positive budget. */
  readonly thresholds: Readonly<Record<Side, Thresholds>>
  readonly #screen: LoadedScreen
  readonly #judge: WindowJudge
  readonly #cache = new DigestCache<SegmentJudgment>(CACHE_ENTRIES)

  private constructor(screen: LoadedScreen) {
    const { manifest } = screen
    this.#screen = screen
    this.#judge = new WindowJudge(screen.weights)
    this.id = `${manifest.name}@${screen.digest.slice(0, 16)}`
    this.covers = { prompt: coverage(manifest.prompt), completion: coverage(manifest.completion) }
    this.thresholds = { prompt: manifest.prompt.thresholds, completion: manifest.completion.thresholds }
  }

  /**
   * @param assetsDir folder with `manifest.json` and `weights.bin`: `assets/screen` of the installation
   * @throws {AppError} CONFIG_INVALID or VERIFICATION_FAILED, see `loadScreen`
   */
  static load(assetsDir: string): LinearScreen {
    return new LinearScreen(loadScreen(assetsDir))
  }

  /** At once for ordinary requests; by promise above SYNC_LIMIT units, in slices that let other work run between. */
  classify(request: ClassifyRequest, signal?: AbortSignal): Assessment | Promise<Assessment> {
    signal?.throwIfAborted()
    const steps = this.#steps(request)
    let units = 0
    for (const { text } of request.segments) units += text.length
    if (units > SYNC_LIMIT) return runInSlices(steps, signal)
    for (;;) {
      const step = steps.next()
      if (step.done) return step.value
    }
  }

  *#steps(request: ClassifyRequest): Generator<number, Assessment> {
    const judgments: SegmentJudgment[] = []
    for (const { text } of request.segments) judgments.push(yield* this.#judged(text))
    return this.#assess(request.side, request.segments, judgments)
  }

  *#judged(text: string): Generator<number, SegmentJudgment> {
    if (text.length < CACHE_FROM) return yield* judgeSegment(text, this.#judge)
    const key = DigestCache.key(text)
    const known = this.#cache.get(key)
    if (known !== undefined) {
      yield 0
      return known
    }
    const judgment = yield* judgeSegment(text, this.#judge)
    this.#cache.set(key, judgment)
    return judgment
  }

  #assess(side: Side, segments: readonly Segment[], judgments: readonly SegmentJudgment[]): Assessment {
    const scores: Partial<Record<Label, number>> = {}
    const evidence: Evidence[] = []
    let testString = false
    for (const [column, label] of LABELS.entries()) {
      if (!this.covers[side].has(label)) continue
      let best: Evidence = { label, score: 0, segment: 0, start: 0, end: 0 }
      for (let s = 0; s < segments.length; s++) {
        const judgment = judgments[s]
        if (judgment === undefined) continue
        const test = judgment.testStrings.length > 0 ? judgment.testStrings.find((t) => t.label === label) : undefined
        if (test !== undefined) {
          testString = true
          best = { label, score: 1, segment: s, start: test.start, end: test.end }
          break
        }
        const score = this.#probability(side, label, column, judgment.logits)
        if (score > best.score) {
          best = { label, score, segment: s, start: judgment.starts[column] ?? 0, end: judgment.ends[column] ?? 0 }
        }
      }
      scores[label] = best.score
      if (best.score >= MIN_EVIDENCE) evidence.push(best)
    }
    evidence.sort((a, b) => b.score - a.score)
    return { classifier: this.id, scores, evidence: evidence.slice(0, MAX_EVIDENCE), testString }
  }

  #probability(side: Side, label: Label, column: number, logits: Float64Array): number {
    const own = logits[column] ?? 0
    const calibration = this.#screen.manifest[side].calibration[label]
    if (calibration === undefined || own === Number.NEGATIVE_INFINITY) return 0
    const { slope, completionSlope, intercept } = calibration
    const completion = completionSlope === 0 ? 0 : completionSlope * (logits[COMPLETION_COLUMN] ?? 0)
    return 1 / (1 + Math.exp(-(slope * own + completion + intercept)))
  }

  /**
   * The words that carried the score of `label`, strongest first, from the reading of the text that scores highest.
   * For people who review a decision; reads at most the first SYNC_LIMIT units.
   */
  explain(text: string, label: Label, limit = 10): ExplainedWord[] {
    const column = LABELS.indexOf(label)
    let best: ExplainedWord[] = []
    let bestWeight = Number.NEGATIVE_INFINITY
    for (const { content } of normalize(text.slice(0, SYNC_LIMIT))) {
      const words = this.#judge.contributions(content.text, column).map(({ start, end, weight }) => ({
        word: content.text.slice(start, end),
        ...content.originalRange(start, end),
        weight,
      }))
      words.sort((a, b) => b.weight - a.weight)
      const weight = words.slice(0, limit).reduce((sum, word) => sum + word.weight, 0)
      if (weight > bestWeight) {
        best = words
        bestWeight = weight
      }
    }
    return best.filter((word) => word.weight > 0).slice(0, limit)
  }
}

async function runInSlices<T>(steps: Generator<number, T>, signal: AbortSignal | undefined): Promise<T> {
  for (let units = 0; ; ) {
    const step = steps.next()
    if (step.done) return step.value
    units += step.value
    if (units < SLICE) continue
    units = 0
    await setImmediate()
    signal?.throwIfAborted()
  }
}
