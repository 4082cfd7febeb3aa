import { openAsBlob } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Command, Option } from 'commander'
import { z } from 'zod'
import { AppError } from '../base/errors.ts'
import { Assessment, DueView, Result, Suite, ThreatModel, VERDICTS, VerdictView } from '../models/evaluation/index.ts'
import { connectServer } from './connect-server.ts'
import { evalForecast } from './eval-forecast.ts'
import { evalRun } from './eval-run.ts'
import { describeResult, openOf, share } from './eval-view.ts'
import { printList } from './print-list.ts'

const DueList = z.object({ items: z.array(DueView) })
const Verdict = z.object({
  verdict: z.enum(VERDICTS),
  snapshots: z.array(z.object({ suite: z.string(), snapshot: z.string(), verdict: VerdictView })),
  missing: z.array(z.object({ suite: z.string().nullable(), code: z.string(), words: z.string() })),
})

const json = () => new Option('--json', 'print JSON, one object a line')
const at = (path: string) => `/api/v1/evaluations/${path}`

/** `safelevel eval …`, on a running server: what is due, what was found, what it comes to. */
export function evalCommand(env: NodeJS.ProcessEnv = process.env): Command {
  return new Command('eval')
    .description('evaluations: when one is due, what was found, what it comes to')
    .addCommand(due(env))
    .addCommand(fromFile(env, 'suite', 'freeze a suite that a file describes (JSON)', at('suites'), Suite))
    .addCommand(
      fromFile(env, 'threat', 'write down a threat model that a file describes (JSON)', at('threats'), ThreatModel),
    )
    .addCommand(open(env))
    .addCommand(evalRun(env))
    .addCommand(importFile(env))
    .addCommand(verdict(env))
    .addCommand(ls(env))
    .addCommand(report(env))
    .addCommand(evalForecast(env))
}

function due(env: NodeJS.ProcessEnv): Command {
  return new Command('due')
    .description('whether an evaluation is due; exits 1 when one is')
    .option('--model <line>', 'of this model line; of all, when left out')
    .addOption(json())
    .action(async ({ model, json: asJson }: { model?: string; json?: true }) => {
      const client = await connectServer(env)
      const query = model === undefined ? '' : `?${new URLSearchParams({ model })}`
      const { items } = await client.request('GET', `${at('due')}${query}`, DueList)
      for (const one of items) console.log(asJson ? JSON.stringify(one) : describeDue(one))
      if (items.length === 0 && !asJson) process.stderr.write('no model lines: safelevel checkpoint record\n')
      if (items.some((one) => one.due)) process.exitCode = 1
    })
}

function describeDue(view: DueView): string {
  const { model, due: isDue, pause, reasons, reference, at: most, kHi, headroom, calendarAt, assessment } = view
  const lines = [`${model}  ${pause ? 'PAUSE: at the buffer' : isDue ? 'DUE' : 'not due'}`]
  for (const { words, since } of reasons) lines.push(`  ${words}${since === null ? '' : ` (since ${since})`}`)
  if (reference !== null) {
    const marked = reference.basis === 'baseline' ? ', a baseline that nobody has evaluated' : ''
    lines.push(`  counted from  ${reference.checkpoint} (${reference.at.slice(0, 10)}${marked})`)
  }
  if (kHi !== null && headroom !== null) {
    const sure = view.confidence === 'low' ? ', low confidence' : ''
    lines.push(`  compute       ${round(kHi)} times at ${most}, upper bound${sure}; headroom ${round(headroom)}`)
    lines.push(`  limits        evaluate at ${view.interval} times, pause at ${view.buffer}`)
  }
  if (view.extrapolated) lines.push('  the curve is read beyond its family: the RSO has to say that it holds there')
  if (calendarAt !== null) lines.push(`  calendar      due by ${calendarAt.slice(0, 10)} (${view.months} months)`)
  if (assessment !== null) lines.push(`  open          ${assessment}`)
  return lines.join('\n')
}

function fromFile<T>(env: NodeJS.ProcessEnv, name: string, what: string, path: string, schema: z.ZodType<T>): Command {
  return new Command(name)
    .description(what)
    .argument('<file>', 'JSON, as the API takes it')
    .addOption(json())
    .action(async (file: string, { json: asJson }: { json?: true }) => {
      const input: unknown = parse(await text(file), file)
      const made = await (await connectServer(env)).request('POST', path, schema, input)
      if (asJson) console.log(JSON.stringify(made))
      else process.stderr.write(`${name} recorded\n`)
    })
}

function open(env: NodeJS.ProcessEnv): Command {
  return new Command('open')
    .description('begin an assessment of a checkpoint')
    .requiredOption('--checkpoint <model/checkpoint>', 'what is evaluated')
    .requiredOption('--suite <name...>', 'the suites that are run')
    .addOption(json())
    .action(async (options: { checkpoint: string; suite: string[]; json?: true }) => {
      const input = { checkpoint: options.checkpoint, suites: options.suite }
      const made = await (await connectServer(env)).request('POST', at('assessments'), Assessment, input)
      console.log(options.json ? JSON.stringify(made) : `${made.id}\nto be concluded by ${made.targetAt}`)
    })
}

interface ImportOptions {
  readonly assessment?: string
  readonly model?: string
  readonly suite: string
  readonly snapshot: string
  readonly scorer?: string
  readonly json?: true
}

function importFile(env: NodeJS.ProcessEnv): Command {
  return new Command('import')
    .description('read results into an assessment: an Inspect log, Every Eval Ever, or lines of JSON')
    .argument('<file>', 'the file of results')
    .option('--assessment <id>', 'into this one')
    .option('--model <line>', 'or into the one that is open of this model line')
    .requiredOption('--suite <name>', 'which suite was run')
    .option('--snapshot <name>', 'which variant was tried: helpful-only, …', 'release')
    .option('--scorer <name>', 'which scorer counts, where there are several')
    .addOption(json())
    .action(async (file: string, options: ImportOptions) => {
      const client = await connectServer(env)
      const assessment = options.assessment ?? (await openOf(client, options.model))
      const { suite, snapshot, scorer, json: asJson } = options
      const query = new URLSearchParams({ assessment, suite, snapshot, ...(scorer === undefined ? {} : { scorer }) })
      const blob = await openAsBlob(file).catch((cause: unknown) => {
        throw new AppError('REQUEST_INVALID', `${file} can't be read`, { cause })
      })
      const result = await client.upload(`${at('results')}?${query}`, blob, Result)
      console.log(asJson ? JSON.stringify(result) : describeResult(result))
    })
}

function verdict(env: NodeJS.ProcessEnv): Command {
  return new Command('verdict')
    .description('what an assessment comes to, and what would move it; exits 0 for BELOW alone')
    .argument('<assessment>', 'its id')
    .addOption(json())
    .action(async (id: string, { json: asJson }: { json?: true }) => {
      const client = await connectServer(env)
      const found = await client.request('GET', at(`assessments/${encodeURIComponent(id)}/verdict`), Verdict)
      console.log(asJson ? JSON.stringify(found) : describeVerdict(found))
      if (found.verdict !== 'BELOW') process.exitCode = 1
    })
}

function describeVerdict({ verdict: said, snapshots, missing }: z.infer<typeof Verdict>): string {
  const found = snapshots.map(({ suite, snapshot, verdict: { verdict: its, lower, upper, line, tasks } }) => {
    const counted =
      tasks === null ? '' : `  ${tasks.passed} passed, ${tasks.failed} failed, ${tasks.incomplete} incomplete`
    return `  ${suite}  ${snapshot}  ${its}  ${share(lower)} to ${share(upper)}, line ${share(line)}${counted}`
  })
  const moves = missing.map(({ suite, words }) => `  ${suite === null ? '' : `${suite}: `}${words}`)
  return [said, ...found, ...(moves.length === 0 ? [] : ['what would move it:', ...moves])].join('\n')
}

function ls(env: NodeJS.ProcessEnv): Command {
  return new Command('ls')
    .description('assessments')
    .option('--model <line>', 'only of this line')
    .addOption(json())
    .action(async ({ model, json: asJson }: { model?: string; json?: true }) => {
      const client = await connectServer(env)
      const assessments = client.each(at('assessments'), Assessment, { model })
      await printList(assessments, { json: asJson === true, line: describeAssessment })
    })
}

function describeAssessment({ id, checkpoint, state, verdict: said, openedAt, targetAt, late }: Assessment): string {
  const until = state === 'open' ? `  by ${targetAt.slice(0, 10)}` : ''
  return `${id}  ${checkpoint}  ${state}${said === null ? '' : `  ${said}`}  opened ${openedAt.slice(0, 10)}${until}${late ? '  late' : ''}`
}

function report(env: NodeJS.ProcessEnv): Command {
  return new Command('report')
    .description('the capability report')
    .argument('<assessment>', 'its id')
    .addOption(new Option('--format <format>', 'how').choices(['markdown', 'html', 'json']).default('markdown'))
    .action(async (id: string, { format }: { format: string }) => {
      const client = await connectServer(env)
      console.log(await client.text(at(`assessments/${encodeURIComponent(id)}/report?format=${format}`)))
    })
}

async function text(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new AppError('REQUEST_INVALID', `${file} can't be read`, { cause })
  }
}

function parse(content: string, file: string): unknown {
  try {
    return JSON.parse(content)
  } catch (cause) {
    throw new AppError('REQUEST_INVALID', `${file} is not valid JSON`, { cause })
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
