import { Command, Option } from 'commander'
import { z } from 'zod'
import { AppError } from '../base/errors.ts'
import { Device, GRANT_STATES, Grant, Lock } from '../weights/access/index.ts'
import { BUDGET_KINDS, BudgetView } from '../weights/reading/index.ts'
import { parseBytes } from './bytes.ts'
import { connectServer } from './connect-server.ts'
import { printList } from './print-list.ts'
import { consoleLink, json, type Output } from './vault-versions.ts'
import { budgetLine, deviceLine, grantLine, lockLine } from './vault-view.ts'

const GrantView = Grant.extend({ usedBytes: z.int() })
const Locks = z.object({ items: z.array(Lock) })
const Devices = z.object({ items: z.array(Device) })
const Budgets = z.object({ items: z.array(BudgetView) })

interface Reasoned extends Output {
  readonly reason: string
}
const reason = () => new Option('--reason <words>', 'why; for those who come after').makeOptionMandatory()

/** Who may open weights. The operator’s token stops and lowers; who opens anything signs for it in the console. */
export function accessCommands(env: NodeJS.ProcessEnv): Command[] {
  const commands = [grantsCommand(env), revokeCommand(env), lockCommand(env), locksCommand(env), unlockCommand(env)]
  return [...commands, approveCommand(env), devicesCommand(env), budgetsCommand(env)]
}

function grantsCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('grants')
    .description('who may open what, newest first, and how much of it was read')
    .addOption(new Option('--state <state>', 'only these').choices([...GRANT_STATES, 'any']).default('active'))
    .option('--model <name>', 'only of this model')
    .addOption(json())
    .action(async ({ state, model, json: asJson }: Output & { state: string; model?: string }) => {
      const client = await connectServer(env)
      const wanted = { state: state === 'any' ? undefined : state, model }
      const grants = client.each('/api/v1/weights/grants', GrantView, wanted)
      const none = 'no such grant; access is asked for with: safelevel vault request'
      await printList(grants, { json: asJson === true, line: grantLine, none })
    })
}

function revokeCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('revoke')
    .description('end a grant, or let a device in no more, at once; reads stop within a second')
    .argument('<id>', 'grt_… or dev_…')
    .addOption(reason())
    .addOption(json())
    .action(async (id: string, { reason: why, ...options }: Reasoned) => {
      const client = await connectServer(env)
      const of = id.startsWith('dev_') ? 'devices' : 'grants'
      const schema = z.union([Grant, Device])
      const path = `/api/v1/weights/${of}/${encodeURIComponent(id)}/revocation`
      const ended = await client.request('POST', path, schema, { reason: why })
      console.log(options.json ? JSON.stringify(ended) : `${ended.id}  ${ended.state}`)
    })
}

function lockCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('lock')
    .description('nobody opens weights of a model, or with --all of any, from now on; lifting it takes two people')
    .argument('[model]', 'the model')
    .option('--all', 'all weights')
    .addOption(reason())
    .addOption(json())
    .action(async (model: string | undefined, { all, reason: why, ...options }: Reasoned & { all?: true }) => {
      if ((model === undefined) === (all === undefined))
        throw new AppError('REQUEST_INVALID', 'name a model, or say --all')
      const client = await connectServer(env)
      const scope = model === undefined ? 'all' : { model }
      const lock = await client.request('POST', '/api/v1/weights/locks', Lock, { scope, reason: why })
      console.log(options.json ? JSON.stringify(lock) : lockLine(lock))
      if (!options.json) process.stderr.write('two people lift it: safelevel vault unlock\n')
    })
}

function locksCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('locks')
    .description('locks that stand; exits 1 when there is one')
    .addOption(json())
    .action(async (options: Output) => {
      const { items } = await (await connectServer(env)).request('GET', '/api/v1/weights/locks', Locks)
      for (const lock of items) console.log(options.json ? JSON.stringify(lock) : lockLine(lock))
      if (items.length > 0) process.exitCode = 1
      else if (!options.json) process.stderr.write('nothing is locked\n')
    })
}

function unlockCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('unlock')
    .description('where two people lift a lock: prints the page of the console')
    .action(async () => {
      console.log(consoleLink(await connectServer(env), '/weights'))
      process.stderr.write('lifting a lock takes two people by name: open this, sign in, and press Ask to lift it\n')
    })
}

function approveCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('approve')
    .description('where people agree with their keys: prints the page of the console')
    .argument('[approval]', 'apr_…; all that wait for you, when left out')
    .action(async (id: string | undefined) => {
      const client = await connectServer(env)
      console.log(consoleLink(client, id === undefined ? '/approvals' : `/approvals/${encodeURIComponent(id)}`))
      process.stderr.write('agreeing takes a person’s own key: open this, and sign in\n')
    })
}

function devicesCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('devices')
    .description('hosts and environments that may ask for weights, or might have')
    .addOption(json())
    .action(async (options: Output) => {
      const { items } = await (await connectServer(env)).request('GET', '/api/v1/weights/devices', Devices)
      for (const device of items) console.log(options.json ? JSON.stringify(device) : deviceLine(device))
      if (items.length === 0 && !options.json)
        process.stderr.write('no device is registered: run safelevel vault device init on the host\n')
    })
}

function budgetsCommand(env: NodeJS.ProcessEnv): Command {
  const print = (items: readonly z.infer<typeof BudgetView>[], options: Output) => {
    for (const budget of items) console.log(options.json ? JSON.stringify(budget) : budgetLine(budget))
  }
  const set = new Command('set')
    .description('set or lower a budget, at once; raising one takes two people, in the console')
    .addOption(new Option('--kind <kind>', 'whose').choices(BUDGET_KINDS).makeOptionMandatory())
    .option('--id <id>', 'person, host or model; each that has none of its own, when left out', '*')
    .requiredOption('--at-once <bytes>', 'so many at once: 10GB', parseBytes)
    .requiredOption('--per-day <bytes>', 'so many come back in a day', parseBytes)
    .addOption(json())
    .action(async ({ kind, id, atOnce, perDay, ...options }: Output & NewBudgetOptions) => {
      const body = { kind, id, capacityBytes: atOnce, bytesPerDay: perDay }
      print((await (await connectServer(env)).request('PUT', '/api/v1/weights/budgets', Budgets, body)).items, options)
    })
  return new Command('budgets')
    .description('what may leave in what time, and how long the largest model would take at that')
    .addOption(json())
    .action(async (options: Output) => {
      const { items } = await (await connectServer(env)).request('GET', '/api/v1/weights/budgets', Budgets)
      print(items, options)
      if (items.length === 0 && !options.json)
        process.stderr.write(
          'no budget is set: safelevel vault budgets set --kind person --at-once 10GB --per-day 1GB\n',
        )
    })
    .addCommand(set)
}

interface NewBudgetOptions {
  readonly kind: string
  readonly id: string
  readonly atOnce: number
  readonly perDay: number
}
