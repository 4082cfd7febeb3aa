import { Command } from 'commander'
import { z } from 'zod'
import { systemClock } from '../base/clock.ts'
import { Campaign, Copy, GlassView } from '../weights/access/index.ts'
import { connectServer } from './connect-server.ts'
import { consoleLink, json, type Output } from './vault-versions.ts'
import { campaignLine, copyLine, glassLine } from './vault-view.ts'

const Copies = z.object({ items: z.array(Copy) })
const Glasses = z.object({ items: z.array(GlassView) })
const Campaigns = z.object({ items: z.array(Campaign) })

/** What lies outside of the vault, and what must be looked at again and again. */
export function keepingCommands(env: NodeJS.ProcessEnv): Command[] {
  return [copiesCommand(env), glassCommand(env), campaignCommand(env), canaryCommand(env)]
}

function copiesCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('copies')
    .description('registered copies outside of the vault; exits 1 when one should be gone')
    .addOption(json())
    .action(async (options: Output) => {
      const { items } = await (await connectServer(env)).request('GET', '/api/v1/weights/copies', Copies)
      const now = systemClock.now()
      for (const copy of items) console.log(options.json ? JSON.stringify(copy) : copyLine(copy, now))
      if (items.length === 0 && !options.json) process.stderr.write('no copy is on record\n')
      if (items.some(({ state, expiresAt }) => state === 'stands' && Date.parse(expiresAt) <= now)) process.exitCode = 1
    })
}

function glassCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('glass')
    .description('sets of shares for breaking the glass; exits 1 while a breaking waits for its review')
    .addOption(json())
    .action(async (options: Output) => {
      const client = await connectServer(env)
      const { items } = await client.request('GET', '/api/v1/weights/glass', Glasses)
      for (const glass of items) console.log(options.json ? JSON.stringify(glass) : glassLine(glass))
      if (items.some(({ state }) => state === 'broken')) process.exitCode = 1
      if (!options.json)
        process.stderr.write(
          `set up, broken and reviewed by people: ${consoleLink(client, '/weights?tab=emergency')}\n`,
        )
    })
}

function campaignCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('campaign')
    .description('recertifications: what stands is confirmed until the due day, or revoked')
    .addOption(json())
    .action(async (options: Output) => {
      const client = await connectServer(env)
      const { items } = await client.request('GET', '/api/v1/weights/campaigns', Campaigns)
      for (const campaign of items) console.log(options.json ? JSON.stringify(campaign) : campaignLine(campaign))
      if (!options.json)
        process.stderr.write(`confirmed by people: ${consoleLink(client, '/weights?tab=recertification')}\n`)
    })
}

function canaryCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('canary')
    .description(
      'where canaries are planted and tried: prints the page of the console, since the operator’s token knows of none',
    )
    .action(async () => console.log(consoleLink(await connectServer(env), '/weights?tab=canaries')))
}
