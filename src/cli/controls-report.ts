import { writeFile } from 'node:fs/promises'
import { Command, Option } from 'commander'
import { z } from 'zod'
import { AppError } from '../base/errors.ts'
import { QuarterId } from '../base/quarter.ts'
import { ReportKind, ReportSummary } from '../controls/index.ts'
import { connectServer } from './connect-server.ts'
import { print } from './ledger-words.ts'

const List = z.object({ items: z.array(ReportSummary) })
const json = () => new Option('--json', 'print JSON, one object a line')
const kind = () => new Option('--kind <kind>', 'only these').choices(ReportKind.options)

interface Output {
  readonly json?: true
}

/** `safelevel controls report`, of a running server: people write, sign and open reports in the console, under their own names. */
export function controlsReportCommand(env: NodeJS.ProcessEnv = process.env): Command {
  const ls = new Command('ls')
    .description('reports, newest first: who signed, and whom they wait for')
    .addOption(kind())
    .addOption(json())
    .action(async ({ kind: only, json: asJson }: Output & { kind?: string }) => {
      const client = await connectServer(env)
      const query = only === undefined ? '' : `?kind=${only}`
      const { items } = await client.request('GET', `/api/v1/control-reports${query}`, List)
      for (const one of items) print(asJson ? JSON.stringify(one) : line(one))
      if (items.length === 0 && !asJson) process.stderr.write('no report yet: safelevel controls report compile rso\n')
    })
  const compile = new Command('compile')
    .description('compile a report from what is on record; a draft keeps what people wrote in it')
    .argument('<kind>', ReportKind.options.join(', '), (text) => ReportKind.parse(text))
    .argument('[quarter]', 'such as 2026-q4; the last one that is over, when left out')
    .addOption(json())
    .action(async (of: string, quarter: string | undefined, { json: asJson }: Output) => {
      if (quarter !== undefined && !QuarterId.safeParse(quarter).success)
        throw new AppError('REQUEST_INVALID', 'a quarter is written 2026-q4')
      const client = await connectServer(env)
      const input = { kind: of, ...(quarter === undefined ? {} : { quarter }) }
      const made = await client.request('POST', '/api/v1/control-reports', ReportSummary, input)
      print(asJson ? JSON.stringify(made) : describe(made))
    })
  const show = new Command('show')
    .description('how a report stands: what is missing, who signed it, who has received it')
    .argument('<id>', 'crp_…')
    .addOption(json())
    .action(async (id: string, { json: asJson }: Output) => {
      const path = `/api/v1/control-reports/${encodeURIComponent(id)}`
      const found = await (await connectServer(env)).request('GET', path, ReportSummary)
      print(asJson ? JSON.stringify(found) : describe(found))
    })
  const exported = new Command('export')
    .description('write the public edition of a signed report')
    .argument('<id>', 'crp_…')
    .addOption(new Option('--format <format>', 'of the file').choices(['markdown', 'html']).default('markdown'))
    .option('--out <file>', 'where to; must not be there yet')
    .action(async (id: string, { format, out }: { format: string; out?: string }) => {
      const client = await connectServer(env)
      const text = await client.text(`/api/v1/control-reports/${encodeURIComponent(id)}/public?format=${format}`)
      if (out === undefined) return void process.stdout.write(text)
      await writeFile(out, text, { flag: 'wx' }).catch((cause: unknown) => {
        throw new AppError('CONFLICT', `${out} can’t be written, or is there already`, { cause })
      })
    })
  return new Command('report')
    .description('reports on how the commitments are kept: to the board, to the CEO, to the public')
    .addCommand(ls)
    .addCommand(compile)
    .addCommand(show)
    .addCommand(exported)
}

function line({ id, quarter, edition, title, state, waitsFor }: ReportSummary): string {
  const waits = state === 'signed' ? `  waits for ${waitsFor.join(', ')}` : ''
  return `${id}  ${quarter}  edition ${edition}  ${state.padEnd(9)} ${title}${waits}`
}

function describe(report: ReportSummary): string {
  const { id, title, quarter, edition, compiledAt, missing, signature, signers, receipts, waitsFor, redactions } =
    report
  return [
    `${id}: ${title}, ${quarter}, edition ${edition}, compiled ${compiledAt}`,
    missing.length === 0 ? 'nothing is missing that people must say' : `people must still write: ${missing.join(', ')}`,
    signature === null
      ? `not signed: one of ${signers.join(', ')} signs it`
      : `signed by ${signature.role} at ${signature.at}, SHA-256 ${signature.digest}`,
    ...receipts.map(({ role, at }) => `received by ${role} at ${at}`),
    ...(waitsFor.length === 0 ? [] : [`to be opened by ${waitsFor.join(', ')}`]),
    ...(report.public ? [`${redactions} redactions in the public edition`] : []),
  ].join('\n')
}
