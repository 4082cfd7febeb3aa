import { setImmediate } from 'node:timers/promises'
import { normalize } from '../../normalize/normalize.ts'
import { LABELS, type Label } from '../../taxonomy.ts'
import type { Assessment, Classifier, ClassifyRequest, Evidence, Segment } from '../classifier.ts'
import { DigestCache } from './digest-cache.ts'
import { judgeLong, judgeShort, type SegmentJudgment, testStringOf } from './segment-judge.ts'
import { type Calibration, COMPLETION_COLUMN, coverage, loadScreen, type ScreenManifest } from './weights.ts'
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
const MAX_PROBABILITY = 0.999_999

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
  readonly #calibrated: Readonly<Record<Side, readonly CalibratedLabel[]>>
  readonly #judge: WindowJudge
  readonly #cache = new DigestCache<SegmentJudgment>(CACHE_ENTRIES)

  private constructor(manifest: ScreenManifest, digest: string, judge: WindowJudge) {
    this.#judge = judge
    this.#calibrated = { prompt: calibrated(manifest.prompt), completion: calibrated(manifest.completion) }
    this.id = `${manifest.name}@${digest.slice(0, 16)}`
    this.covers = { prompt: coverage(manifest.prompt), completion: coverage(manifest.completion) }
    this.thresholds = { prompt: manifest.prompt.thresholds, completion: manifest.completion.thresholds }
  }

  /**
   * @param assetsDir folder with `manifest.json` and `weights.bin`: `assets/screen` of the installation
   * @throws {AppError} CONFIG_INVALID or VERIFICATION_FAILED, see `loadScreen`
   */
  static load(assetsDir: string): LinearScreen {
    const { manifest, digest, weights } = loadScreen(assetsDir)
    return new LinearScreen(manifest, digest, new WindowJudge(weights))
  }

  /** At once for ordinary requests; by promise above SYNC_LIMIT units, in slices that let other work run between. */
  classify(request: ClassifyRequest, signal?: AbortSignal): Assessment | Promise<Assessment> {
    signal?.throwIfAborted()
    const { side, segments } = request
    let units = 0
    for (const { text } of segments) units += text.length
    if (units > SYNC_LIMIT) return this.#classifyLong(side, segments, signal)
    const judgments: SegmentJudgment[] = []
    for (const { text } of segments) judgments.push(this.#judgeAtOnce(text))
    return this.#assess(side, judgments)
  }

  #judgeAtOnce(text: string): SegmentJudgment {
    if (text.length < CACHE_FROM) return judgeShort(text, this.#judge)
    const key = DigestCache.key(text)
    let judgment = this.#cache.get(key)
    if (judgment === undefined) {
      judgment = judgeShort(text, this.#judge)
      this.#cache.set(key, judgment)
    }
    return judgment
  }

  async #classifyLong(side: Side, segments: readonly Segment[], signal: AbortSignal | undefined): Promise<Assessment> {
    const judgments: SegmentJudgment[] = []
    let read = 0
    const pause = async (units: number) => {
      read += units
      if (read < SLICE) return
      read = 0
      await setImmediate()
      signal?.throwIfAborted()
    }
    for (const { text } of segments) {
      if (text.length <= SYNC_LIMIT) {
        judgments.push(this.#judgeAtOnce(text))
        await pause(text.length)
      } else judgments.push(await this.#judgeInSlices(text, pause))
    }
    return this.#assess(side, judgments)
  }

  async #judgeInSlices(text: string, pause: (units: number) => Promise<void>): Promise<SegmentJudgment> {
    const key = DigestCache.key(text)
    const known = this.#cache.get(key)
    if (known !== undefined) {
      await pause(text.length >> 4) // digesting is quicker than judging, yet not free
      return known
    }
    const steps = judgeLong(text, this.#judge)
    for (;;) {
      const step = steps.next()
      if (step.done) {
        this.#cache.set(key, step.value)
        return step.value
      }
      await pause(step.value)
    }
  }

  #assess(side: Side, judgments: readonly SegmentJudgment[]): Assessment {
    const scores: Partial<Record<Label, number>> = {}
    const evidence: Evidence[] = []
    let testString = false
    for (const calibratedLabel of this.#calibrated[side]) {
      const { label, column } = calibratedLabel
      let strongest = Number.NEGATIVE_INFINITY
      let at = -1
      for (let t = 0; t < judgments.length; t++) {
        const judgment = judgments[t]
        if (judgment === undefined) continue
        const found = testStringOf(judgment, label) !== undefined
        const odds = found ? Number.POSITIVE_INFINITY : logOdds(calibratedLabel, judgment.logits)
        if (odds > strongest) {
          strongest = odds
          at = t
        }
      }
      const best = probability(strongest)
      scores[label] = best
      const judgment = judgments[at]
      if (judgment === undefined || best < MIN_EVIDENCE) continue
      const test = testStringOf(judgment, label)
      if (test !== undefined) testString = true
      const start = test?.start ?? judgment.starts[column] ?? 0
      const end = test?.end ?? judgment.ends[column] ?? 0
      evidence.push({ label, score: best, segment: at, start, end })
    }
    evidence.sort((a, b) => b.score - a.score)
    return { classifier: this.id, scores, evidence: evidence.slice(0, MAX_EVIDENCE), testString }
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

interface CalibratedLabel extends Calibration {
  readonly label: Label
  readonly column: number
}

function calibrated(side: ScreenManifest[Side]): CalibratedLabel[] {
  return LABELS.flatMap((label, column) => {
    const calibration = side.calibration[label]
    return calibration === undefined ? [] : [{ ...calibration, label, column }]
  })
}

/** Calibrated log odds; -Infinity for a text without words. */
function logOdds({ column, slope, completionSlope, intercept }: CalibratedLabel, logits: readonly number[]): number {
  const own = logits[column] ?? 0
  if (own === Number.NEGATIVE_INFINITY) return own
  const completion = completionSlope === 0 ? 0 : completionSlope * (logits[COMPLETION_COLUMN] ?? 0)
  return slope * own + completion + intercept
}

/** Strictly below 1, which is the test string's alone (infinite odds). */
function probability(odds: number): number {
  if (odds === Number.POSITIVE_INFINITY) return 1
  return Math.min(MAX_PROBABILITY, 1 / (1 + Math.exp(-odds)))
}
