import type { DatasetManifest } from '../schema.ts'
import type { CheckedRate, DatasetReport } from './report-schema.ts'
import { LIMITS } from './whole.ts'

/** What the checks over the whole set find, one line each; none = nothing. */
export function warningsOf(
  report: Omit<DatasetReport, 'warnings'>,
  { records }: Pick<DatasetManifest, 'records'>,
): string[] {
  const { openings, helpful, stages, critiques, duplicates, labels } = report
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`
  const above = (rate: CheckedRate, limit: number) => rate.rate !== null && rate.rate > limit
  const [first, last] = [stages[0], stages.at(-1)]
  const many = openings.answers >= LIMITS.fewAnswers
  const shrunk = (last?.medianWords ?? 1) / Math.max(1, first?.medianWords ?? 1)
  const found: [boolean, string][] = [
    [records.failed > LIMITS.failed * records.count, `${records.failed} of ${records.count} records failed`],
    [
      many && (openings.topShare ?? 0) > LIMITS.stockOpening,
      `refusal style: ${percent(openings.topShare ?? 0)} of answers to harmful prompts begin alike`,
    ],
    [
      many && (openings.evenness ?? 1) < LIMITS.evenness,
      `refusal style: openings have ${percent(openings.evenness ?? 1)} of the entropy that so many answers could have`,
    ],
    [
      many && duplicates.answers > LIMITS.nearAnswerShare * openings.answers,
      `refusal style: ${duplicates.answers} of ${openings.answers} answers are near copies of another`,
    ],
    [
      above(helpful.overRefusal, LIMITS.overRefusal),
      `over-refusal: ${words(helpful.overRefusal)} harmless prompts refused`,
    ],
    [
      last !== undefined && above(last.harmful, LIMITS.harmfulLeft),
      `harm left: ${last === undefined ? '' : words(last.harmful)} last answers would be refused by the policy`,
    ],
    [above(critiques.pointless, LIMITS.pointless), `critiques: ${words(critiques.pointless)} point at nothing`],
    [
      stages.length > 1 && shrunk < LIMITS.shrunkTo,
      `length: last answers have ${percent(shrunk)} of the first ones’ words`,
    ],
    [
      labels.ordersAgree.of >= LIMITS.fewAnswers && (labels.ordersAgree.rate ?? 1) < 0.5,
      `judging: only ${words(labels.ordersAgree)} judgements agree in both orders`,
    ],
  ]
  return found.flatMap(([holds, text]) => (holds ? [text] : []))
}

const words = ({ count, of }: CheckedRate) => `${count} of ${of}`
