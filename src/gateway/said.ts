import type { Exchange, Label, Segment, TextKind } from '../screening/index.ts'
import type { UnderstoodCall } from './call.ts'
import type { TrackText } from './dialects/dialect.ts'
import type { Judgement } from './judge.ts'
import type { Mark } from './windows.ts'

/** Where exchanges go that somebody may have to look at later. Keeping them never slows or fails a request. */
export interface ContentSink {
  /** Which exchanges of a project it wants. */
  gathers(projectId: string): 'all' | 'flagged' | 'nothing'
  /** Takes it at once, keeps it later; must not throw. */
  take(said: SaidExchange): void
}

/** What was said in one exchange, who said it and what was found. */
export interface SaidExchange {
  readonly decisionId: string
  readonly atMs: number
  readonly organisation: string
  readonly project: string
  readonly key: string
  readonly endUser: string | null
  /** Something was refused or flagged. */
  readonly flagged: boolean
  /** The labels that it was refused or flagged for. */
  readonly labels: readonly Label[]
  readonly turns: Exchange['turns']
  readonly completion: readonly SaidTrack[]
  readonly evidence: { readonly prompt: readonly SaidEvidence[]; readonly completion: readonly SaidEvidence[] }
}

export interface SaidTrack {
  readonly track: string
  readonly kind: TextKind
  readonly text: string
  /** So many characters left; the rest was withheld. */
  readonly releasedChars: number
}

export interface SaidEvidence {
  readonly label: Label
  readonly score: number
  /** Pointer of a part, or name of a track; characters [start, end) of it. */
  readonly source: string
  readonly start: number
  readonly end: number
}

interface GatheredTrack {
  readonly kind: TextKind
  readonly pieces: string[]
  releasedChars: number
}

/** Gathers what is said while a request is served: references to strings that are there anyway. */
export class Said {
  readonly #wants: 'all' | 'flagged'
  readonly #tracks = new Map<string, GatheredTrack>()
  #prompt: Judgement | null = null
  #completion: Judgement | null = null

  constructor(wants: 'all' | 'flagged') {
    this.#wants = wants
  }

  judged(side: 'prompt' | 'completion', judgement: Judgement): void {
    if (side === 'prompt') this.#prompt = judgement
    else this.#completion = judgement
  }

  add(texts: readonly TrackText[]): void {
    for (const { track, kind, text } of texts) {
      const gathered = this.#tracks.get(track)
      if (gathered === undefined) this.#tracks.set(track, { kind, pieces: [text], releasedChars: 0 })
      else gathered.pieces.push(text)
    }
  }

  /** An event with these marks has left. */
  released(marks: readonly Mark[]): void {
    for (const { track, end } of marks) {
      const gathered = this.#tracks.get(track.name)
      if (gathered !== undefined && end > gathered.releasedChars) gathered.releasedChars = end
    }
  }

  /** So many characters of a track have left. */
  releasedUpTo(track: string, chars: number): void {
    const gathered = this.#tracks.get(track)
    if (gathered !== undefined && chars > gathered.releasedChars) gathered.releasedChars = chars
  }

  /** All that was said so far has left. */
  releasedAll(): void {
    for (const gathered of this.#tracks.values()) gathered.releasedChars = Number.MAX_SAFE_INTEGER
  }

  /** Hands over what is wanted, once the request is dealt with. */
  handOver(sink: ContentSink, call: UnderstoodCall, endUser: string | null, atMs: number): void {
    const labels = new Set([...labelsOf(this.#prompt), ...labelsOf(this.#completion)])
    const flagged = labels.size > 0 || [this.#prompt, this.#completion].some(isRefusal)
    const judged = this.#prompt !== null || this.#completion !== null
    if (!judged || (!flagged && this.#wants === 'flagged')) return
    const { turns } = call.request.exchange
    const completion = [...this.#tracks].map(([track, { kind, pieces, releasedChars }]) => {
      const text = pieces.join('')
      return { track, kind, text, releasedChars: Math.min(text.length, releasedChars) }
    })
    const prompt = new Map<string, string>()
    for (const { parts } of turns)
      for (const part of parts) if (part.kind !== 'media') prompt.set(part.pointer, part.text)
    const answer = new Map(completion.map(({ track, text }) => [track, text]))
    sink.take({
      decisionId: call.record.id,
      atMs,
      organisation: call.principal.organisationId,
      project: call.principal.projectId,
      key: call.principal.keyId,
      endUser,
      flagged,
      labels: [...labels],
      turns,
      completion,
      evidence: { prompt: evidenceOf(this.#prompt, prompt), completion: evidenceOf(this.#completion, answer) },
    })
  }
}

/** A refusal because nobody could judge found nothing: an outage must not fill the store. */
function isRefusal(judgement: Judgement | null): boolean {
  return judgement?.decision.action === 'refuse' && judgement.decision.reason !== 'unavailable'
}

function labelsOf(judgement: Judgement | null): Label[] {
  if (judgement === null) return []
  const { label, flagged } = judgement.decision
  return [...(label !== null && isRefusal(judgement) ? [label] : []), ...flagged.map((flag) => flag.label)]
}

/** Evidence by its place in what was said. What was found across a seam stands in no one text and is left out. */
function evidenceOf(judgement: Judgement | null, texts: ReadonlyMap<string, string>): SaidEvidence[] {
  if (judgement === null) return []
  const { assessments, segments } = judgement
  return assessments.flatMap(({ evidence }) =>
    evidence.flatMap(({ label, score, segment: index, start, end }) => {
      const segment: Segment | undefined = segments[index]
      const text = segment === undefined ? undefined : texts.get(segment.source)
      if (segment === undefined || text === undefined) return []
      const from = Math.max(0, segment.offset)
      const before = Math.min(0, segment.offset) // a track begins with the end of the one before it
      if (!text.startsWith(segment.text.slice(-before), from)) return []
      const { source, offset } = segment
      return offset + start < 0 ? [] : [{ label, score, source, start: offset + start, end: offset + end }]
    }),
  )
}
