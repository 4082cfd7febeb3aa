import { createHash } from 'node:crypto'
import type { Json } from '../../../base/json.ts'
import type { Label } from '../../taxonomy.ts'
import { findTestStrings } from '../../test-string.ts'
import type { Assessment, Classifier, ClassifyRequest, Evidence } from '../classifier.ts'
import { entriesOf, type GuardAdapter, type Question, silent } from './adapter.ts'
import { GuardError } from './guard-error.ts'
import { type View, type ViewLimits, viewsOf } from './views.ts'

/** What a guard is asked through; `GuardHttpClient` in earnest. */
export interface GuardClient {
  post(path: string, body: Json, signal?: AbortSignal): Promise<Json>
  close(): Promise<void>
}

const MIN_EVIDENCE = 0.1
const MAX_EVIDENCE = 8

interface Found {
  score: number
  view: View | null
}

/**
 * A guard model behind an HTTP server. All of a request is asked about, or it rejects: one question that stays unanswered, or an answer
 * that can't be read, leaves the request unjudged.
 */
export class RemoteClassifier implements Classifier {
  readonly id: string
  readonly covers: Classifier['covers']
  readonly #guard: string
  readonly #adapter: GuardAdapter
  readonly #client: GuardClient
  readonly #limits: ViewLimits

  constructor(guard: string, adapter: GuardAdapter, client: GuardClient, limits: ViewLimits) {
    this.#guard = guard
    this.#adapter = adapter
    this.#client = client
    this.#limits = limits
    this.covers = adapter.covers
    const digest = createHash('sha256')
      .update(JSON.stringify([adapter.fingerprint, limits]))
      .digest('hex')
    this.id = `${adapter.name}@${digest.slice(0, 16)}`
  }

  /** @throws {GuardError} when any question stays unanswered; the reason of `signal` when it fired */
  async classify(request: ClassifyRequest, signal?: AbortSignal): Promise<Assessment> {
    signal?.throwIfAborted()
    const views = viewsOf(request, this.#limits, this.#guard)
    const giveUp = new AbortController()
    const either = signal === undefined ? giveUp.signal : AbortSignal.any([signal, giveUp.signal])
    const best = new Map<Label, Found>(
      entriesOf(silent(this.covers[request.side])).map(([label, score]) => [label, { score, view: null }]),
    )
    try {
      await Promise.all(views.map((view) => this.#judge(view, best, either)))
    } catch (error) {
      giveUp.abort(error) // the other questions have become pointless
      throw error
    }
    return this.#assess(request, best)
  }

  async close(): Promise<void> {
    await this.#client.close()
  }

  async #judge(view: View, best: Map<Label, Found>, signal: AbortSignal): Promise<void> {
    const answered = new Set<Label>()
    await Promise.all(
      this.#adapter.render(view).map(async (question) => {
        const scores = this.#read(question, await this.#client.post(question.path, question.body, signal), view)
        for (const [label, score] of scores) {
          answered.add(label)
          const found = best.get(label)
          if (found !== undefined && (score > found.score || found.view === null)) best.set(label, { score, view })
        }
      }),
    )
    for (const label of this.covers[view.side]) {
      if (!answered.has(label)) throw new GuardError('unparsable', this.#guard, 'left a label unscored')
    }
  }

  #read(question: Question, answer: Json, view: View): [Label, number][] {
    const scores = this.#adapter.read(question, answer, view.side)
    if (scores === null) throw new GuardError('unparsable', this.#guard, 'gave an answer that is not in its format')
    return entriesOf(scores)
  }

  #assess(request: ClassifyRequest, best: ReadonlyMap<Label, Found>): Assessment {
    const scores: Partial<Record<Label, number>> = {}
    const evidence: Evidence[] = []
    for (const [label, { score, view }] of best) {
      scores[label] = score
      // Guards don't say where: only what was judged alone can be named.
      if (score >= MIN_EVIDENCE && view?.place) evidence.push({ label, score, ...view.place })
    }
    const tested = this.#withTestStrings(request, scores, evidence)
    evidence.sort((a, b) => b.score - a.score)
    return { classifier: this.id, scores, evidence: evidence.slice(0, MAX_EVIDENCE), ...tested }
  }

  /** No model knows the standard test string: it is looked for here, and counts on top of what the model said. */
  #withTestStrings(request: ClassifyRequest, scores: Partial<Record<Label, number>>, evidence: Evidence[]) {
    const plain = { ...scores }
    let found = false
    request.segments.forEach(({ text }, segment) => {
      for (const { label, start, end } of findTestStrings(text.toLowerCase())) {
        if (!this.covers[request.side].has(label)) continue
        found = true
        scores[label] = 1
        evidence.push({ label, score: 1, segment, start, end })
      }
    })
    return found ? { testString: true, scoresWithoutTestString: plain } : { testString: false }
  }
}
