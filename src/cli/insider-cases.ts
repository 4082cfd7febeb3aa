import { openAsBlob } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { Command, Option } from 'commander'
import { z } from 'zod'
import { AppError } from '../base/errors.ts'
import { DrillReport, IMPORT_SOURCES, ImportReport, WatchView } from '../weights/insider/index.ts'
import { connectServer } from './connect-server.ts'
import { consoleLink, json, type Output } from './vault-versions.ts'

const Drills = z.object({ items: z.array(DrillReport) })
const DRILL_LOOK_MS = 250
const DRILL_MOST_MS = 45_000

/** The programme as it runs. Cases are for people, by name: a token is nobody, and could be in the hands of whom a case is about. */
export function insiderCaseCommands(env: NodeJS.ProcessEnv = process.env): Command[] {
  return [watchCommand(env), pageCommand(env, 'alerts'), pageCommand(env, 'cases'), feedCommand(env), drillCommand(env)]
}

function watchCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('watch')
    .description('whether what staff do is watched, and how far; exit 1 while nothing watches')
    .addOption(json())
    .action(async (options: Output) => {
      const client = await connectServer(env)
      const state = await client.request('GET', '/api/v1/insider/watch', WatchView)
      const { held, lag, problem, unwatchedMs } = state
      const isWatched = held && problem === null
      const words = isWatched
        ? `watched, ${lag === 0 ? 'up to now' : `${lag} entries of the ledger behind`}`
        : `not watched for ${Math.round(unwatchedMs / 1_000)} s${problem === null ? '' : ` (${problem})`}`
      console.log(options.json ? JSON.stringify(state) : words)
      if (!isWatched) process.exitCode = 1
    })
}

function pageCommand(env: NodeJS.ProcessEnv, name: 'alerts' | 'cases'): Command {
  return new Command(name).description(`where people read ${name}: prints the page of the console`).action(async () => {
    const client = await connectServer(env)
    await client.request('GET', '/api/v1/insider/watch', WatchView)
    console.log(consoleLink(client, name === 'alerts' ? '/insider' : '/insider/cases'))
    process.stderr.write('alerts and cases are read by people, by name: open this and sign in\n')
  })
}

function feedCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('feed')
    .description('bring what another system recorded into the watch that runs; the same file again changes nothing')
    .argument('<file>', 'records, one a line')
    .addOption(new Option('--source <form>', 'form of the lines').choices([...IMPORT_SOURCES]).makeOptionMandatory())
    .addOption(json())
    .action(async (file: string, { source, json: asJson }: Output & { source: string }) => {
      const client = await connectServer(env)
      const blob = await openAsBlob(file).catch((cause: unknown) => {
        throw new AppError('REQUEST_INVALID', `${file} can't be read`, { cause })
      })
      const report = await client.upload(`/api/v1/insider/activities?source=${source}`, blob, ImportReport)
      const { records, taken, unknown, faulty, faults, known, imports } = report
      if (asJson) return console.log(JSON.stringify(report))
      console.log(`${taken} of ${records} records taken, ${unknown} of them by nobody who is known here`)
      if (imports.length > 0 && known === imports.length) console.log('all of it had come before')
      for (const { record, says } of faults) process.stderr.write(`record ${record}: ${says}\n`)
      if (faulty > faults.length) process.stderr.write(`and ${faulty - faults.length} more\n`)
    })
}

function drillCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('drill')
    .description(
      'plant a synthetic campaign under somebody who does not exist, and wait for the alert; exit 1 without one',
    )
    .addOption(json())
    .action(async (options: Output) => {
      const client = await connectServer(env)
      const { id } = await client.request('POST', '/api/v1/insider/drills', DrillReport)
      for (let waitedMs = 0; waitedMs < DRILL_MOST_MS; waitedMs += DRILL_LOOK_MS) {
        await wait(DRILL_LOOK_MS)
        const { items } = await client.request('GET', '/api/v1/insider/drills', Drills)
        const drill = items.find((one) => one.id === id)
        if (drill === undefined || drill.ok === null) continue
        const words = drill.ok
          ? `seen: the alert came ${drill.alertMs} ms after the synthetic campaign was planted (${drill.activities} activities)`
          : 'not seen: no alert came'
        console.log(options.json ? JSON.stringify(drill) : words)
        if (!drill.ok) process.exitCode = 1
        return
      }
      throw new AppError('UPSTREAM_UNAVAILABLE', 'nobody looked at the drill: see safelevel insider watch')
    })
}
