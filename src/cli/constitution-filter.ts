import { type FileHandle, mkdir, open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import pc from 'picocolors'
import { iso, systemClock } from '../base/clock.ts'
import { loadConfig } from '../base/config.ts'
import { replaceDurably } from '../base/durable-file.ts'
import { codeOf } from '../base/error-code.ts'
import { AppError } from '../base/errors.ts'
import { allClauses, readPolicy, readPolicyFile } from '../policy/index.ts'
import { RefusalModel } from '../refusal/evaluation/index.ts'
import { FINDING_WORDS, FINDINGS, filterData, filterPage, type ScreeningReport } from '../refusal/filter/index.ts'
import { CLASSIFIER_IDS, integer, openClassifier } from '../screening/evaluation/index.ts'
import type { Label } from '../screening/index.ts'
import { progressBar } from './progress.ts'

const PRIVATE_MODE = 0o600
const EXIT_INTERRUPTED = 130
const LISTED = 20

interface Options {
  readonly out?: string
  readonly report?: string
  readonly classifier: string
  readonly json?: true
}

/** `safelevel constitution filter`: screens what customers want to tune a model with. */
export function filterCommand(): Command {
  return new Command('filter')
    .description('screen fine-tuning data for what would take safeguards away; exits 1 when anything is found')
    .argument(
      '<dataset>',
      'JSON lines, or a JSON array: OpenAI chat, prompt and completion, Alpaca, ShareGPT, TRL preference and KTO, OpenAI DPO',
    )
    .option('--out <file>', 'write the rows without findings there, as they stood; never over a file')
    .option('--report <dir>', 'write filter.html and filter.json there')
    .addOption(new Option('--classifier <name>', 'who judges').choices(CLASSIFIER_IDS).default('cascade'))
    .option('--json', 'print the report as one line of JSON')
    .action(run)
}

async function run(dataset: string, options: Options): Promise<void> {
  const { policy, clauses } = policyClauses()
  const clean = options.out === undefined ? null : await created(options.out)
  const opened = await openClassifier(options.classifier)
  const progress = progressBar('screening', process.stderr, { clock: systemClock, amount: perSecond })
  const stop = new AbortController()
  let written = false
  const onSignal = () => stop.abort()
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  try {
    // It is read twice where rows are written out; the second reading takes no time to speak of.
    const size = (await stat(dataset).catch(() => null))?.size ?? 0
    let read = 0
    const report = await filterData(dataset, {
      ...{ opened, refusals: RefusalModel.load(), clauses, policy },
      ...{ now: iso(systemClock.now()), signal: stop.signal },
      onBytes: (bytes) => {
        read += bytes
        progress.show(Math.min(read, size), size)
      },
      ...(clean === null ? {} : { onClean: async (line) => void (await clean.write(`${line}\n`)) }),
    })
    await clean?.sync()
    written = report.complete
    progress.clear()
    if (options.report !== undefined) await save(options.report, report)
    if (options.json) console.log(JSON.stringify(report))
    else console.log(describe(report, options, process.stdout.isTTY ?? false))
    if (!report.complete) process.exitCode = EXIT_INTERRUPTED
    else if (report.foundIn > 0) process.exitCode = 1
  } finally {
    progress.clear()
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
    await clean?.close()
    // Half of a file would be taken for all of it.
    if (options.out !== undefined && !written) await rm(options.out, { force: true })
    await opened.close()
  }
}

/** By label, the clause of the policy that is configured. */
function policyClauses(): { policy: string; clauses: ReadonlyMap<Label, string> } {
  const read = readPolicy(readPolicyFile(loadConfig().config.policy), null)
  if (read.document === null)
    throw new AppError('POLICY_INVALID', `the policy has ${read.problems.length} problems: see safelevel policy lint`)
  const { document } = read
  const clauses = new Map<Label, string>()
  for (const { id, labels } of allClauses(document))
    for (const label of labels) if (!clauses.has(label)) clauses.set(label, id)
  return { policy: document.version, clauses }
}

async function created(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', PRIVATE_MODE)
  } catch (error) {
    const words = codeOf(error) === 'EEXIST' ? `${path} is there already` : `${path} can't be written`
    throw new AppError('CONFLICT', words, { cause: error })
  }
}

async function save(folder: string, report: ScreeningReport): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await replaceDurably(join(folder, 'filter.html'), filterPage(report), PRIVATE_MODE)
  await replaceDurably(join(folder, 'filter.json'), `${JSON.stringify(report, null, 2)}\n`, PRIVATE_MODE)
}

function perSecond(bytes: number): string {
  return `${(bytes / 1024).toFixed(0)} KiB`
}

function describe(report: ScreeningReport, { out, report: folder }: Options, colour: boolean): string {
  const { bold, dim, red, green, yellow } = pc.createColors(colour)
  const verdict = report.foundIn === 0 ? green('nothing found') : red(`${integer(report.foundIn)} rows with findings`)
  const lines = [`${bold(`${report.file}: ${integer(report.rows)} rows,`)} ${verdict}`, '']
  for (const code of FINDINGS) {
    const count = report.byCode[code] ?? 0
    if (count > 0) lines.push(`  ${integer(count).padStart(8)}  ${FINDING_WORDS[code]}`)
  }
  for (const { line, findings } of report.findings.slice(0, LISTED)) {
    const words = findings.map(({ code, clause, label }) => {
      const about = [clause, label].filter((one) => one !== null).join(' ')
      return about === '' ? FINDING_WORDS[code] : `${FINDING_WORDS[code]} (${about})`
    })
    lines.push(dim(`  line ${line}: ${words.join('; ')}`))
  }
  const more = report.foundIn - Math.min(LISTED, report.findings.length)
  if (more > 0) lines.push(dim(`  and ${integer(more)} more: see --report`))
  for (const notice of report.notices) lines.push(yellow(`  ${notice}`))
  if (!report.complete) lines.push(yellow('  interrupted: the rest was not looked at, and nothing was written out'))
  else if (out !== undefined) lines.push(`  clean    ${out}, ${integer(report.rows - report.foundIn)} rows`)
  if (folder !== undefined) lines.push(`  report   ${join(folder, 'filter.html')}`)
  return lines.join('\n')
}
