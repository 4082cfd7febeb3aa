import { createHash } from 'node:crypto'
import { LABELS, type Label } from '../../taxonomy.ts'
import type { Assessment, Classifier, ClassifyRequest, Scores } from '../classifier.ts'
import type { EncoderClassifier } from '../encoder/encoder-classifier.ts'
import { Tally } from '../encoder/tally.ts'
import type { CascadeCalibration } from './calibration.ts'
import { JudgeBudget } from './judge-budget.ts'
import { Planner, type Yardstick } from './plan.ts'
import { type CalibratedClassifier, type LabelNumbers, Scale, type Side, withoutTestString } from './scale.ts'
import { StreamMemory } from './stream-memory.ts'

export interface CascadeOptions {
  /** `uncertain`: the encoder reads what the screen finds suspicious. `always`: it reads everything, within its windows. */
  readonly encode?: 'uncertain' | 'always'
  /**
   * How far below the screen's own thresholds, in log odds, the encoder is asked already; 0 or less. At 0 the share of harmless traffic
   * that is sent on is what the screen's thresholds were fitted for. Each step down costs time and finds harm that the screen rates low.
   */
  readonly bandShift?: number
  /**
   * When the encoder fails: `screen` lets the screen's scores stand, marked as degraded; `none` leaves out the labels in doubt, for the
   * policy to decide what unjudged labels mean.
   */
  readonly fallback?: 'screen' | 'none'
  /** Fitted thresholds; used only when they are about these very classifiers. */
  readonly calibration?: CascadeCalibration | null
  /** A classifier to ask where the scores end near their thresholds, such as a remote guard model. */
  readonly judge?: Classifier
  /** Most of all requests that the judge may get. */
  readonly judgeShare?: number
  /** The judge's own threshold. */
  readonly judgeThreshold?: number
  /** Told of failures of the encoder and of the judge, which hold no content. */
  readonly onFailure?: (stage: 'encoder' | 'judge', error: unknown) => void
}

/** How near to its threshold, in log odds, a score is open to the judge. */
const JUDGE_MARGIN = 1
const JUDGE_SHARE = 0.03
const JUDGE_THRESHOLD = 0.5

/**
 * Screen on everything, encoder where the screen is in doubt, a judge where both leave doubt.
 *
 * One scale: the encoder's calibrated score replaces the screen's for each window that it read; a score of the screen alone counts at
 * the same distance from the cascade's threshold as it stood from its own. A label's score is the highest of all windows; found test
 * strings stay at 1. Requests that the screen settles are answered at once, without a promise.
 */
export class Cascade implements CalibratedClassifier {
  readonly id: string
  readonly covers: Classifier['covers']
  readonly thresholds: Readonly<Record<Side, LabelNumbers>>
  /** Whether the thresholds are fitted for this pair, or taken from the encoder's and the screen's own. */
  readonly calibrated: boolean
  /** What requests that the screen settles name as their classifier. */
  readonly #screenedBy: string
  readonly #screen: CalibratedClassifier
  readonly #encoder: EncoderClassifier
  readonly #options: CascadeOptions
  readonly #yardsticks: Readonly<Record<Side, Yardstick>>
  readonly #judgeScales: Readonly<Record<Side, Scale>>
  readonly #judgeBudget: JudgeBudget
  readonly #memory = new StreamMemory()
  readonly #planner: Planner

  constructor(screen: CalibratedClassifier, encoder: EncoderClassifier, options: CascadeOptions = {}) {
    this.#screen = screen
    this.#encoder = encoder
    this.#options = options
    const fitted = fittingCalibration(screen, encoder, options.calibration)
    this.calibrated = fitted !== null
    this.thresholds = {
      prompt: { ...screen.thresholds.prompt, ...encoder.thresholds.prompt, ...fitted?.prompt.thresholds },
      completion: {
        ...screen.thresholds.completion,
        ...encoder.thresholds.completion,
        ...fitted?.completion.thresholds,
      },
    }
    const always = options.encode === 'always'
    const yardstick = (side: Side): Yardstick => ({
      scale: new Scale(screen.thresholds[side], this.thresholds[side]),
      doubt: doubtIn(screen.thresholds[side], Math.min(0, options.bandShift ?? 0), always),
    })
    this.#yardsticks = { prompt: yardstick('prompt'), completion: yardstick('completion') }
    this.covers = always
      ? { prompt: union(screen, encoder, 'prompt'), completion: union(screen, encoder, 'completion') }
      : screen.covers
    const judged = constant(options.judgeThreshold ?? JUDGE_THRESHOLD)
    this.#judgeScales = {
      prompt: new Scale(judged, this.thresholds.prompt),
      completion: new Scale(judged, this.thresholds.completion),
    }
    this.#judgeBudget = new JudgeBudget(options.judge === undefined ? 0 : (options.judgeShare ?? JUDGE_SHARE))
    this.#planner = new Planner(screen, encoder, this.#memory)
    this.id = `cascade@${this.#digest(fitted)}`
    this.#screenedBy = this.#by([screen.id])
  }

  /**
   * At once when the screen settles it.
   *
   * @throws what the screen throws; the signal's reason when it aborts. Failures of later stages don't reject: see `fallback`.
   */
  classify(request: ClassifyRequest, signal?: AbortSignal): Assessment | Promise<Assessment> {
    this.#judgeBudget.earn()
    const screened = this.#screen.classify(request, signal)
    if (!(screened instanceof Promise)) return this.#conclude(request, screened, signal)
    return screened.then((assessment) => this.#conclude(request, assessment, signal))
  }

  #conclude(request: ClassifyRequest, screened: Assessment, signal?: AbortSignal): Assessment | Promise<Assessment> {
    const { doubt, scale } = this.#yardsticks[request.side]
    // a test string decides on its own, unless the screen can say what would be without it
    const settled = screened.testString && screened.scoresWithoutTestString === undefined
    if (!settled && doubt(withoutTestString(screened)) >= 1) return this.#deepen(request, screened, signal)
    this.#judgedAll(request)
    // nearly every request ends here
    if (!screened.testString) return scale.alignAssessment(screened, this.#screenedBy)
    return this.#assessment(screened, this.#alone(screened, scale), [this.#screen.id])
  }

  async #deepen(request: ClassifyRequest, screened: Assessment, signal?: AbortSignal): Promise<Assessment> {
    const { side } = request
    const yardstick = this.#yardsticks[side]
    try {
      const { chosen, tally } = await this.#planner.plan(request, screened, yardstick, signal)
      const scores = await this.#encoder.score(
        side,
        chosen.map(({ window }) => window),
        signal,
      )
      for (const [at, { place, screened: own }] of chosen.entries()) {
        tally.raiseAll({ ...yardstick.scale.alignAll(own), ...scores[at] }, () => place)
      }
      // a window that was judged before and comes again leaves nothing to read: the screen's word is there still
      for (const { label, score } of this.#missing(side, tally, screened)) tally.raise(label, score, undefined)
      this.#judgedAll(request)
      const stages = chosen.length === 0 ? [this.#screen.id] : [this.#screen.id, this.#encoder.id]
      if (this.#options.judge === undefined) return this.#assessment(screened, tally, stages)
      const judged = await this.#ask(this.#options.judge, request, tally, signal)
      return this.#assessment(screened, tally, [...stages, ...judged])
    } catch (error) {
      if (signal?.aborted) throw error
      this.#options.onFailure?.('encoder', error)
      return this.#degraded(request, screened)
    }
  }

  #missing(side: Side, tally: Tally, screened: Assessment): { label: Label; score: number }[] {
    const { scores } = tally
    return LABELS.flatMap((label) => {
      const score = withoutTestString(screened)[label]
      if (score === undefined || scores[label] !== undefined) return []
      return [{ label, score: this.#yardsticks[side].scale.align(label, score) }]
    })
  }

  /** Puts the judge's scores in place of those near their thresholds; without an answer they stay. */
  async #ask(judge: Classifier, request: ClassifyRequest, tally: Tally, signal?: AbortSignal): Promise<string[]> {
    const { side } = request
    const open = LABELS.filter(
      (label) => judge.covers[side].has(label) && this.#isOpen(side, label, tally.scores[label]),
    )
    if (open.length === 0 || !this.#judgeBudget.spend()) return []
    try {
      const { scores, classifier } = await judge.classify(request, signal)
      for (const label of open) {
        const score = scores[label]
        if (score !== undefined) tally.replace(label, this.#judgeScales[side].align(label, score))
      }
      return [classifier]
    } catch (error) {
      if (signal?.aborted) throw error
      this.#options.onFailure?.('judge', error)
      return ['judge-unavailable']
    }
  }

  #isOpen(side: Side, label: Label, score: number | undefined): boolean {
    const threshold = this.thresholds[side][label]
    if (threshold === undefined || score === undefined) return false
    return Math.abs(logOdds(score) - logOdds(threshold)) < JUDGE_MARGIN
  }

  /** The screen alone, when more was wanted. Nothing is marked as judged: the next window of a stream is read again. */
  #degraded(request: ClassifyRequest, screened: Assessment): Assessment {
    const { scale, doubt } = this.#yardsticks[request.side]
    const tally = this.#alone(screened, scale)
    const assessment = this.#assessment(screened, tally, [this.#screen.id, 'degraded'])
    if (this.#options.fallback !== 'none') return assessment
    const base = withoutTestString(screened)
    const unjudged = (label: Label) => doubt({ [label]: base[label] ?? 0 }) >= 1
    return {
      ...assessment,
      scores: without(assessment.scores, unjudged),
      evidence: assessment.evidence.filter(({ label }) => !unjudged(label)),
    }
  }

  #alone(screened: Assessment, scale: Scale): Tally {
    const tally = new Tally()
    tally.raiseAll(scale.alignAll(withoutTestString(screened)), (label) =>
      screened.evidence.find((evidence) => evidence.label === label),
    )
    return tally
  }

  /** Test strings found by the screen stay at 1, with their evidence. */
  #assessment(screened: Assessment, tally: Tally, stages: readonly string[]): Assessment {
    const classifier = this.#by(stages)
    if (!screened.testString) return { classifier, scores: tally.scores, evidence: tally.evidence, testString: false }
    const without = tally.scores
    const tests = new Tally()
    tests.raiseAll(without, (label) => tally.evidence.find((evidence) => evidence.label === label))
    for (const label of LABELS) {
      if (screened.scores[label] !== 1) continue
      tests.raise(
        label,
        1,
        screened.evidence.find((evidence) => evidence.label === label),
      )
    }
    const assessment = { classifier, scores: tests.scores, evidence: tests.evidence, testString: true }
    return screened.scoresWithoutTestString === undefined
      ? assessment
      : { ...assessment, scoresWithoutTestString: without }
  }

  #by(stages: readonly string[]): string {
    return `${this.id}:${stages.join('+')}`
  }

  #judgedAll({ side, exchange, segments }: ClassifyRequest): void {
    if (side === 'completion') this.#memory.mark(exchange, segments)
  }

  #digest(fitted: CascadeCalibration | null): string {
    const {
      encode = 'uncertain',
      bandShift = 0,
      fallback = 'screen',
      judge,
      judgeShare,
      judgeThreshold,
    } = this.#options
    const parts = [
      this.#screen.id,
      this.#encoder.id,
      judge?.id,
      encode,
      bandShift,
      fallback,
      judgeShare,
      judgeThreshold,
      fitted,
    ]
    return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)
  }
}

/** How far scores reach into the band, which begins `shift` below the screen's thresholds. */
function doubtIn(thresholds: LabelNumbers, shift: number, always: boolean): Yardstick['doubt'] {
  const edges = LABELS.flatMap((label) => {
    const threshold = thresholds[label]
    return threshold === undefined ? [] : [{ label, edge: Math.max(1e-6, shifted(threshold, shift)) }]
  })
  return (scores) => {
    let doubt = always ? 1 : 0
    for (const { label, edge } of edges) {
      const score = scores[label]
      if (score !== undefined) doubt = Math.max(doubt, (always ? 1 : 0) + score / edge)
    }
    return doubt
  }
}

function fittingCalibration(
  screen: Classifier,
  encoder: Classifier,
  calibration: CascadeCalibration | null | undefined,
): CascadeCalibration | null {
  const fits = calibration?.screen === screen.id && calibration.encoder === encoder.id
  return fits ? calibration : null
}

function union(a: Classifier, b: Classifier, side: Side): ReadonlySet<Label> {
  return a.covers[side].union(b.covers[side])
}

function constant(value: number): LabelNumbers {
  const numbers: Partial<Record<Label, number>> = {}
  for (const label of LABELS) numbers[label] = value
  return numbers
}

function without(scores: Scores, unwanted: (label: Label) => boolean): Scores {
  const kept: Scores = {}
  for (const label of LABELS) {
    const score = scores[label]
    if (score !== undefined && !unwanted(label)) kept[label] = score
  }
  return kept
}

/** The probability whose log odds are `shift` above those of `p`. */
function shifted(p: number, shift: number): number {
  const factor = Math.exp(shift)
  return (p * factor) / (1 - p + p * factor)
}

function logOdds(p: number): number {
  return Math.log(p / (1 - p))
}
