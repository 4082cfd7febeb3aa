import { ask, type ChatTurn } from '../../asking/index.ts'
import { AppError } from '../../base/errors.ts'
import { critiqueTurns, judgeTurns, revisionTurns, withoutHeading } from './dialogue.ts'
import { seedOf, shuffled } from './draw.ts'
import { authorsOf, type PartName, type Plan, REASONING_TOKENS, TOP_TOKENS } from './plan.ts'
import type { DatasetRecord, Flag, Judgement, Pair, Prompt, Round, Utterance } from './schema.ts'
import { labelOf, preferredBy, rounded, verdictOfTokens, verdictOfWords } from './verdict.ts'

/** What stands on a record before the whole set is looked at. */
type Draft = Pick<DatasetRecord, 'initial' | 'rounds' | 'answer' | 'pair'>

/**
 * Makes one record: a function of the prompt, the plan and what the models say, and of nothing else, so that it comes out the same when it is
 * done again. What a model won't say for one prompt is an error of that record; what stops every question is thrown.
 *
 * @throws {AppError} whatever the askers throw, but UPSTREAM_REJECTED
 */
export async function composeRecord(prompt: Prompt, plan: Plan): Promise<DatasetRecord> {
  const work = new Composing(prompt, plan)
  const flags: Flag[] = []
  try {
    await (prompt.kind === 'harmful' ? work.harmful() : work.helpful())
  } catch (error) {
    if (error instanceof NoWords) flags.push({ flag: 'failed', about: error.message })
    else if (error instanceof AppError && error.code === 'UPSTREAM_REJECTED')
      flags.push({ flag: 'failed', about: `${work.step}: ${error.message}`.slice(0, 500) })
    else throw error
  }
  return recordOf(prompt, plan, work.draft, flags)
}

/** A record of which nothing was asked. */
export function emptyRecord(prompt: Prompt, plan: Plan, flags: readonly Flag[]): DatasetRecord {
  return recordOf(prompt, plan, NOTHING, flags)
}

const NOTHING: Draft = { initial: null, rounds: [], answer: null, pair: null }

function recordOf(prompt: Prompt, plan: Plan, draft: Draft, flags: readonly Flag[]): DatasetRecord {
  return {
    id: prompt.id,
    prompt,
    ...draft,
    flags: [...flags],
    dropped: { sft: [], preference: [] },
    spotCheck: false,
    provenance: {
      seed: plan.seed,
      constitution: plan.constitution.digest,
      policyVersion: plan.policyVersion,
      authors: authorsOf(plan),
    },
  }
}

/** The model gave no words where some are needed to go on. */
class NoWords extends Error {}

class Composing {
  readonly #prompt: Prompt
  readonly #plan: Plan
  /** What is being asked, for whoever reads what failed. */
  step = 'initial'
  draft: Draft = NOTHING

  constructor(prompt: Prompt, plan: Plan) {
    this.#prompt = prompt
    this.#plan = plan
  }

  /** Answer, critique and revision in rounds; then a pair. */
  async harmful(): Promise<void> {
    const { settings } = this.#plan
    const initial = await this.#worded('model', 'initial', this.#prompt.turns)
    this.draft = { ...this.draft, initial }
    let answer = initial
    for (let round = 1; round <= settings.rounds; round++) {
      const done = await this.#round(round, answer)
      answer = done.revision
      this.draft = { ...this.draft, rounds: [...this.draft.rounds, done], answer }
    }
    const [first, second] =
      settings.pairs === 'revision' ? ([initial, answer] as const) : await this.#samples('pairs', 'sample')
    this.draft = { ...this.draft, pair: await this.#compare(settings.pairs, first, second) }
  }

  /** Two answers to one question; the better one is what a model should say. */
  async helpful(): Promise<void> {
    const [first, second] = await this.#samples('model', 'initial')
    this.draft = { ...this.draft, initial: first, answer: first }
    const pair = await this.#compare('samples', first, second)
    this.draft = { ...this.draft, pair, answer: pair.preferred === 'second' ? second : first }
  }

  async #round(round: number, answer: Utterance): Promise<Round> {
    const { constitution, seed } = this.#plan
    const { id, turns } = this.#prompt
    const drawn = shuffled(constitution.revising, seed, 'revise', id)
    const principle = drawn[(round - 1) % drawn.length]
    if (principle === undefined) throw new AppError('INTERNAL', 'a constitution without principles to revise by')
    const critique = await this.#worded(
      'critic',
      `critique ${round}`,
      critiqueTurns(constitution, turns, answer.text, principle),
    )
    const asked = revisionTurns(constitution, turns, answer.text, principle, critique.text)
    const revision = await this.#worded('critic', `revision ${round}`, asked)
    return { round, principle: principle.id, critique, revision }
  }

  #samples(part: PartName, step: string): Promise<[Utterance, Utterance]> {
    return both(
      this.#worded(part, `${step} 1`, this.#prompt.turns),
      this.#worded(part, `${step} 2`, this.#prompt.turns, 1),
    )
  }

  /** Held against principles drawn for this prompt, each in both orders. Equal answers need no judge. */
  async #compare(origin: Pair['origin'], first: Utterance, second: Utterance): Promise<Pair> {
    const { constitution, seed, settings } = this.#plan
    const { judging, judgePrinciples, clamp, tie } = settings
    const principles = shuffled(constitution.for(this.#prompt.kind), seed, 'judge', this.#prompt.id)
    this.step = 'judgement'
    const judgements =
      first.text === second.text
        ? []
        : await Promise.all(
            principles.slice(0, judgePrinciples).map((one) => this.#judge(one, first.text, second.text)),
          )
    const label = labelOf(judgements, clamp)
    return { origin, first, second, judging, judgements, label, preferred: preferredBy(label, tie) }
  }

  async #judge(
    principle: { readonly id: string; readonly preference: string },
    first: string,
    second: string,
  ): Promise<Judgement> {
    const [forward, backward] = await Promise.all([
      this.#verdict(principle, [first, second], 'first'),
      this.#verdict(principle, [second, first], 'second'),
    ])
    return {
      principle: principle.id,
      firstShown: forward.ofB === null ? null : rounded(forward.ofB),
      // Shown the other way round, B is the first of the pair.
      secondShown: backward.ofB === null ? null : rounded(1 - backward.ofB),
      calls: [forward.call, backward.call],
      reasoning: this.#plan.settings.judging === 'reasoning' ? [forward.text, backward.text] : [],
    }
  }

  async #verdict(
    principle: { readonly id: string; readonly preference: string },
    shown: readonly [string, string],
    order: 'first' | 'second',
  ): Promise<{ readonly ofB: number | null; readonly call: string; readonly text: string }> {
    const { judging } = this.#plan.settings
    const words = judging !== 'probabilities'
    const form = words ? 'reasoning' : 'probabilities'
    const turns = judgeTurns(this.#prompt.turns, shown, principle, form)
    const about = words ? { maxTokens: REASONING_TOKENS } : { maxTokens: 1, topLogprobs: TOP_TOKENS, temperature: 0 }
    const { question, call } = this.#question('critic', `judge ${principle.id} ${order}`, turns, 0, about)
    try {
      const said = await this.#plan.askers.critic.ask(question)
      const ofB = words ? verdictOfWords(said.text) : verdictOfTokens(said.firstToken)
      return { ofB, call, text: said.text.trim() }
    } catch (error) {
      // No verdict, which is no reason to lose the answers.
      if (error instanceof AppError && error.code === 'UPSTREAM_REJECTED') return { ofB: null, call, text: '' }
      throw error
    }
  }

  async #worded(part: PartName, step: string, turns: readonly ChatTurn[], nth = 0): Promise<Utterance> {
    this.step = step
    const { question, call } = this.#question(part, step, turns, nth)
    const said = await this.#plan.askers[part].ask(question, nth)
    const text = part === 'critic' ? withoutHeading(said.text) : said.text.trim()
    if (text === '') {
      const why = said.end === 'refusal' ? 'the model’s server refused it' : 'the answer has no words'
      throw new NoWords(`${step}: ${why}`)
    }
    return { text, by: part, call, end: said.end }
  }

  #question(
    part: PartName,
    step: string,
    turns: readonly ChatTurn[],
    nth: number,
    about: { maxTokens?: number; topLogprobs?: number; temperature?: number } = {},
  ) {
    const { askers, settings, seed } = this.#plan
    const { maxTokens, temperature } = settings
    const isOpenAi = askers[part].model.api === 'openai-chat'
    const drawn = isOpenAi ? seedOf(seed, this.#prompt.id, step) : null
    const question = ask(turns, { maxTokens, temperature, seed: drawn, ...about })
    return { question, call: askers[part].callOf(question, nth) }
  }
}

/** Both, or the error of the earlier one: whichever failed sooner, the same is told. */
async function both<T>(first: Promise<T>, second: Promise<T>): Promise<[T, T]> {
  await Promise.allSettled([first, second])
  return [await first, await second]
}
