import { Command } from 'commander'
import { z } from 'zod'
import { CoverageView } from '../weights/reading/index.ts'
import { VaultFile } from '../weights/vault/index.ts'
import { connectServer } from './connect-server.ts'
import { accessCommands } from './vault-access.ts'
import { deviceCommand } from './vault-device.ts'
import { drillCommand } from './vault-drill.ts'
import { getCommand } from './vault-get.ts'
import { keepingCommands } from './vault-keeping.ts'
import { putCommand } from './vault-put.ts'
import { requestCommand } from './vault-request.ts'
import { rootKeyCommand } from './vault-root-key.ts'
import { runCommand } from './vault-run.ts'
import { scanCommand } from './vault-scan.ts'
import { consoleLink, json, named, type Output, ShownVersion, versionPath, versionsOf } from './vault-versions.ts'
import { describeVersion, versionLine } from './vault-view.ts'
import { wholeCommands } from './vault-whole.ts'

const Files = z.object({ items: z.array(VaultFile.omit({ canary: true })) })
const Coverage = z.object({ items: z.array(CoverageView) })

/** `safelevel vault …`: what is kept of weights, who may open it. Decisions of people are taken in the console. */
export function vaultCommand(env: NodeJS.ProcessEnv = process.env): Command {
  const command = new Command('vault').description('weights: what is kept, who may open it, and what was read')
  const kept = [
    putCommand(env),
    lsCommand(env),
    showCommand(env),
    eraseCommand(env),
    scanCommand(env),
    rootKeyCommand(env),
    drillCommand(env),
  ]
  const opened = [deviceCommand(env), requestCommand(env), runCommand(env), getCommand(env)]
  const parts = [...kept, ...opened, ...accessCommands(env), ...wholeCommands(env), ...keepingCommands(env)]
  for (const part of parts) command.addCommand(part)
  return command
}

function lsCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('ls')
    .description('versions in the vault')
    .option('--model <name>', 'only of this model')
    .addOption(json())
    .action(async ({ model, json: asJson }: Output & { model?: string }) => {
      const client = await connectServer(env)
      let shown = 0
      for await (const version of versionsOf(client, model)) {
        console.log(asJson ? JSON.stringify(version) : versionLine(version))
        shown += 1
      }
      if (shown === 0 && !asJson)
        process.stderr.write('nothing is in the vault: safelevel vault put DIR --model MODEL --version VERSION\n')
    })
}

function showCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('show')
    .description('one version: its files, and how much of it each person has ever read')
    .argument('<version>', 'model/version')
    .addOption(json())
    .action(async (id: string, options: Output) => {
      const client = await connectServer(env)
      const version = await client.request('GET', versionPath(id), ShownVersion)
      const { items: files } = await client.request('GET', `${versionPath(id)}/files`, Files)
      const query = new URLSearchParams({ version: version.id })
      const { items: coverage } = await client.request('GET', `/api/v1/weights/coverage?${query}`, Coverage)
      console.log(
        options.json ? JSON.stringify({ version, files, coverage }) : describeVersion(version, files, coverage),
      )
    })
}

function eraseCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('erase')
    .description('where two people erase a version for good: prints the page of the console')
    .argument('<version>', 'model/version')
    .action(async (id: string) => {
      const client = await connectServer(env)
      await client.request('GET', versionPath(id), ShownVersion)
      console.log(consoleLink(client, `/weights/versions/${named(id)}`))
      process.stderr.write('erasing takes two people by name: open this, sign in, and press Erase\n')
    })
}
