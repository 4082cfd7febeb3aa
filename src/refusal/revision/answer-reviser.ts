import { type Ask, ask, type Said, type Usage } from '../../asking/index.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { Exchange } from '../../screening/index.ts'
import { bare, type Clause, critiqueRequest, revisionRequest, role } from './prompts.ts'

/** Asks the model of that name once. @throws {AppError} when there is no answer */
export type Speak = (model: string, ask: Ask, signal: AbortSignal) => Promise<Said>

export interface RevisionOptions {
  /** 1 to 4: of critique and revision, each after the one before. */
  readonly rounds: number
  /** Of a critique, and of a revision. */
  readonly maxTokens: number
  /** The model that revises; null = the one that answered. */
  readonly model: string | null
  readonly speak: Speak
  readonly ids: Ids
}

export interface RevisionTask {
  readonly exchange: Exchange
  readonly completion: string
  readonly clause: Clause
  /** That gave the answer. */
  readonly model: string
  /** Most tokens of the new answer; null for no limit but one's own. */
  readonly maxTokens: number | null
  readonly signal: AbortSignal
}

export interface Revised {
  readonly text: string
  readonly rounds: number
  readonly model: string
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number } | null
}

/** A critique longer than this tells the model that revises nothing more. In characters. */
const CRITIQUE_CHARS = 4_000
const MARK_BYTES = 6

/** Puts an answer right by critique and revision. What it returns was judged by nobody: that is up to who asked. */
export class AnswerReviser {
  readonly #options: RevisionOptions

  constructor(options: RevisionOptions) {
    this.#options = options
  }

  /**
   * @throws {AppError} UPSTREAM_UNAVAILABLE: the model did not answer, declined, or did not come to an end
   */
  async revise(task: RevisionTask): Promise<Revised> {
    const { rounds, model: own } = this.#options
    const model = own ?? task.model
    const mark = this.#options.ids.bytes(MARK_BYTES).toString('hex')
    const conversation = told(task.exchange)
    const used: (Usage | null)[] = []
    let text = task.completion
    for (let round = 0; round < rounds; round++) {
      task.signal.throwIfAborted()
      text = await this.#round(task, model, { conversation, answer: text, mark }, used)
    }
    return { text, rounds, model, usage: total(used) }
  }

  async #round(
    { clause, signal, maxTokens }: RevisionTask,
    model: string,
    { conversation, answer, mark }: { conversation: string; answer: string; mark: string },
    used: (Usage | null)[],
  ): Promise<string> {
    const { speak, maxTokens: most } = this.#options
    const asked = { role: 'user', text: critiqueRequest(clause, conversation, answer, mark) } as const
    const about = { system: role() }
    const critique = await speak(model, ask([asked], { ...about, maxTokens: most }), signal)
    used.push(critique.usage)
    // A critique that was cut short still says something; one that is a refusal says nothing about the answer.
    if (critique.end === 'refusal' || critique.text.trim() === '') throw none('the model did not say what is wrong')
    const turns = [asked, ...revisionRequest(critique.text.trim().slice(0, CRITIQUE_CHARS))]
    const revision = await speak(model, ask(turns, { ...about, maxTokens: Math.min(most, maxTokens ?? most) }), signal)
    used.push(revision.usage)
    if (revision.end !== 'stop') throw none('the model did not write the answer anew to its end')
    return bare(revision.text, mark)
  }
}

/** What was said, as words: who and what, in order. */
function told({ turns }: Exchange): string {
  return turns
    .flatMap(({ role: who, parts }) => parts.map((part) => `${who}: ${part.kind === 'media' ? '(media)' : part.text}`))
    .join('\n\n')
}

function total(used: readonly (Usage | null)[]): Revised['usage'] {
  let [inputTokens, outputTokens] = [0, 0]
  for (const usage of used) {
    if (usage === null) return null
    inputTokens += usage.input
    outputTokens += usage.output
  }
  return { inputTokens, outputTokens }
}

function none(why: string): AppError {
  return new AppError('UPSTREAM_UNAVAILABLE', why)
}
