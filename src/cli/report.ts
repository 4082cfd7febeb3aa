import { setTimeout as wait } from 'node:timers/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import { z } from 'zod'
import { systemClock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import { BANDS, QueuedReport, REPORT_STATES, RegressionCase, ReportDetail, ReproductionView } from '../intake/index.ts'
import { connectServer } from './connect-server.ts'
import type { OperatorClient } from './operator-client.ts'
import { printList } from './print-list.ts'
import { progressBar } from './progress.ts'
import { caseLine, describeReport, describeRun, reportLine } from './report-view.ts'

const Cases = z.object({ items: z.array(RegressionCase) })
const Runs = z.object({ items: z.array(ReproductionView) })
const Standing = z.object({
  deployment: z.string(),
  met: z.boolean(),
  says: z.string(),
  cases: z.array(z.object({ case: z.string(), run: z.string().nullable(), met: z.boolean(), says: z.string() })),
})
const POLL_MS = 500
const json = () => new Option('--json', 'print JSON, one object a line')

interface Output {
  readonly json?: true
}
interface Filters extends Output {
  readonly state: string
  readonly band?: string
}
interface Asked extends Output {
  readonly deployment: string
  readonly n: number
  readonly through: string
}

/** `safelevel report`, on a running server: what there is, whether it can be seen again, and that it does not come back. Never what was written. */
export function reportCommand(env: NodeJS.ProcessEnv = process.env): Command {
  return new Command('report')
    .description('what people report: severity, clocks, reproductions, regression cases')
    .addCommand(listCommand(env))
    .addCommand(showCommand(env))
    .addCommand(reproduceCommand(env))
    .addCommand(casesCommand(env))
    .addCommand(runCasesCommand(env))
}

function listCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('ls')
    .description('reports, newest first')
    .addOption(new Option('--state <state>', 'only these').choices(['open', ...REPORT_STATES]).default('open'))
    .addOption(new Option('--band <band>', 'only of this severity').choices(BANDS))
    .addOption(json())
    .action(async ({ state, band, json: asJson }: Filters) => {
      const client = await connectServer(env)
      const reports = client.each('/api/v1/reports', QueuedReport, { state, band })
      await printList(reports, { json: asJson === true, line: reportLine, none: `no reports that are ${state}` })
    })
}

function showCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('show')
    .description('one report, without what was written')
    .argument('<id>', 'rep_…')
    .addOption(json())
    .action(async (id: string, options: Output) => {
      const client = await connectServer(env)
      const report = await client.request('GET', `/api/v1/reports/${encodeURIComponent(id)}`, ReportDetail)
      console.log(options.json ? JSON.stringify(report) : describeReport(report))
    })
}

function reproduceCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('reproduce')
    .description('try n times what the report says to do, and wait for what comes of it')
    .argument('<id>', 'rep_…')
    .requiredOption('--deployment <name>', 'what is asked')
    .option('-n, --tries <n>', 'how often, 1 to 100', tries, 10)
    .addOption(
      new Option('--through <way>', 'gateway: with the safeguards; model: without')
        .choices(['gateway', 'model'])
        .default('gateway'),
    )
    .addOption(json())
    .action(async (id: string, { deployment, tries: n, through, ...options }: Omit<Asked, 'n'> & { tries: number }) => {
      const client = await connectServer(env)
      const path = `/api/v1/reports/${encodeURIComponent(id)}/reproductions`
      const { id: run } = await client.request('POST', path, ReproductionView, { deployment, n, through })
      const [ended] = await untilEnded(client, [run], n)
      if (ended === undefined) return
      console.log(options.json ? JSON.stringify(ended) : describeRun(ended))
      if (ended.state !== 'done')
        throw new AppError('CONFLICT', `the reproduction is ${ended.state}: ${ended.problem ?? ''}`)
    })
}

function casesCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('cases')
    .description('regression cases, oldest first')
    .addOption(json())
    .action(async (options: Output) => {
      const { items } = await (await connectServer(env)).request('GET', '/api/v1/regression-cases', Cases)
      for (const one of items) console.log(options.json ? JSON.stringify(one) : caseLine(one))
      if (items.length === 0 && !options.json) process.stderr.write('no confirmed report has become a case yet\n')
    })
}

function runCasesCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('run-cases')
    .description('run the cases that a deployment is to pass; exits 1 unless all have passed')
    .argument('<deployment>')
    .option('--case <id>', 'this one alone')
    .addOption(json())
    .action(async (deployment: string, { case: only, ...options }: Output & { case?: string }) => {
      const client = await connectServer(env)
      const asked = { deployment, ...(only === undefined ? {} : { case: only }) }
      const { items } = await client.request('POST', '/api/v1/regression-runs', Runs, asked)
      await untilEnded(
        client,
        items.map(({ id }) => id),
        items.reduce((sum, { n }) => sum + n, 0),
      )
      const path = `/api/v1/regression-standings/${encodeURIComponent(deployment)}`
      const standing = await client.request('GET', path, Standing)
      if (options.json) console.log(JSON.stringify(standing))
      else {
        for (const one of standing.cases)
          console.log(`${one.met ? 'passed' : 'FAILED'}  ${one.case}  ${one.says.replace(/^(passed|failed): /, '')}`)
        console.log(`${standing.met ? 'passes' : 'does not pass'}: ${standing.says}`)
      }
      if (!standing.met) process.exitCode = 1
    })
}

/** Shows how far they are; Ctrl-C leaves them running. */
async function untilEnded(client: OperatorClient, ids: readonly string[], total: number): Promise<ReproductionView[]> {
  const bar = progressBar('Trying', process.stderr, { minTotal: 2, clock: systemClock })
  const leave = () => {
    bar.clear()
    process.stderr.write(`they go on by themselves; see: safelevel report show, or the console\n`)
    process.exit(130)
  }
  process.once('SIGINT', leave)
  try {
    for (;;) {
      const runs: ReproductionView[] = []
      for (const id of ids)
        runs.push(await client.request('GET', `/api/v1/reproductions/${encodeURIComponent(id)}`, ReproductionView))
      bar.show(
        runs.reduce((sum, { attempts }) => sum + attempts.length, 0),
        total,
      )
      if (runs.every(({ state }) => state !== 'queued' && state !== 'running')) return runs
      await wait(POLL_MS)
    }
  } finally {
    bar.clear()
    process.removeListener('SIGINT', leave)
  }
}

function tries(text: string): number {
  const n = Number(text)
  if (!Number.isInteger(n) || n < 1 || n > 100) throw new InvalidArgumentError('a whole number from 1 to 100')
  return n
}
