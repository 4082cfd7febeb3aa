import { AppError } from '../base/errors.ts'
import type { DecisionInput, Policy, PolicyDecision, Shadow, ShadowDifference } from '../policy/index.ts'
import type {
  Assessment,
  Classifier,
  ClassifyRequest,
  Exchange,
  Label,
  MediaPart,
  Segment,
} from '../screening/index.ts'
import { segmentsOf } from '../screening/index.ts'
import type { Lifted } from './exempt.ts'
import { runOfTrack, seamsOf } from './seams.ts'

/** What the classifiers said and what the policy makes of it. */
export interface Judgement {
  readonly decision: PolicyDecision
  readonly assessments: readonly Assessment[]
  /** What was judged: the evidence of an assessment points into these. */
  readonly segments: readonly Segment[]
  readonly policy: Policy
  /** What was decided on. */
  readonly input: DecisionInput
  /** The refusal that an exemption has lifted; absent for nearly all. */
  readonly lifted?: Lifted
  /** What a draft that decides in shadow would have done otherwise; absent when nothing. */
  readonly shadow?: ShadowDifference
}

/**
 * Joins classifier and policy: the one place where text becomes a decision. A classifier that fails is not a classifier that found
 * nothing: its labels are handed to the policy as unavailable, and the policy says what that means for each.
 */
export class Judge {
  readonly #classifier: Classifier
  readonly #policy: () => Policy
  readonly #onFailure: (error: unknown) => void
  readonly #shadow: () => Shadow | null
  readonly #second: Classifier | null

  /**
   * `policy` gives the policy in force, `shadow` the draft that decides beside it; `onFailure` is told of every classifier error (without
   * content); `second` is asked too, where a question is to be judged twice.
   */
  constructor(
    classifier: Classifier,
    policy: () => Policy,
    onFailure: (error: unknown) => void,
    shadow: () => Shadow | null = () => null,
    second: Classifier | null = null,
  ) {
    this.#classifier = classifier
    this.#policy = policy
    this.#onFailure = onFailure
    this.#shadow = shadow
    this.#second = second
  }

  get classifierId(): string {
    return this.#classifier.id
  }

  /** The policy in force now: a request keeps the one it started with. */
  currentPolicy(): Policy {
    return this.#policy()
  }

  prompt(
    exchange: Exchange,
    policy: Policy,
    testStringAllowed: boolean,
    signal: AbortSignal,
    isTwice = false,
  ): Judgement | Promise<Judgement> {
    const segments = segmentsOf(exchange)
    for (const seam of promptSeams(exchange)) segments.push(seam)
    return this.#judge('prompt', segments, mediaOf(exchange), exchange, policy, testStringAllowed, signal, isTwice)
  }

  completion(
    segments: readonly Segment[],
    media: readonly MediaPart[],
    exchange: Exchange,
    policy: Policy,
    testStringAllowed: boolean,
    signal: AbortSignal,
    isTwice = false,
  ): Judgement | Promise<Judgement> {
    return this.#judge('completion', segments, media, exchange, policy, testStringAllowed, signal, isTwice)
  }

  #judge(
    side: 'prompt' | 'completion',
    segments: readonly Segment[],
    media: readonly MediaPart[],
    exchange: Exchange,
    policy: Policy,
    testStringAllowed: boolean,
    signal: AbortSignal,
    isTwice: boolean,
  ): Judgement | Promise<Judgement> {
    const matches = policy.match(side, segments)
    const conclude = (assessments: Assessment[], unavailable: Label[]): Judgement => {
      const input = { side, assessments, unavailable, media, testStringAllowed, matches }
      const decision = policy.decide(input)
      const shadow = this.#shadow()?.compare(input, policy, segments, decision, exchange) ?? null
      const judgement = { decision, assessments, segments, policy, input }
      return shadow === null ? judgement : { ...judgement, shadow }
    }
    const failed = (error: unknown): Judgement => {
      if (signal.aborted) throw error
      this.#onFailure(error)
      return conclude([], [...this.#classifier.covers[side]])
    }
    if (isTwice)
      return this.#both({ side, segments, exchange }, signal).then(({ said, silent }) => conclude(said, silent))
    try {
      const answer = this.#classifier.classify({ side, segments, exchange }, signal)
      if (!(answer instanceof Promise)) return conclude([answer], [])
      return answer.then((assessment) => conclude([assessment], []), failed)
    } catch (error) {
      return failed(error)
    }
  }

  /** What both say. Whatever the one that fails would have judged counts as unjudged, whatever the other says; so does all of it without a second. */
  async #both(request: ClassifyRequest, signal: AbortSignal): Promise<{ said: Assessment[]; silent: Label[] }> {
    const covered = this.#classifier.covers[request.side]
    const [said, silent]: [Assessment[], Label[]] = [[], this.#second === null ? [...covered] : []]
    const ask = async (classifier: Classifier) => {
      try {
        said.push(await classifier.classify(request, signal))
      } catch (error) {
        if (signal.aborted) throw error
        this.#onFailure(error)
        silent.push(...classifier.covers[request.side])
      }
    }
    await Promise.all([this.#classifier, ...(this.#second === null ? [] : [this.#second])].map(ask))
    return { said, silent }
  }
}

/** Parts of one kind in one turn, or in turns of one role that follow each other, are read on by the model as one text. */
function promptSeams({ turns }: Exchange): Segment[] {
  const seams: Segment[] = []
  for (let first = 0; first < turns.length; ) {
    let parts = turns[first]?.parts.length ?? 0
    let next = first + 1
    for (; turns[next]?.role === turns[first]?.role && next < turns.length; next++)
      parts += turns[next]?.parts.length ?? 0
    if (parts > 1) seams.push(...seamsOf(segmentsOf({ turns: turns.slice(first, next) }), (piece) => piece.kind))
    first = next
  }
  return seams
}

/** An answer that came whole, with the seams between its blocks. */
export function withSeams(segments: readonly Segment[]): Segment[] {
  return [...segments, ...seamsOf(segments, ({ source, kind }) => runOfTrack(source, kind))]
}

function mediaOf(exchange: Exchange): MediaPart[] {
  const media: MediaPart[] = []
  for (const turn of exchange.turns) {
    for (const part of turn.parts) if (part.kind === 'media') media.push(part)
  }
  return media
}

/**
 * Undecided is neither allowed nor denied: the client gets an error that it may retry, not a refusal.
 *
 * @throws {AppError} POLICY_UNDECIDED
 */
export function assertDecided({ decision }: Judgement): void {
  if (decision.action === 'refuse' && decision.reason === 'unavailable') {
    throw new AppError(
      'POLICY_UNDECIDED',
      'the safety classifier is unavailable and the policy does not let this pass unjudged; try again later',
    )
  }
}
