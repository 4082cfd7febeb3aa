import { Command, Option } from 'commander'
import { z } from 'zod'
import {
  CaseView,
  DEPLOYMENT_MACHINE,
  DrillReport,
  diagramOf,
  IncidentView,
  PROCEDURES,
  ProfileView,
  TRAINING_MACHINE,
} from '../models/response/index.ts'
import { connectServer } from './connect-server.ts'

const Cases = z.object({ items: z.array(CaseView) })
const Drills = z.object({ items: z.array(DrillReport) })
const Incidents = z.object({ items: z.array(IncidentView), next: z.string().nullable() })
const json = () => new Option('--json', 'print JSON')
const reason = () => new Option('--reason <words>', 'why; for those who come after').makeOptionMandatory()

interface Output {
  readonly json?: true
}

/** `safelevel response`: halts, incidents, cases. What loosens takes two people, in the console. */
export function responseCommand(env: NodeJS.ProcessEnv = process.env): Command {
  const post = async <T>(path: string, schema: z.ZodType<T>, body: unknown): Promise<T> =>
    (await connectServer(env)).request('POST', path, schema, body)
  const halt = new Command('halt')
    .description('2d: no new customers for a model, on every replica within a second; existing ones go on being served')
    .option('--model <name>', 'a model line, or a model that the gateway serves')
    .option('--deployment <name>', 'one deployment alone')
    .option('--aware-at <time>', 'since when it was suspected, UTC (2026-03-31T09:00:00Z); now when left out')
    .addOption(reason())
    .addOption(json())
    .action(async (options: HaltOptions & Output) => printIncident(await post(...haltOf(options)), options))
  const drill = new Command('drill')
    .description(
      'rehearse pause, 2c and 2d: all is recorded and marked as a drill, no customer is touched; exits 1 where something would fail',
    )
    .option('--model <name>', 'a model line, or a model that the gateway serves')
    .option('--deployment <name>', 'one deployment alone')
    .addOption(new Option('--procedures <names...>', 'only these').choices(PROCEDURES).default([...PROCEDURES]))
    .addOption(new Option('--reason <words>', 'why').default('drill'))
    .addOption(json())
    .action(async ({ json: asJson, ...given }: DrillOptions & Output) => {
      const report = await post('/api/v1/response/drills', DrillReport, given)
      console.log(asJson ? JSON.stringify(report) : describeDrill(report))
      if (!report.ok) process.exitCode = 1
    })
  const drills = new Command('drills')
    .description('reports of rehearsals, newest first')
    .addOption(json())
    .action(async (options: Output) => {
      const { items } = await (await connectServer(env)).request('GET', '/api/v1/response/drills', Drills)
      for (const one of items) console.log(options.json ? JSON.stringify(one) : drillLine(one))
      if (items.length === 0 && !options.json) process.stderr.write('nothing has been rehearsed yet\n')
    })
  const profile = new Command('profile')
    .description('by which edition of the policy evaluations fall due; two people switch it, in the console')
    .addOption(json())
    .action(async (options: Output) => {
      const view = await (await connectServer(env)).request('GET', '/api/v1/response/profile', ProfileView)
      console.log(options.json ? JSON.stringify(view) : describeProfile(view))
    })
  const stepOf = (name: string, description: string, step: string) =>
    new Command(name)
      .description(description)
      .requiredOption('--model <line>', 'the model line')
      .addOption(reason())
      .addOption(json())
      .action(async ({ model, reason: why, ...options }: { model: string; reason: string } & Output) => {
        const path = `/api/v1/response/cases/training/${encodeURIComponent(model)}/steps`
        printCase(await post(path, CaseView, { step, reason: why }), options)
      })
  const step = new Command('step')
    .description('take a step that one person may take')
    .argument('<case>', 'training/MODEL or deployment/NAME')
    .argument('<step>', 'see: safelevel response show CASE')
    .addOption(reason())
    .addOption(json())
    .action(async (id: string, name: string, { reason: why, ...options }: { reason: string } & Output) => {
      printCase(await post(`${casePath(id)}/steps`, CaseView, { step: name, reason: why }), options)
    })
  const emergency = new Command('emergency')
    .description('a safety emergency: additional safeguards hold for this deployment from the next request on')
    .argument('<case>', 'deployment/NAME')
    .addOption(reason())
    .option('--keep-tools', 'requests may go on bringing tools')
    .option('--replace-with <model>', 'another model of the gateway answers in its place')
    .option('--close <label=score...>', 'refuse this label from this score on: cyber_operations=0.2')
    .option('--downgrade <label=score=model...>', 'from this score of a request on, another model answers it')
    .option('--judge', 'the judge of classifier.judge reads everything too')
    .addOption(json())
    .action(async (id: string, options: EmergencyOptions & Output) => {
      const closed = Object.fromEntries((options.close ?? []).map(toBar))
      const downgrade = Object.fromEntries((options.downgrade ?? []).map(toStandIn))
      const safeguards = {
        ...{ toolsOff: options.keepTools !== true, closed, downgrade },
        ...{ replaceWith: options.replaceWith ?? null, judge: options.judge === true },
      }
      printCase(await post(`${casePath(id)}/emergency`, CaseView, { reason: options.reason, safeguards }), options)
    })
  const acknowledge = new Command('acknowledge')
    .description('a surface that can’t be halted from here is halted')
    .argument('<incident>', 'inc_…')
    .requiredOption('--deployment <name>')
    .requiredOption('--surface <name>')
    .requiredOption('--reference <words>', 'where their word is on record')
    .addOption(json())
    .action(async (id: string, { json: asJson, ...given }: Record<string, string> & Output) => {
      const path = `/api/v1/response/incidents/${encodeURIComponent(id)}/acknowledgements`
      printIncident(await post(path, IncidentView, given), { ...(asJson ? { json: true } : {}) })
    })
  const ls = new Command('ls')
    .description('where training of each model line and each deployment stands')
    .addOption(json())
    .action(async (options: Output) => {
      const { items } = await (await connectServer(env)).request('GET', '/api/v1/response/cases', Cases)
      for (const one of items) console.log(options.json ? JSON.stringify(one) : line(one))
      if (items.length === 0 && !options.json) process.stderr.write('nothing has happened yet\n')
    })
  const show = new Command('show')
    .description('one case: its state, and what leads on from it')
    .argument('<case>', 'training/MODEL or deployment/NAME')
    .addOption(json())
    .action(async (id: string, options: Output) => {
      printCase(await (await connectServer(env)).request('GET', casePath(id), CaseView), options)
    })
  const incidents = new Command('incidents')
    .description('incidents with their tasks, orders and clocks')
    .addOption(new Option('--state <state>', 'only these').choices(['open', 'closed']).default('open'))
    .addOption(json())
    .action(async ({ state, ...options }: { state: string } & Output) => {
      const path = `/api/v1/response/incidents?limit=200&state=${state}`
      const { items } = await (await connectServer(env)).request('GET', path, Incidents)
      for (const one of items) printIncident(one, options)
      if (items.length === 0 && !options.json) process.stderr.write(`no ${state} incidents\n`)
    })
  const diagram = new Command('diagram')
    .description('a machine as a Mermaid diagram, from the definition that runs')
    .addArgument(new Command().createArgument('<machine>').choices(['training', 'deployment']))
    .action((name: string) => {
      process.stdout.write(diagramOf(name === 'training' ? TRAINING_MACHINE : DEPLOYMENT_MACHINE))
    })
  const response = new Command('response').description('what follows when a threshold is met: pause, lock, halt')
  const commands = [
    halt,
    drill,
    drills,
    profile,
    stepOf('pause', 'stop training of a model line; two people let it go on', 'pause'),
    stepOf('lock', '2c: nobody opens the weights of a model line', 'lock'),
    step,
    emergency,
    acknowledge,
    ls,
    show,
    incidents,
    diagram,
  ]
  for (const command of commands) response.addCommand(command)
  return response
}

interface HaltOptions {
  readonly model?: string
  readonly deployment?: string
  readonly awareAt?: string
  readonly reason: string
}

interface DrillOptions {
  readonly model?: string
  readonly deployment?: string
  readonly procedures: readonly string[]
  readonly reason: string
}

interface EmergencyOptions {
  readonly reason: string
  readonly judge?: true
  readonly downgrade?: string[]
  readonly keepTools?: true
  readonly replaceWith?: string
  readonly close?: string[]
}

function haltOf({ model, deployment, awareAt, reason: why }: HaltOptions): [string, typeof IncidentView, unknown] {
  return ['/api/v1/response/halts', IncidentView, { model, deployment, awareAt, reason: why }]
}

function drillLine({ id, model, ok, rehearsals, filedAt }: DrillReport): string {
  const names = rehearsals.map(({ procedure }) => procedure).join(', ')
  return `${id}  ${filedAt}  ${model}  ${names}  ${ok ? 'went as it should' : 'WOULD NOT HOLD'}`
}

function describeDrill(report: DrillReport): string {
  const lines = [drillLine(report)]
  for (const { procedure, tookMs, steps } of report.rehearsals) {
    lines.push(`  ${procedure}  ${tookMs} ms`)
    for (const { title, ok, says } of steps) lines.push(`    ${ok ? 'ok    ' : 'FAILS '}  ${title}: ${says}`)
  }
  return [...lines, `  sha256  ${report.digest}`].join('\n')
}

function describeProfile({ profile, months, since, switches }: ProfileView): string {
  const by = since === null ? 'as configured' : `since ${since}`
  const lines = switches.map(
    ({ at, from, to, people }) => `  ${at}  ${from.months} to ${to.months} months by ${people.join(' and ')}`,
  )
  return [`${profile ?? 'neither edition'}  every ${months} months  ${by}`, ...lines].join('\n')
}

function toBar(text: string): [string, number] {
  const [label = '', score = ''] = text.split('=')
  return [label, Number(score)]
}

function toStandIn(text: string): [string, { from: number; to: string }] {
  const [label = '', score = '', ...model] = text.split('=')
  return [label, { from: Number(score), to: model.join('=') }]
}

function casePath(id: string): string {
  const slash = id.indexOf('/')
  return `/api/v1/response/cases/${id.slice(0, slash)}/${encodeURIComponent(id.slice(slash + 1))}`
}

function line({ id, state, effect, frozen, drill }: CaseView): string {
  const customers = frozen === null ? '' : `  ${frozen.length} customers`
  return `${id}  ${state}  ${effect}${customers}${drill ? '  drill' : ''}`
}

function printCase(of: CaseView, { json: asJson }: Output): void {
  if (asJson) {
    console.log(JSON.stringify(of))
    return
  }
  console.log(line(of))
  for (const { kind, reference, by, at } of of.shown) console.log(`  shown     ${kind}: ${reference} (${by}, ${at})`)
  for (const { step, to, by, missing } of of.leads) {
    const needs = missing.map((kinds) => kinds.join(' or ')).join(', ')
    console.log(`  leads on  ${step} to ${to}, ${by}${needs === '' ? '' : `; needs ${needs}`}`)
  }
}

function printIncident(incident: IncidentView, { json: asJson }: Output): void {
  if (asJson) {
    console.log(JSON.stringify(incident))
    return
  }
  const { id, model, drill, awareAt, tasks, orders, clocks, closedAt, beyond } = incident
  console.log(
    `${id}  ${drill ? 'DRILL ' : ''}2d  ${model}  aware since ${awareAt}${closedAt === null ? '' : '  closed'}`,
  )
  for (const task of tasks) {
    const owner = task.owner ?? 'nobody yet'
    console.log(`  halted    ${task.case}: ${task.customers} customers go on; assess by ${task.dueAt} (${owner})`)
  }
  for (const { deployment, surface, acknowledged, what } of orders) {
    const state =
      acknowledged === null
        ? `NOT ${what === 'halt' ? 'HALTED' : 'SAFEGUARDED'} FROM HERE, no answer yet`
        : `done there since ${acknowledged.at}, they say`
    console.log(`  order     ${deployment} on ${surface}: ${state}`)
  }
  for (const words of beyond) console.log(`  beyond    ${words}`)
  for (const { regime, what, dueAt, over } of clocks) {
    console.log(`  clock     ${dueAt}${over ? ' OVER' : ''}  ${regime}: ${what}`)
  }
}
