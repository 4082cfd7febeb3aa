import { Command, InvalidArgumentError, Option } from 'commander'
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
import { printList } from './print-list.ts'
import { caseLine, describeCase, describeDrill, describeIncident, describeProfile, drillLine } from './response-view.ts'

const Cases = z.object({ items: z.array(CaseView) })
const Drills = z.object({ items: z.array(DrillReport) })
const json = () => new Option('--json', 'print JSON')
const reason = () => new Option('--reason <words>', 'why; for those who come after').makeOptionMandatory()

interface Output {
  readonly json?: true
}

interface Reasoned extends Output {
  readonly reason: string
}

/** `safelevel response`: halts, incidents, cases. What loosens takes two people, in the console. */
export function responseCommand(env: NodeJS.ProcessEnv = process.env): Command {
  const response = new Command('response').description('what follows when a threshold is met: pause, lock, halt')
  const commands = [
    halt(env),
    drill(env),
    drills(env),
    profile(env),
    trainingStep(env, 'pause', 'stop training of a model line; two people let it go on'),
    trainingStep(env, 'lock', '2c: nobody opens the weights of a model line'),
    step(env),
    emergency(env),
    acknowledge(env),
    ls(env),
    show(env),
    incidents(env),
    diagram(),
  ]
  for (const command of commands) response.addCommand(command)
  return response
}

function halt(env: NodeJS.ProcessEnv): Command {
  return new Command('halt')
    .description('2d: no new customers for a model, on every replica within a second; existing ones go on being served')
    .option('--model <name>', 'a model line, or a model that the gateway serves')
    .option('--deployment <name>', 'one deployment alone')
    .option('--aware-at <time>', 'since when it was suspected, UTC (2026-03-31T09:00:00Z); now when left out')
    .addOption(reason())
    .addOption(json())
    .action(
      async ({ json: asJson, ...given }: Reasoned & { model?: string; deployment?: string; awareAt?: string }) => {
        const incident = await post(env, '/api/v1/response/halts', IncidentView, given)
        print(incident, describeIncident, asJson)
      },
    )
}

interface DrillOptions {
  readonly model?: string
  readonly deployment?: string
  readonly procedures: readonly string[]
  readonly reason: string
}

function drill(env: NodeJS.ProcessEnv): Command {
  return new Command('drill')
    .description(
      'rehearse pause, 2c and 2d: all is recorded and marked as a drill, no customer is touched; exits 1 where something would fail',
    )
    .option('--model <name>', 'a model line, or a model that the gateway serves')
    .option('--deployment <name>', 'one deployment alone')
    .addOption(new Option('--procedures <names...>', 'only these').choices(PROCEDURES).default([...PROCEDURES]))
    .addOption(new Option('--reason <words>', 'why').default('drill'))
    .addOption(json())
    .action(async ({ json: asJson, ...given }: DrillOptions & Output) => {
      const report = await post(env, '/api/v1/response/drills', DrillReport, given)
      print(report, describeDrill, asJson)
      if (!report.ok) process.exitCode = 1
    })
}

function drills(env: NodeJS.ProcessEnv): Command {
  return new Command('drills')
    .description('reports of rehearsals, newest first')
    .addOption(json())
    .action(async ({ json: asJson }: Output) => {
      const { items } = await get(env, '/api/v1/response/drills', Drills)
      await printList(items, { json: asJson === true, line: drillLine, none: 'nothing has been rehearsed yet' })
    })
}

function profile(env: NodeJS.ProcessEnv): Command {
  return new Command('profile')
    .description('by which edition of the policy evaluations fall due; two people switch it, in the console')
    .addOption(json())
    .action(async ({ json: asJson }: Output) => {
      print(await get(env, '/api/v1/response/profile', ProfileView), describeProfile, asJson)
    })
}

function trainingStep(env: NodeJS.ProcessEnv, name: 'pause' | 'lock', description: string): Command {
  return new Command(name)
    .description(description)
    .requiredOption('--model <line>', 'the model line')
    .addOption(reason())
    .addOption(json())
    .action(async ({ model, reason: why, json: asJson }: Reasoned & { model: string }) => {
      const path = `/api/v1/response/cases/training/${encodeURIComponent(model)}/steps`
      print(await post(env, path, CaseView, { step: name, reason: why }), describeCase, asJson)
    })
}

function step(env: NodeJS.ProcessEnv): Command {
  return new Command('step')
    .description('take a step that one person may take')
    .argument('<case>', 'training/MODEL or deployment/NAME')
    .argument('<step>', 'see: safelevel response show CASE')
    .addOption(reason())
    .addOption(json())
    .action(async (id: string, name: string, { reason: why, json: asJson }: Reasoned) => {
      const moved = await post(env, `${casePath(id)}/steps`, CaseView, { step: name, reason: why })
      print(moved, describeCase, asJson)
    })
}

interface EmergencyOptions extends Reasoned {
  readonly judge?: true
  readonly downgrade?: readonly [string, { from: number; to: string }][]
  readonly keepTools?: true
  readonly replaceWith?: string
  readonly close?: readonly [string, number][]
}

function emergency(env: NodeJS.ProcessEnv): Command {
  return new Command('emergency')
    .description('a safety emergency: additional safeguards hold for this deployment from the next request on')
    .argument('<case>', 'deployment/NAME')
    .addOption(reason())
    .option('--keep-tools', 'requests may go on bringing tools')
    .option('--replace-with <model>', 'another model of the gateway answers in its place')
    .option('--close <label=score...>', 'refuse this label from this score on: cyber_operations=0.2', toBars)
    .option(
      '--downgrade <label=score=model...>',
      'from this score of a request on, another model answers it',
      toStandIns,
    )
    .option('--judge', 'the judge of classifier.judge reads everything too')
    .addOption(json())
    .action(async (id: string, options: EmergencyOptions) => {
      const { close = [], downgrade = [], replaceWith = null } = options
      const safeguards = {
        ...{ toolsOff: options.keepTools !== true, judge: options.judge === true, replaceWith },
        ...{ closed: Object.fromEntries(close), downgrade: Object.fromEntries(downgrade) },
      }
      const { reason: why } = options
      const held = await post(env, `${casePath(id)}/emergency`, CaseView, { reason: why, safeguards })
      print(held, describeCase, options.json)
    })
}

function acknowledge(env: NodeJS.ProcessEnv): Command {
  return new Command('acknowledge')
    .description('a surface that can’t be halted from here is halted')
    .argument('<incident>', 'inc_…')
    .requiredOption('--deployment <name>', 'what was ordered to halt')
    .requiredOption('--surface <name>', 'where it is served by others')
    .requiredOption('--reference <words>', 'where their word is on record')
    .addOption(json())
    .action(async (id: string, { json: asJson, ...given }: Output & Record<string, string | true | undefined>) => {
      const path = `/api/v1/response/incidents/${encodeURIComponent(id)}/acknowledgements`
      print(await post(env, path, IncidentView, given), describeIncident, asJson)
    })
}

function ls(env: NodeJS.ProcessEnv): Command {
  return new Command('ls')
    .description('where training of each model line and each deployment stands')
    .addOption(json())
    .action(async ({ json: asJson }: Output) => {
      const { items } = await get(env, '/api/v1/response/cases', Cases)
      await printList(items, { json: asJson === true, line: caseLine, none: 'nothing has happened yet' })
    })
}

function show(env: NodeJS.ProcessEnv): Command {
  return new Command('show')
    .description('one case: its state, and what leads on from it')
    .argument('<case>', 'training/MODEL or deployment/NAME')
    .addOption(json())
    .action(async (id: string, { json: asJson }: Output) => {
      print(await get(env, casePath(id), CaseView), describeCase, asJson)
    })
}

function incidents(env: NodeJS.ProcessEnv): Command {
  return new Command('incidents')
    .description('incidents with their tasks, orders and clocks')
    .addOption(new Option('--state <state>', 'only these').choices(['open', 'closed']).default('open'))
    .addOption(json())
    .action(async ({ state, json: asJson }: { state: string } & Output) => {
      const client = await connectServer(env)
      const found = client.each('/api/v1/response/incidents', IncidentView, { state })
      await printList(found, { json: asJson === true, line: describeIncident, none: `no ${state} incidents` })
    })
}

function diagram(): Command {
  return new Command('diagram')
    .description('a machine as a Mermaid diagram, from the definition that runs')
    .addArgument(new Command().createArgument('<machine>').choices(['training', 'deployment']))
    .action((name: string) => {
      process.stdout.write(diagramOf(name === 'training' ? TRAINING_MACHINE : DEPLOYMENT_MACHINE))
    })
}

async function get<T>(env: NodeJS.ProcessEnv, path: string, schema: z.ZodType<T>): Promise<T> {
  return (await connectServer(env)).request('GET', path, schema)
}

async function post<T>(env: NodeJS.ProcessEnv, path: string, schema: z.ZodType<T>, body: unknown): Promise<T> {
  return (await connectServer(env)).request('POST', path, schema, body)
}

function print<T>(value: T, words: (value: T) => string, asJson: true | undefined): void {
  console.log(asJson ? JSON.stringify(value) : words(value))
}

/** `cyber_operations=0.2`. A score that was left out must not stand for 0, from which everything is refused. */
function toBars(text: string, before: [string, number][] = []): [string, number][] {
  const [, label, score] = /^([a-z_]+)=([\d.]+)$/.exec(text) ?? []
  if (label === undefined || score === undefined) throw new InvalidArgumentError('write it like cyber_operations=0.2')
  return [...before, [label, Number(score)]]
}

/** `cyber_operations=0.2=small-1` */
function toStandIns(text: string, before: [string, { from: number; to: string }][] = []) {
  const [, label, score, model] = /^([a-z_]+)=([\d.]+)=(.+)$/.exec(text) ?? []
  if (label === undefined || score === undefined || model === undefined)
    throw new InvalidArgumentError('write it like cyber_operations=0.2=another-model')
  return [...before, [label, { from: Number(score), to: model }] as [string, { from: number; to: string }]]
}

function casePath(id: string): string {
  const slash = id.indexOf('/')
  return `/api/v1/response/cases/${id.slice(0, slash)}/${encodeURIComponent(id.slice(slash + 1))}`
}
