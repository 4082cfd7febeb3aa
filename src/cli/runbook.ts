import { setTimeout as wait } from 'node:timers/promises'
import { Command, Option } from 'commander'
import { z } from 'zod'
import { loadConfig } from '../base/config.ts'
import { loadRunbooks, RunbookView, RunSummary, RunView, readRunbook } from '../runbooks/index.ts'
import { connectServer } from './connect-server.ts'
import { print } from './ledger-words.ts'
import { connectOperator, type OperatorClient } from './operator-client.ts'
import { describeRun, describeRunbook, describeStep, runLine, runLink } from './runbook-view.ts'
import { consoleLink, json, type Output } from './vault-versions.ts'

const Runbooks = z.object({ items: z.array(RunbookView) })
const Runs = z.object({ items: z.array(RunSummary) })
const TURN_MS = 1_000
/** A check that does not hold is looked at again. */
const LOOK_MS = 15_000

/**
 * `safelevel runbook`. Runbooks can be read where no server runs, which may be why one reads them. A run is on a server: its token starts one and
 * has it look; what people did they say in the console, under their own names.
 */
export function runbookCommand(env: NodeJS.ProcessEnv = process.env): Command {
  const list = new Command('list')
    .description('runbooks that can be started; also where no server runs')
    .addOption(json())
    .action(async (options: Output) => {
      for (const one of await runbooksOf(env))
        print(options.json ? JSON.stringify(one) : `${one.id.padEnd(20)} ${one.title}`)
    })
  const show = new Command('show')
    .description('one runbook with all its steps; also where no server runs')
    .argument('<id>', 'from `runbook list`')
    .addOption(json())
    .action(async (id: string, options: Output) => {
      const found = (await runbooksOf(env)).find((one) => one.id === id)
      const runbook = found ?? localLibrary(env).get(id)
      print(options.json ? JSON.stringify(runbook) : describeRunbook(runbook))
    })
  const lint = new Command('lint')
    .description('check runbooks of one’s own before they are put into their folder')
    .argument('<files...>', 'YAML')
    .addOption(json())
    .action((files: string[], options: Output) => {
      for (const file of files) {
        const { id, steps } = readRunbook(file)
        print(
          options.json ? JSON.stringify({ file, id, steps: steps.length }) : `${file}: ${id}, ${steps.length} steps`,
        )
      }
    })
  const start = new Command('start')
    .description('start a run; its times count from now')
    .argument('<id>', 'from `runbook list`')
    .option('--about <words>', 'the identifier of what it is about: a case, a report, a model')
    .option('--drill', 'an exercise: marked as one everywhere, and never counted as an incident')
    .addOption(json())
    .action(
      async (id: string, { about, drill = false, json: asJson }: Output & { about?: string; drill?: boolean }) => {
        const client = await connectServer(env)
        const input = { runbook: id, drill, ...(about === undefined ? {} : { about }) }
        const run = await client.request('POST', '/api/v1/runbook-runs', RunView, input)
        print(asJson ? JSON.stringify(run) : `${describeRun(run, client.url)}\n\nnext: safelevel runbook run ${run.id}`)
      },
    )
  const runs = new Command('runs')
    .description('runs, newest first')
    .addOption(new Option('--state <state>', 'only these').choices(['open', 'closed']))
    .addOption(json())
    .action(async ({ state, json: asJson }: Output & { state?: string }) => {
      const query = state === undefined ? '' : `?state=${state}`
      const { items } = await (await connectServer(env)).request('GET', `/api/v1/runbook-runs${query}`, Runs)
      for (const run of items) print(asJson ? JSON.stringify(run) : runLine(run))
      if (items.length === 0 && !asJson) process.stderr.write('no such run: safelevel runbook start ID\n')
    })
  return new Command('runbook')
    .description('what people do when something happens, step by step, and the record of what they did')
    .addCommand(list)
    .addCommand(show)
    .addCommand(start)
    .addCommand(runCommand(env))
    .addCommand(runs)
    .addCommand(lint)
}

function runCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('run')
    .description('walk through a run: says each step and who takes it, looks at checks, goes on when people have acted')
    .argument('<run>', 'rbr_…')
    .option('--once', 'look at the checks, say where it stands, and end; exit 1 while steps are open')
    .addOption(json())
    .action(async (id: string, { once, json: asJson }: Output & { once?: true }) => {
      const client = await connectServer(env)
      const walk = new Walk(client, id, asJson === true)
      if (once !== true) process.stderr.write('Ctrl-C leaves the run as it is; the same command goes on\n')
      for (;;) {
        const run = await walk.turn()
        if (once === true && run.open > 0) process.exitCode = 1
        if (once === true || run.closed !== null) {
          if (asJson !== true) print(`\n${describeRun(run, client.url)}`)
          return
        }
        await wait(TURN_MS)
      }
    })
}

/** One terminal beside a run. */
class Walk {
  readonly #client: OperatorClient
  readonly #path: string
  readonly #asJson: boolean
  readonly #lookedMs = new Map<string, number>()
  /** What was said of steps. */
  readonly #told = new Set<string>()
  #begun = false
  #last = ''

  constructor(client: OperatorClient, id: string, asJson: boolean) {
    this.#client = client
    this.#path = `/api/v1/runbook-runs/${encodeURIComponent(id)}`
    this.#asJson = asJson
  }

  /** Looks at open checks that have not been looked at lately, then says what is next. @throws {AppError} as `request` */
  async turn(): Promise<RunView> {
    let run = await this.#client.request('GET', this.#path, RunView)
    for (const { step, open } of run.closed === null ? run.steps : []) {
      if (step.kind !== 'check' || !open || performance.now() - (this.#lookedMs.get(step.id) ?? -LOOK_MS) < LOOK_MS)
        continue
      this.#lookedMs.set(step.id, performance.now())
      run = await this.#client.request('POST', `${this.#path}/steps/${step.id}/look`, RunView)
    }
    if (this.#asJson) this.#sayOnce(JSON.stringify(run))
    else this.#tell(run)
    return run
  }

  #tell(run: RunView): void {
    if (!this.#begun) print(`${run.drill ? 'DRILL  ' : ''}${run.title}: ${runLink(this.#client.url, run.id)}`)
    for (const { step, settled } of run.steps) {
      if (settled === null) continue
      const line = `${settled.at.slice(11, 19)}Z  ${settled.state.padEnd(8)} ${step.id}${settled.answer === null ? '' : ` = ${settled.answer}`}${settled.words === null ? '' : `: ${settled.words}`}`
      // What goes on holding is said once, however its words move on.
      const key = `${step.id} ${settled.state} ${settled.answer} ${settled.state === 'holds' ? '' : settled.words}`
      if (!this.#told.has(key)) print(line)
      this.#told.add(key)
    }
    this.#begun = true
    if (run.closed !== null) return
    const next = run.steps.find(({ step, open }) => open && step.kind !== 'check')
    const link = (path: string) => consoleLink(this.#client, path)
    if (next !== undefined) {
      const late = next.late ? '\n     LATE' : ''
      this.#sayOnce(
        `\n${describeStep(next.step, '→', link)}${late}\n     said in the console: ${runLink(this.#client.url, run.id)}`,
      )
    } else {
      const failing = run.steps.filter(({ open }) => open).map(({ step }) => step.id)
      const checks = failing.length === 0 ? '' : `; these checks do not hold: ${failing.join(', ')}`
      this.#sayOnce(`\nevery step is settled${checks}\n     who leads closes it: ${runLink(this.#client.url, run.id)}`)
    }
  }

  #sayOnce(text: string): void {
    if (text !== this.#last) print(text)
    this.#last = text
  }
}

/** Those of the running server; those of this installation where none runs. */
async function runbooksOf(env: NodeJS.ProcessEnv): Promise<readonly RunbookView[]> {
  const client = await connectOperator(env, loadConfig(env).config.dataDir)
  if (client === null) return localLibrary(env).all
  return (await client.request('GET', '/api/v1/runbooks', Runbooks)).items
}

function localLibrary(env: NodeJS.ProcessEnv) {
  return loadRunbooks(loadConfig(env).config.runbooks.folder ?? null)
}
