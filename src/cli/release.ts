import { Command, Option } from 'commander'
import { z } from 'zod'
import { Deployment } from '../models/registry/index.ts'
import { ReleaseView } from '../models/release/index.ts'
import { IncidentView } from '../models/response/index.ts'
import { connectServer } from './connect-server.ts'

const Releases = z.object({ items: z.array(ReleaseView) })
const MARKS = { met: 'holds', missing: 'MISSING', not_installed: 'not installed' } as const
const json = () => new Option('--json', 'print JSON')

interface Declared {
  readonly checkpoint: string
  readonly serves?: string[]
  readonly partner?: string[]
}
interface Output {
  readonly json?: true
}

/** `safelevel release`: exits 1 while the gate is closed. Opening takes two people, in the console. */
export function releaseCommand(env: NodeJS.ProcessEnv = process.env): Command {
  const at = (deployment: string) => `/api/v1/releases/${encodeURIComponent(deployment)}`
  const print = (view: ReleaseView, options: Output) => {
    console.log(options.json ? JSON.stringify(view) : describe(view))
    if (!view.passes) process.exitCode = 1
  }
  const ls = new Command('ls')
    .description('every deployment, and whether it passes')
    .addOption(json())
    .action(async (options: Output) => {
      const { items } = await (await connectServer(env)).request('GET', '/api/v1/releases', Releases)
      for (const one of items) console.log(options.json ? JSON.stringify(one) : headline(one))
      if (items.length === 0 && !options.json) process.stderr.write('no deployment is declared\n')
    })
  const declare = new Command('declare')
    .description('say where people can reach a checkpoint; this opens nothing')
    .argument('<deployment>')
    .requiredOption('--checkpoint <id>', 'model/checkpoint')
    .option('--serves <models...>', 'names under which this gateway serves it')
    .option('--partner <names...>', 'others that serve it, which can’t be halted from here')
    .addOption(json())
    .action(async (deployment: string, { checkpoint, serves = [], partner = [], ...options }: Declared & Output) => {
      const own = serves.length === 0 ? [] : [{ kind: 'api', name: 'api', gatewayModels: serves }]
      const surfaces = [...own, ...partner.map((name) => ({ kind: 'partner', name }))]
      const body = { deployment, checkpoint, surfaces }
      const declared = await (await connectServer(env)).request('POST', '/api/v1/deployments', Deployment, body)
      console.log(options.json ? JSON.stringify(declared) : `${declared.id}  ${declared.checkpoint}`)
      if (!options.json) process.stderr.write(`declared; see safelevel release check ${declared.id}\n`)
    })
  const check = new Command('check')
    .description('every precondition of a deployment, with its evidence')
    .argument('<deployment>')
    .addOption(json())
    .action(async (deployment: string, options: Output) => {
      print(await (await connectServer(env)).request('GET', at(deployment), ReleaseView), options)
    })
  const opening = (name: 'open' | 'resume', description: string) =>
    new Command(name)
      .description(description)
      .argument('<deployment>')
      .addOption(json())
      .action(async (deployment: string, options: Output) => {
        const client = await connectServer(env)
        const view = await client.request('GET', at(deployment), ReleaseView)
        if (view.passes) await client.request('POST', `${at(deployment)}/preconditions`, ReleaseView)
        print(view, options)
        if (options.json) return
        const next = view.passes
          ? `all of it is on the case now: two people take the step, who have signed in (safelevel response show deployment/${deployment})`
          : 'it stays closed while one of these is missing'
        process.stderr.write(`${next}\n`)
      })
  const halt = new Command('halt')
    .description('no new customers for this deployment, at once')
    .argument('<deployment>')
    .requiredOption('--reason <words>', 'why; for those who come after')
    .addOption(json())
    .action(async (deployment: string, { reason, ...options }: { reason: string } & Output) => {
      const body = { deployment, reason }
      const incident = await (await connectServer(env)).request('POST', '/api/v1/response/halts', IncidentView, body)
      console.log(options.json ? JSON.stringify(incident) : `${incident.id}  ${deployment} takes no new customers`)
    })
  return new Command('release')
    .description('the gate of deployments')
    .addCommand(ls)
    .addCommand(declare)
    .addCommand(check)
    .addCommand(opening('open', 'put on the case that every precondition holds, so that two people can open it'))
    .addCommand(opening('resume', 'the same after a halt or a lapse'))
    .addCommand(halt)
}

function headline({ deployment, state, effect, passes, red }: ReleaseView): string {
  return `${deployment}  ${state}  serves ${effect}  ${passes ? 'passes' : 'does not pass'}${red === null ? '' : `  RED: ${red}`}`
}

function describe(view: ReleaseView): string {
  const findings = view.findings.map(
    ({ id, title, state, says }) => `  ${MARKS[state].padEnd(13)}  ${id}: ${title}. ${says}`,
  )
  return [headline(view), ...findings].join('\n')
}
