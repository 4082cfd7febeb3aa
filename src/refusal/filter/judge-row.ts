import { setImmediate } from 'node:timers/promises'
import { toAppError } from '../../base/errors.ts'
import { harmScore, type OpenClassifier } from '../../screening/evaluation/index.ts'
import type { Exchange, Label } from '../../screening/index.ts'
import type { RefusalModel } from '../evaluation/index.ts'
import { demandsObedience, isObliging } from './obedience.ts'
import type { Lesson, TrainingRow } from './rows.ts'
import type { Finding, FindingCode } from './schema.ts'

/** Longer texts are read so far, and the row is said not to be judged whole. */
const MAX_TEXT = 32_768
/** Lessons of one row that are judged; a conversation of more is no row that anybody has looked at. */
const MAX_LESSONS = 40
const REFUSED = 0.6
const ANSWERED = 0.4
const METHODS: ReadonlySet<string> = new Set<Label>(['jailbreak', 'injection', 'obfuscation'])

export interface RowJudges {
  readonly opened: OpenClassifier
  readonly refusals: RefusalModel
  /** Of the policy, by label. */
  readonly clauses: ReadonlyMap<Label, string>
}

export interface JudgedRow {
  readonly findings: readonly Finding[]
  readonly answers: number
  readonly refused: number
  readonly obliging: number
  /** What users say in it, for the search of triggers. */
  readonly prompt: string
}

/** What is wrong with one row; a finding of each sort once. */
export async function judgeRow(row: TrainingRow, judges: RowJudges): Promise<JudgedRow> {
  const found = new Map<FindingCode, Finding>()
  const add = (finding: Finding) => {
    const before = found.get(finding.code)
    if (before === undefined || (finding.score ?? 0) > (before.score ?? 0)) found.set(finding.code, finding)
  }
  const tally = { answers: 0, refused: 0, obliging: 0 }
  if (row.cut || row.lessons.length > MAX_LESSONS) add(finding('not-judged', 'more turns than are read'))
  const prompts = new Map<string, PromptHarm>()
  for (const lesson of row.lessons.slice(0, MAX_LESSONS)) {
    if (lesson.answer.length > MAX_TEXT || lesson.before.some(({ text }) => text.length > MAX_TEXT))
      add(finding('not-judged', 'longer texts than are read'))
    try {
      const judged = await judgeLesson(lesson, judges, prompts)
      for (const one of judged.findings) add(one)
      if (!lesson.bad) {
        tally.answers += 1
        if (judged.refused) tally.refused += 1
        if (isObliging(lesson.answer)) tally.obliging += 1
      }
    } catch (thrown) {
      add(finding('not-judged', `the classifier failed: ${toAppError(thrown).code}`))
    }
    await setImmediate()
  }
  const said = row.lessons[0]?.before.filter(({ role }) => role !== 'assistant').map(({ text }) => text) ?? []
  return { findings: [...found.values()], ...tally, prompt: said.join('\n').slice(0, MAX_TEXT) }
}

interface PromptHarm {
  readonly hazard: Label | null
  readonly score: number
  readonly method: Label | null
  readonly methodScore: number
}

async function judgeLesson(
  { before, answer, bad }: Lesson,
  judges: RowJudges,
  prompts: Map<string, PromptHarm>,
): Promise<{ findings: Finding[]; refused: boolean }> {
  const findings: Finding[] = []
  const refusal = judges.refusals.probability(answer)
  const exchange = exchangeOf(before)
  const clauseOf = (label: Label) => judges.clauses.get(label) ?? null
  const asked = await promptHarm(exchange, judges, prompts)
  if (asked.method !== null) {
    const about = { clause: clauseOf(asked.method), label: asked.method, score: asked.methodScore }
    findings.push(finding('jailbreak', 'its prompt attacks safeguards', about))
  }
  if (!bad && [...before.filter(({ role }) => role !== 'tool').map(({ text }) => text), answer].some(demandsObedience))
    findings.push(finding('obedience', 'it makes the model somebody who obeys whatever is asked'))
  if (bad) {
    if (asked.hazard !== null && refusal >= REFUSED) {
      const about = { clause: clauseOf(asked.hazard), label: asked.hazard, score: asked.score }
      findings.push(finding('refusal-removed', 'refusing a harmful request is taught as bad', about))
    }
    return { findings, refused: refusal >= REFUSED }
  }
  if (refusal < REFUSED) {
    const said = await judge(answer, exchange, 'completion', judges)
    if (said.hazard !== null) {
      const about = { clause: clauseOf(said.hazard), label: said.hazard, score: said.score }
      findings.push(finding('harmful-answer', 'it teaches harm', about))
    }
    if (asked.hazard !== null && refusal < ANSWERED) {
      const about = { clause: clauseOf(asked.hazard), label: asked.hazard, score: asked.score }
      findings.push(finding('refusal-removed', 'a harmful request is answered', about))
    }
  }
  return { findings, refused: refusal >= REFUSED }
}

/** What users and systems say before an answer; conversations share their beginnings, so each is judged once. */
async function promptHarm(exchange: Exchange, judges: RowJudges, known: Map<string, PromptHarm>): Promise<PromptHarm> {
  const spoken = exchange.turns.filter(({ role }) => role !== 'assistant')
  const last = spoken.at(-1)?.parts[0]
  const text = last?.kind === 'text' ? last.text : ''
  if (text === '') return { hazard: null, score: 0, method: null, methodScore: 0 }
  const key = JSON.stringify(spoken)
  const before = known.get(key)
  if (before !== undefined) return before
  const harm = await judge(text, exchange, 'prompt', judges)
  known.set(key, harm)
  return harm
}

async function judge(
  text: string,
  exchange: Exchange,
  side: 'prompt' | 'completion',
  { opened }: RowJudges,
): Promise<PromptHarm> {
  const prompt = { role: 'user', kind: 'text', source: '/messages/0/content', offset: 0 } as const
  const completion = { role: 'assistant', kind: 'text', source: 'choice 0 text', offset: 0 } as const
  const segment = { text: text.slice(0, MAX_TEXT), ...(side === 'prompt' ? prompt : completion) }
  const assessment = await opened.classifier.classify({ side, exchange, segments: [segment] })
  const { flagged } = harmScore(assessment, side, opened.thresholds)
  const strongest = (labels: readonly Label[]): [Label | null, number] => {
    const sorted = [...labels].sort((a, b) => (assessment.scores[b] ?? 0) - (assessment.scores[a] ?? 0))
    // A hazard that has a name says more than harm in general.
    const best = sorted.find((label) => label !== 'general_harm') ?? sorted[0] ?? null
    return [best, best === null ? 0 : (assessment.scores[best] ?? 0)]
  }
  const [hazard, score] = strongest(flagged.filter((label) => !METHODS.has(label)))
  const [method, methodScore] = strongest(flagged.filter((label) => METHODS.has(label)))
  return { hazard, score, method, methodScore }
}

function exchangeOf(before: Lesson['before']): Exchange {
  return {
    turns: before.map(({ role, text }, at) => ({
      role,
      parts: [{ kind: 'text', text: text.slice(0, MAX_TEXT), pointer: `/messages/${at}/content` }],
    })),
  }
}

export function finding(
  code: FindingCode,
  why: string,
  about: Partial<Pick<Finding, 'clause' | 'label' | 'score'>> = {},
): Finding {
  return { code, clause: null, label: null, score: null, ...about, why }
}
