import { setImmediate } from 'node:timers/promises'
import type { Assessment, Classifier, ClassifyRequest, Scores, Segment } from '../classifier.ts'
import type { EncoderClassifier, EncoderWindow } from '../encoder/encoder-classifier.ts'
import { type Place, Tally } from '../encoder/tally.ts'
import { type JudgedText, placeIn, textsOf } from '../encoder/texts.ts'
import { piecesOf, readingsOf, type Stretch } from './pieces.ts'
import { type Scale, withoutTestString } from './scale.ts'
import type { StreamMemory } from './stream-memory.ts'

/** Units screened between two turns of the event loop. */
const SLICE = 32_768

/** How the screen's scores are read. */
export interface Yardstick {
  /** How doubtful the scores are: at least 1 when the encoder should be asked, more the further they are above the band's edge. */
  doubt(scores: Scores): number
  readonly scale: Scale
}

/** A window for the encoder, with what the screen said of it. */
export interface Candidate {
  readonly window: EncoderWindow
  readonly place: Place
  readonly screened: Scores
  readonly doubt: number
}

/** What the encoder shall read, and what the screen's word is final for. */
export interface Plan {
  /** The most doubtful windows, at most as many as the encoder reads for a request. */
  readonly chosen: readonly Candidate[]
  /** Aligned scores of everything else. */
  readonly tally: Tally
}

interface Piece extends Stretch {
  readonly origin: JudgedText
  /** Characters at its start that were judged before. */
  readonly judged: number
  readonly assessment: Assessment
  readonly scores: Scores
  readonly doubt: number
}

/**
 * Finds what of a request the encoder must read. Texts are screened piece by piece, doubtful pieces window by window, the most doubtful
 * first; tokenizing stops when there are enough windows, so that its cost is bounded whatever the text. What is not read by the
 * encoder keeps the screen's score: it is never taken for harmless because nobody looked.
 */
export class Planner {
  readonly #screen: Classifier
  readonly #encoder: EncoderClassifier
  readonly #memory: StreamMemory

  constructor(screen: Classifier, encoder: EncoderClassifier, memory: StreamMemory) {
    this.#screen = screen
    this.#encoder = encoder
    this.#memory = memory
  }

  async plan(
    request: ClassifyRequest,
    screened: Assessment,
    yardstick: Yardstick,
    signal?: AbortSignal,
  ): Promise<Plan> {
    const tally = new Tally()
    const settle = (scores: Scores, placeOf: (label: keyof Scores) => Place | undefined) =>
      tally.raiseAll(yardstick.scale.alignAll(scores), placeOf)
    const doubtful: Piece[] = []
    for (const piece of await this.#pieces(request, screened, yardstick, signal)) {
      if (piece.doubt >= 1) doubtful.push(piece)
      else settle(piece.scores, placesOf(piece, request.segments))
    }
    // suspicious only as a whole: then there is nothing to read more closely, and the screen's word stands
    if (doubtful.length === 0) {
      settle(withoutTestString(screened), (label) => screened.evidence.find((found) => found.label === label))
    }
    doubtful.sort((a, b) => b.doubt - a.doubt)
    const candidates: Candidate[] = []
    for (const piece of doubtful) {
      const read =
        candidates.length < this.#encoder.maxWindows ? await this.#candidates(request, piece, yardstick) : null
      if (read === null || !read.complete) settle(piece.scores, placesOf(piece, request.segments))
      for (const candidate of read?.candidates ?? []) {
        if (candidate.doubt >= 1) candidates.push(candidate)
        else settle(candidate.screened, () => candidate.place)
      }
      if (doubtful.length > 1) await setImmediate()
      signal?.throwIfAborted()
    }
    candidates.sort((a, b) => b.doubt - a.doubt)
    const chosen = candidates.slice(0, this.#encoder.maxWindows)
    for (const { screened: scores, place } of candidates.slice(chosen.length)) settle(scores, () => place)
    return { chosen, tally }
  }

  async #pieces(
    request: ClassifyRequest,
    screened: Assessment,
    yardstick: Yardstick,
    signal?: AbortSignal,
  ): Promise<Piece[]> {
    const texts = textsOf(request)
    const pieces: Piece[] = []
    let read = 0
    for (const origin of texts) {
      const judgedBefore =
        request.side === 'completion' && origin.segment ? this.#memory.judgedOf(request.exchange, origin.segment) : 0
      const stretches = piecesOf(origin.text)
      for (const stretch of stretches) {
        const judged = Math.max(0, judgedBefore - stretch.offset)
        if (judged >= stretch.text.length) continue
        const alone = texts.length === 1 && stretches.length === 1
        const assessment = alone ? screened : await this.#screenText(request, origin, stretch.text)
        const scores = withoutTestString(assessment)
        pieces.push({ ...stretch, origin, judged, assessment, scores, doubt: yardstick.doubt(scores) })
        read += stretch.text.length
        if (read < SLICE) continue
        read = 0
        await setImmediate()
        signal?.throwIfAborted()
      }
    }
    return pieces
  }

  #screenText({ side, exchange, segments }: ClassifyRequest, { first }: JudgedText, text: string) {
    const { role, kind, source } = segments[first] ?? { role: 'user', kind: 'text', source: '' }
    return this.#screen.classify({ side, exchange, segments: [{ text, role, kind, source, offset: 0 }] })
  }

  async #candidates(request: ClassifyRequest, piece: Piece, yardstick: Yardstick) {
    const { side, exchange, segments } = request
    const { readings, complete } = readingsOf(piece.text)
    const candidates: Candidate[] = []
    for (const [at, content] of readings.entries()) {
      const newFrom = at === 0 ? piece.judged : 0
      const windows = this.#encoder.windowsOf(side, content.text, exchange, newFrom)
      const own: Candidate[] = []
      for (const window of windows) {
        const { start, end } = content.originalRange(window.start, window.end)
        const place = placeIn(segments, piece.origin.first, piece.offset + start, piece.offset + end)
        const whole = windows.length === 1 && piece.judged === 0
        const scores = whole || at > 0 ? piece.scores : await this.#scoresOf(request, piece, start, end)
        const doubt = Math.max(yardstick.doubt(scores), suspectIn(piece, yardstick, start, end))
        own.push({ window, place, screened: scores, doubt })
      }
      // nothing says where the doubt comes from: then no window is spared
      const across = piece.judged === 0 && own.every(({ doubt }) => doubt < 1)
      candidates.push(...(across ? own.map((candidate) => ({ ...candidate, doubt: piece.doubt })) : own))
    }
    return { candidates, complete }
  }

  async #scoresOf(request: ClassifyRequest, piece: Piece, start: number, end: number): Promise<Scores> {
    return withoutTestString(await this.#screenText(request, piece.origin, piece.text.slice(start, end)))
  }
}

/**
 * The piece's doubt when something that made it doubtful stands, in part at least, in [start, end) of it: what lies across two windows
 * may look harmless in each, so both are read.
 */
function suspectIn({ assessment, doubt }: Piece, yardstick: Yardstick, start: number, end: number): number {
  const suspects = assessment.evidence.filter((found) => found.start < end && start < found.end)
  return suspects.some(({ label, score }) => yardstick.doubt({ [label]: score }) >= 1) ? doubt : 0
}

function placesOf({ assessment, origin, offset }: Piece, segments: readonly Segment[]) {
  return (label: keyof Scores): Place | undefined => {
    const found = assessment.evidence.find((evidence) => evidence.label === label)
    return found && placeIn(segments, origin.first, offset + found.start, offset + found.end)
  }
}
