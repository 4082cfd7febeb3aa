import { hostname } from 'node:os'
import { Command, Option } from 'commander'
import { loadConfig } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import { createDeviceKey, type DeviceKey, deviceKeyPath, loadDeviceKey, openVaultClient } from './vault-client/index.ts'

interface Shown {
  readonly json?: true
}

/** `safelevel vault device`: the key by which this host asks for weights and reads them. */
export function deviceCommand(env: NodeJS.ProcessEnv = process.env): Command {
  const device = new Command('device').description('the key by which this host proves itself to the vault')
  device
    .command('init')
    .description('make this host’s key; it stays here, and its public part is registered in the console')
    .addOption(new Option('--json', 'print it as JSON'))
    .action(async (options: Shown) => {
      const key = await createDeviceKey(deviceKeyPath(env))
      print(key, options, null)
      if (options.json) return
      console.log(
        '\nRegister it in the console, under Weights › Devices, with the public key above: two people let it in.',
      )
    })
  device
    .command('show')
    .description('show this host’s public key, and what the server knows of it')
    .addOption(new Option('--json', 'print it as JSON'))
    .action(async (options: Shown) => print(await loadDeviceKey(deviceKeyPath(env)), options, await ask(env)))
  return device
}

/** What the server says of this host; in words where it says nothing good. */
async function ask(env: NodeJS.ProcessEnv): Promise<Known> {
  try {
    const client = await openVaultClient(env, loadConfig(env).config.dataDir)
    const { id, name, host, state, expiresAt } = await client.device()
    return { id, name, host, state, expiresAt }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { state: 'unknown', why: error.message }
  }
}

type Known =
  | { readonly state: 'unknown'; readonly why: string }
  | {
      readonly id: string
      readonly name: string
      readonly host: string
      readonly state: string
      readonly expiresAt: string | null
    }

function print({ path, publicJwk, thumbprint }: DeviceKey, { json }: Shown, server: Known | null): void {
  if (json) {
    console.log(
      JSON.stringify({ path, host: hostname(), publicJwk, thumbprint, ...(server === null ? {} : { server }) }),
    )
    return
  }
  console.log(`key         ${path}`)
  console.log(`thumbprint  ${thumbprint}`)
  console.log(`public key  ${JSON.stringify(publicJwk)}`)
  if (server !== null) console.log(`server      ${describe(server)}`)
}

function describe(server: Known): string {
  if ('why' in server) return `${server.state}: ${server.why}`
  const until = server.expiresAt === null ? '' : `, until ${server.expiresAt}`
  return `${server.state} as ${server.name} (${server.id}), host ${server.host}${until}`
}
