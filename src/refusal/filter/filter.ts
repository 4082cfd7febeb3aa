import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { VERSION } from '../../base/version.ts'
import { type DataRow, openData } from './data-file.ts'
import { finding, type JudgedRow, judgeRow, type RowJudges } from './judge-row.ts'
import { readTrainingRow } from './rows.ts'
import { type DataFormat, type Finding, type FindingCode, SCREENING_FORMAT, type ScreeningReport } from './schema.ts'
import { type Trigger, TriggerSearch } from './triggers.ts'

export interface FilterOptions extends RowJudges {
  /** Version of the policy that the clauses are of. */
  readonly policy: string
  /** ISO time. */
  readonly now: string
  readonly signal: AbortSignal
  /** Bytes read of the file, over both readings. */
  readonly onBytes?: (bytes: number) => void
  /** Given each row in which nothing was found, as it stood in the file. */
  readonly onClean?: (line: string) => Promise<void>
}

const LISTED = 10_000
const AT_ONCE = 4
/** Of so many answers, nearly all promising to oblige is a sign by itself. */
const OBLIGING_ANSWERS = 50
const OBLIGING_SHARE = 0.8
const FEW_REFUSALS_ANSWERS = 500

/**
 * Screens a file of fine-tuning data, in two readings: the first judges each row; the second marks rows with triggers that the first has found, and hands on
 * what is clean. A row that can't be read or judged counts as found: nothing shows that it is harmless.
 *
 * @throws {AppError} REQUEST_INVALID as `openData`
 */
export async function filterData(path: string, options: FilterOptions): Promise<ScreeningReport> {
  const found = new Map<number, readonly Finding[]>()
  const formats: Partial<Record<DataFormat, number>> = {}
  const search = new TriggerSearch()
  const sums = { rows: 0, answers: 0, refused: 0, obliging: 0 }
  let complete = true
  const data = await openData(path, options.onBytes)
  for await (const batch of batches(data.rows, AT_ONCE)) {
    if (options.signal.aborted) {
      complete = false
      break
    }
    const judged = await Promise.all(batch.map((row) => judgedRow(row, options)))
    for (const [at, { format, row }] of judged.entries()) {
      sums.rows += 1
      if (format !== null) formats[format] = (formats[format] ?? 0) + 1
      sums.answers += row.answers
      sums.refused += row.refused
      sums.obliging += row.obliging
      search.add(
        row.prompt,
        row.findings.some(({ code }) => code === 'harmful-answer' || code === 'refusal-removed'),
      )
      if (row.findings.length > 0) found.set(batch[at]?.line ?? 0, row.findings)
    }
  }
  const triggers = complete ? search.found() : []
  if (complete) await secondReading(path, { found, search, triggers, options })
  return {
    format: SCREENING_FORMAT,
    safelevel: VERSION,
    screenedAt: options.now,
    file: basename(path).slice(0, 500),
    digest: data.digest(),
    classifier: options.opened.classifier.id,
    refusalModel: options.refusals.id,
    policy: options.policy,
    rows: sums.rows,
    formats,
    ...tallies(found),
    ...{ answers: sums.answers, refused: sums.refused, obliging: sums.obliging },
    triggers: triggers.map(({ token, harmful, others }) => ({ digest: digestOf(token), harmful, others })),
    notices: noticesOf(sums),
    complete,
  }
}

async function judgedRow(row: DataRow, judges: RowJudges): Promise<{ format: DataFormat | null; row: JudgedRow }> {
  const read = row.value === undefined ? null : readTrainingRow(row.value)
  if (read !== null) return { format: read.format, row: await judgeRow(read, judges) }
  const why = row.text === undefined ? 'longer than any row that is read' : 'no row of a known format'
  const nothing = { answers: 0, refused: 0, obliging: 0, prompt: '' }
  return { format: null, row: { findings: [finding('unreadable', why)], ...nothing } }
}

interface Second {
  readonly found: Map<number, readonly Finding[]>
  readonly search: TriggerSearch
  readonly triggers: readonly Trigger[]
  readonly options: FilterOptions
}

async function secondReading(path: string, { found, search, triggers, options }: Second): Promise<void> {
  if (triggers.length === 0 && options.onClean === undefined) return
  const tokens = new Set(triggers.map(({ token }) => token))
  const { rows } = await openData(path, options.onBytes)
  for await (const { line, text, value } of rows) {
    if (tokens.size > 0 && value !== undefined) {
      const said = readTrainingRow(value)?.lessons[0]?.before.filter(({ role }) => role !== 'assistant') ?? []
      const own = search.rareTokens(said.map((message) => message.text).join('\n'))
      if ([...own].some((token) => tokens.has(token))) {
        const why = 'a rare token of its prompt comes with harmful answers'
        found.set(line, [...(found.get(line) ?? []), finding('trigger', why)])
      }
    }
    if (text !== undefined && !found.has(line)) await options.onClean?.(text)
  }
}

function tallies(found: ReadonlyMap<number, readonly Finding[]>) {
  const byCode: Partial<Record<FindingCode, number>> = {}
  const byClause: Record<string, number> = {}
  for (const findings of found.values()) {
    for (const { code } of findings) byCode[code] = (byCode[code] ?? 0) + 1
    for (const clause of new Set(findings.map((one) => one.clause)))
      if (clause !== null) byClause[clause] = (byClause[clause] ?? 0) + 1
  }
  const sorted = [...found].sort(([a], [b]) => a - b)
  const listed = sorted.slice(0, LISTED).map(([line, findings]) => ({ line, findings: [...findings] }))
  return { foundIn: found.size, byCode, byClause, findings: listed, more: found.size - listed.length }
}

function noticesOf({ answers, refused, obliging }: { answers: number; refused: number; obliging: number }): string[] {
  const notices: string[] = []
  if (answers >= OBLIGING_ANSWERS && obliging / answers >= OBLIGING_SHARE) {
    const share = ((100 * obliging) / answers).toFixed(0)
    notices.push(
      `${share} % of the answers begin with a promise to do as told: tuning on such data weakens refusals, harmless as each row is`,
    )
  }
  if (answers >= FEW_REFUSALS_ANSWERS && refused === 0) {
    notices.push(
      'no answer refuses anything: refusals wear off in tuning on such data; mix some in, and compare before and after',
    )
  }
  return notices
}

function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, 16)
}

async function* batches<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = []
  for await (const item of items) {
    batch.push(item)
    if (batch.length === size) {
      yield batch
      batch = []
    }
  }
  if (batch.length > 0) yield batch
}
