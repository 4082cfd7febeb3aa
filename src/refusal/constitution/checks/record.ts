import type { Similarity } from '../../../screening/index.ts'
import { nonsense } from '../../evaluation/index.ts'
import type { Found, TextJudge } from '../judge-texts.ts'
import type { DatasetRecord, Flag, PromptKind } from '../schema.ts'
import { pointlessness, squeezed } from './critique.ts'
import { type NearTexts, signatureOf } from './near.ts'
import { openingOf } from './openings.ts'

const SHORT_WORDS = 4
/** From here on an answer is an example's, with other words here and there. */
const COPIED_FROM = 0.6
const BIASED = 0.5
/** What an answer says of the work that it came from: whoever is tuned on it would say that to users. */
const LEAKS =
  /^\W*the (?:last |given )?(?:answer|response|critique|revision)\b|\b(?:critique request|revision request|revised (?:answer|response|version)|(?:my|the|your) (?:last|previous|original|earlier) (?:answer|response)|this principle|the constitution(?:al)? principle|here(?:’|')?s? (?:is )?(?:a|the|my) (?:revised|rewritten|improved) )/i

/** What the whole set needs to know of a record. */
export interface Facts {
  readonly kind: PromptKind
  /** Neither failed nor left out. */
  readonly whole: boolean
  readonly opening: string | null
  /** Answers one after the other: the first, and that of each round. */
  readonly stages: readonly { readonly words: number; readonly harmful: boolean | null; readonly refused: boolean }[]
  readonly prompt: Uint32Array | null
  readonly answer: Uint32Array | null
}

export interface RecordTools {
  readonly judge: TextJudge
  readonly similarity: Similarity
  /** Answers of the constitution's examples, by their place. */
  readonly examples: NearTexts
}

/** A record with the flags that it has by itself, and what is to be known of it. */
export async function checkRecord(
  record: DatasetRecord,
  tools: RecordTools,
): Promise<{ readonly record: DatasetRecord; readonly facts: Facts }> {
  const { answer, prompt } = record
  const promptText = prompt.turns.map(({ text }) => text).join('\n')
  const about = { kind: prompt.kind, prompt: signatureOf(tools.similarity, promptText) }
  if (answer === null || record.flags.length > 0)
    return { record, facts: { ...about, whole: false, opening: null, stages: [], answer: null } }
  const harms = new Harms(record, tools.judge)
  const signature = signatureOf(tools.similarity, answer.text)
  const flags = [
    ...(await harmFlags(record, harms)),
    ...wordFlags(record, tools, signature),
    ...critiqueFlags(record),
    ...pairFlags(record),
  ]
  const stages = await Promise.all(
    stagesOf(record).map(async (text) => ({
      words: wordsOf(text),
      harmful: isHarm(await harms.of(text)),
      refused: tools.judge.refuses(text),
    })),
  )
  const facts = { ...about, whole: true, opening: openingOf(answer.text), stages, answer: signature }
  return { record: { ...record, flags }, facts }
}

/** Each text of a record is judged once. */
class Harms {
  readonly #known = new Map<string, Promise<Found | null | 'unjudged'>>()
  readonly #record: DatasetRecord
  readonly #judge: TextJudge

  constructor(record: DatasetRecord, judge: TextJudge) {
    this.#record = record
    this.#judge = judge
  }

  of(text: string): Promise<Found | null | 'unjudged'> {
    const known = this.#known.get(text)
    if (known !== undefined) return known
    const found = this.#judge.harmIn(this.#record.prompt.turns, text).catch(() => 'unjudged' as const)
    this.#known.set(text, found)
    return found
  }
}

const isHarm = (found: Found | null | 'unjudged') => (found === 'unjudged' ? null : found !== null)

async function harmFlags({ answer, pair }: DatasetRecord, harms: Harms): Promise<Flag[]> {
  const flags: Flag[] = []
  const flag = async (text: string, name: Flag['flag'], what: string) => {
    const found = await harms.of(text)
    if (found === 'unjudged') flags.push({ flag: 'unscreened', about: what })
    else if (found !== null) flags.push({ flag: name, about: `${what}: ${foundWords(found)}` })
  }
  if (answer !== null) await flag(answer.text, 'harmful_answer', 'answer')
  const preferred = pair?.preferred ? pair[pair.preferred] : null
  if (preferred !== null) await flag(preferred.text, 'harmful_preferred', 'preferred answer')
  return flags
}

function foundWords({ clause, label, score }: Found): string {
  const by = label === null ? '' : `, ${label}`
  return `clause ${clause}${by}${score === null ? '' : ` ${score.toFixed(2)}`}`
}

function wordFlags(record: DatasetRecord, tools: RecordTools, signature: Uint32Array | null): Flag[] {
  const { answer, prompt, rounds } = record
  if (answer === null) return []
  const flags: Flag[] = []
  if (prompt.kind === 'helpful' && tools.judge.refuses(answer.text))
    flags.push({ flag: 'over_refusal', about: 'the answer to a harmless prompt refuses' })
  const senseless = nonsense(prompt.turns.at(-1)?.text ?? '', answer.text)
  if (senseless !== null) flags.push({ flag: 'senseless', about: senseless })
  const leak = LEAKS.exec(answer.text)
  if (leak !== null) flags.push({ flag: 'leaks_form', about: `at character ${leak.index}` })
  const copied = signature === null ? null : tools.examples.nearest(signature, COPIED_FROM)
  if (copied !== null)
    flags.push({ flag: 'copies_example', about: `${copied.id}: ${copied.likeness.toFixed(2)} alike` })
  if (answer.end === 'length') flags.push({ flag: 'cut_off', about: 'at the limit of tokens' })
  if (wordsOf(answer.text) < SHORT_WORDS) flags.push({ flag: 'short_answer', about: `${wordsOf(answer.text)} words` })
  if (rounds.length > 0 && rounds.every((round, at) => squeezed(round.revision.text) === squeezed(before(record, at))))
    flags.push({ flag: 'unchanged', about: 'no revision changed anything' })
  return flags
}

const before = ({ initial, rounds }: DatasetRecord, at: number) =>
  (at === 0 ? initial : rounds[at - 1]?.revision)?.text ?? ''

function critiqueFlags(record: DatasetRecord): Flag[] {
  return record.rounds.flatMap(({ round, critique }, at) => {
    const why = pointlessness(critique.text, before(record, at))
    return why === null ? [] : [{ flag: 'pointless_critique' as const, about: `round ${round}: ${why}` }]
  })
}

function pairFlags({ pair }: DatasetRecord): Flag[] {
  if (pair === null) return []
  const { judgements, label, preferred } = pair
  if (label === null)
    return [
      pair.first.text === pair.second.text
        ? { flag: 'undecided', about: 'both answers are the same' }
        : { flag: 'unjudged', about: 'no verdict in both orders' },
    ]
  const swayed = judgements.filter(
    ({ firstShown, secondShown }) =>
      firstShown !== null && secondShown !== null && (firstShown - 0.5) * (secondShown - 0.5) < 0,
  )
  const bias: Flag[] =
    judgements.length > 0 && swayed.length / judgements.length > BIASED
      ? [{ flag: 'position_bias', about: `${swayed.length} of ${judgements.length} judgements follow the place` }]
      : []
  return preferred === null ? [...bias, { flag: 'undecided', about: `label ${label.raw.toFixed(2)}` }] : bias
}

/** Answers of a record, one after the other. */
function stagesOf({ initial, rounds, answer, prompt }: DatasetRecord): string[] {
  if (prompt.kind === 'helpful') return answer === null ? [] : [answer.text]
  return [...(initial === null ? [] : [initial.text]), ...rounds.map(({ revision }) => revision.text)]
}

export function wordsOf(text: string): number {
  return text.split(/\s+/).filter(Boolean).length
}
