import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { Command, Option } from 'commander'
import { z } from 'zod'
import { AppError } from '../base/errors.ts'
import { QuarterId } from '../base/quarter.ts'
import { canonicalJson } from '../ledger/index.ts'
import {
  type Breakdown,
  cellWords,
  EditionView,
  quarterName,
  TransparencyReport,
  toCsv,
} from '../transparency/index.ts'
import { connectServer } from './connect-server.ts'
import type { OperatorClient } from './operator-client.ts'

const Editions = z.object({ items: z.array(EditionView) })
const Published = z.object({ about: EditionView, report: TransparencyReport })
const json = () => new Option('--json', 'print JSON')

interface Output {
  readonly json?: true
}
interface Shown {
  readonly report: TransparencyReport
  /** null while the quarter runs. */
  readonly about: EditionView | null
}

/** `safelevel transparency`, on a running server. A correction takes two people, in the console. */
export function transparencyCommand(env: NodeJS.ProcessEnv = process.env): Command {
  const ls = new Command('ls')
    .description('every edition of every report, the newest quarter first')
    .addOption(json())
    .action(async (options: Output) => {
      const { items } = await editionsOf(await connectServer(env))
      for (const one of items) console.log(options.json ? JSON.stringify(one) : line(one))
      if (items.length === 0 && !options.json)
        process.stderr.write('nothing is published yet: safelevel transparency show tells how the quarter stands\n')
    })
  const show = new Command('show')
    .description('the numbers of a quarter')
    .argument('[quarter]', 'such as 2026-q4; the one that runs, when left out')
    .option('--edition <n>', 'the newest, when left out', Number)
    .addOption(json())
    .action(async (quarter: string | undefined, { edition, ...options }: { edition?: number } & Output) => {
      const { report, about } = await find(await connectServer(env), quarter, edition)
      console.log(options.json ? JSON.stringify(report) : describe(report, about))
    })
  const publish = new Command('publish')
    .description('publish the reports of quarters that are over and have none, without waiting for the clock')
    .addOption(json())
    .action(async (options: Output) => {
      const client = await connectServer(env)
      const { items } = await client.request('POST', '/api/v1/transparency/editions', Editions)
      for (const one of items) console.log(options.json ? JSON.stringify(one) : line(one))
      if (items.length === 0 && !options.json)
        process.stderr.write('nothing is due: every quarter that is over has its report\n')
    })
  const exported = new Command('export')
    .description('write a report to a file, or to the standard output')
    .argument('[quarter]', 'such as 2026-q4; the one that runs, when left out')
    .option('--edition <n>', 'the newest, when left out', Number)
    .addOption(
      new Option('--format <format>', 'the bytes that the digest is of, or a table')
        .choices(['json', 'csv'])
        .default('json'),
    )
    .option('--out <file>', 'where to; must not be there yet')
    .action(async (quarter: string | undefined, options: { edition?: number; format: string; out?: string }) => {
      const { report, about } = await find(await connectServer(env), quarter, options.edition)
      const text = options.format === 'csv' ? toCsv(report) : canonicalJson(report)
      if (options.out === undefined) process.stdout.write(text)
      else await writeFile(options.out, text, { flag: 'wx' }).catch(notWritten)
      if (about !== null) process.stderr.write(`edition ${about.edition}, SHA-256 of its JSON ${about.digest}\n`)
    })
  return new Command('transparency')
    .description('the numbers that are published each quarter')
    .addCommand(ls)
    .addCommand(show)
    .addCommand(publish)
    .addCommand(exported)
}

function notWritten(cause: unknown): never {
  throw new AppError('CONFLICT', 'the file can’t be written, or is there already', { cause })
}

function editionsOf(client: OperatorClient): Promise<z.infer<typeof Editions>> {
  return client.request('GET', '/api/v1/transparency/editions', Editions)
}

/** What was published is held to its digest before anything of it is shown. */
async function find(client: OperatorClient, quarter: string | undefined, edition: number | undefined): Promise<Shown> {
  if (quarter !== undefined && !QuarterId.safeParse(quarter).success)
    throw new AppError('REQUEST_INVALID', 'a quarter is written 2026-q4')
  if (edition !== undefined && !(Number.isInteger(edition) && edition > 0))
    throw new AppError('REQUEST_INVALID', '--edition is a number from 1 on')
  const running = async () => client.request('GET', '/api/v1/transparency/running', TransparencyReport)
  if (quarter === undefined) return { report: await running(), about: null }
  const { items } = await editionsOf(client)
  const number = edition ?? items.find((one) => one.quarter === quarter)?.edition
  if (number === undefined) {
    const report = await running()
    if (report.quarter === quarter) return { report, about: null }
    throw new AppError('NOT_FOUND', `nothing is published about ${quarter}`)
  }
  const found = await client.request('GET', `/api/v1/transparency/editions/${quarter}/${number}`, Published)
  const digest = createHash('sha256').update(canonicalJson(found.report)).digest('hex')
  if (digest !== found.about.digest)
    throw new AppError('VERIFICATION_FAILED', 'the report is not the one that its digest names')
  return found
}

function line({ quarter, edition, publishedAt, digest, reason }: EditionView): string {
  const corrects = reason === null ? '' : `  corrects: ${reason.split('\n')[0] ?? ''}`
  return `${quarter}  edition ${edition}  ${publishedAt.slice(0, 10)}  ${digest.slice(0, 16)}…${corrects}`
}

function describe(report: TransparencyReport, about: EditionView | null): string {
  const { decisions: d, canaries, enforcement: e, appeals: a, exemptions: x, reports: r, models } = report
  const rows: [string, string | number][] = [
    ['requests', d.requests],
    ['answered', d.answered],
    ['refused', d.refused],
    ['cut short', d.cut],
    ['passed on, only observed', d.passedOn],
    ['answered, not fully checked', d.unevaluated],
    ['canaries sent / missed', `${canaries.sent} / ${canaries.missed}`],
    ['actions against accounts', e.actions],
    ['appeals received / decided', `${a.received} / ${a.decided}`],
    ['exemptions in force', x.inForceAtEnd],
    ...(r === null ? [] : ([['reports received / confirmed', `${r.received} / ${r.confirmed}`]] as [string, string][])),
    ['assessments / halts', `${models.evaluations.length} / ${models.halts.length}`],
  ]
  const state =
    about === null
      ? `still running; as of ${report.compiledAt}`
      : `edition ${about.edition}, published ${about.publishedAt.slice(0, 10)}, SHA-256 ${about.digest} (checked)`
  return [
    `${quarterName(report.quarter)}: ${state}`,
    ...rows.map(([name, value]) => `  ${name.padEnd(30)} ${value.toLocaleString('en')}`),
    ...cells('refused and cut, by clause and category', d.byClause),
  ].join('\n')
}

function cells(title: string, breakdown: Breakdown | null): string[] {
  if (breakdown === null) return []
  if (breakdown.mode === 'withheld') return [`  ${title}: withheld, the numbers are too small`]
  const counted = breakdown.cells.filter(({ most }) => most !== 0)
  return [`  ${title}:`, ...counted.map((cell) => `    ${cell.key.padEnd(32)} ${cellWords(cell)}`)]
}
