import { Command } from 'commander'
import { z } from 'zod'
import { systemClock } from '../base/clock.ts'
import { AppError, isErrorCode } from '../base/errors.ts'
import { describeBytes } from './bytes.ts'
import { connectServer } from './connect-server.ts'
import { progressBar } from './progress.ts'
import { json, type Output, ShownVersion, versionPath, versionsOf } from './vault-versions.ts'

const Line = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), bytes: z.int() }),
  z.object({
    type: z.literal('finding'),
    version: z.string().nullable(),
    position: z.int().nullable(),
    problem: z.string(),
    says: z.string(),
  }),
  z.object({ type: z.literal('done'), findings: z.int(), bytes: z.int() }),
  z.object({ type: z.literal('failed'), code: z.string(), says: z.string() }),
])
const Rotation = z.object({ model: z.string(), keyVersion: z.int(), dataKeys: z.int() })
const Rewrapped = z.object({ models: z.int() })
const Recovered = z.object({
  items: z.array(z.object({ version: z.string(), outcome: z.enum(['restored', 'known', 'failed']), says: z.string() })),
})
const Bundle = z.record(z.string(), z.unknown())
const SigningKey = z.object({ pem: z.string() })

interface Fsck extends Output {
  readonly version?: string
  readonly model?: string
  readonly deep?: true
}

/** Whether what is kept is whole, its keys, and what others can check of it. */
export function wholeCommands(env: NodeJS.ProcessEnv): Command[] {
  return [fsckCommand(env), rotateCommand(env), recoverCommand(env), signatureCommand(env), bomCommand(env)]
}

function fsckCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('fsck')
    .description('look whether all that was sealed is there and as it was; exits 1 when something is not')
    .option('--version <id>', 'only this one: model/version')
    .option('--model <name>', 'only of this model')
    .option('--deep', 'decrypt everything, and compare it with what was sealed')
    .addOption(json())
    .action(async ({ json: asJson, ...asked }: Fsck) => {
      const client = await connectServer(env)
      const total = asked.deep === true ? await sizeOf(client, asked) : 0
      const bar = progressBar('comparing', process.stderr, { minTotal: 1, clock: systemClock, amount: describeBytes })
      let ended = false
      for await (const line of client.lines('POST', '/api/v1/weights/checks', Line, asked)) {
        if (line.type === 'progress') bar.show(Math.min(line.bytes, total), total)
        else bar.clear()
        if (line.type === 'failed') throw new AppError(isErrorCode(line.code) ? line.code : 'INTERNAL', line.says)
        if (asJson && line.type !== 'progress') console.log(JSON.stringify(line))
        else if (line.type === 'finding') console.log(`${placeOf(line)}  ${line.problem}: ${line.says}`)
        if (line.type !== 'done') continue
        ended = true
        const compared = asked.deep === true ? `, ${describeBytes(line.bytes)} compared` : ''
        if (!asJson)
          process.stderr.write(
            line.findings === 0 ? `all is as it was sealed${compared}\n` : `${line.findings} findings${compared}\n`,
          )
        if (line.findings > 0) process.exitCode = 1
      }
      if (!ended)
        throw new AppError('UPSTREAM_UNAVAILABLE', 'the server broke off: what was not told is not known to be whole')
    })
}

async function sizeOf(client: Parameters<typeof versionsOf>[0], { version, model }: Fsck): Promise<number> {
  if (version !== undefined) return (await client.request('GET', versionPath(version), ShownVersion)).sizeBytes
  let total = 0
  for await (const { state, sizeBytes } of versionsOf(client, model)) total += state === 'sealed' ? sizeBytes : 0
  return total
}

function placeOf({ version, position }: { version: string | null; position: number | null }): string {
  return `${version ?? 'the store'}${position === null ? '' : ` file ${position}`}`
}

function rotateCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('rotate')
    .description(
      'a new key for a model, or with --root all models under the root key that is configured now; no file is written anew',
    )
    .argument('[model]', 'the model')
    .option('--root', 'wrap every model’s key by the configured root key')
    .addOption(json())
    .action(async (model: string | undefined, { root, ...options }: Output & { root?: true }) => {
      if ((model === undefined) === (root === undefined))
        throw new AppError('REQUEST_INVALID', 'name a model, or say --root')
      const client = await connectServer(env)
      if (model === undefined) {
        const { models } = await client.request('POST', '/api/v1/weights/root-key', Rewrapped)
        return console.log(
          options.json ? JSON.stringify({ models }) : `${models} models’ keys are under the root key now`,
        )
      }
      const done = await client.request('POST', `/api/v1/weights/models/${encodeURIComponent(model)}/key`, Rotation)
      const words = `${done.model}  key version ${done.keyVersion}  ${done.dataKeys} files’ keys wrapped anew`
      console.log(options.json ? JSON.stringify(done) : words)
    })
}

function recoverCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('recover')
    .description(
      'after the database was lost: make the vault’s records anew out of its store; exits 1 when one can’t be',
    )
    .addOption(json())
    .action(async (options: Output) => {
      const { items } = await (await connectServer(env)).request('POST', '/api/v1/weights/recoveries', Recovered)
      for (const one of items)
        console.log(options.json ? JSON.stringify(one) : `${one.version}  ${one.outcome}  ${one.says}`)
      if (items.length === 0 && !options.json) process.stderr.write('the store holds no version\n')
      if (items.some(({ outcome }) => outcome === 'failed')) process.exitCode = 1
    })
}

function signatureCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('signature')
    .description('a version signed as OpenSSF model signing has it; with --key the public key to check it with')
    .argument('[version]', 'model/version')
    .option('--key', 'print the public key, PEM')
    .action(async (id: string | undefined, { key }: { key?: true }) => {
      if ((id === undefined) === (key === undefined))
        throw new AppError('REQUEST_INVALID', 'name a version, or say --key')
      const client = await connectServer(env)
      if (id === undefined) {
        process.stdout.write((await client.request('GET', '/api/v1/weights/signing-key', SigningKey)).pem)
        return
      }
      console.log(JSON.stringify(await client.request('GET', `${versionPath(id)}/signature`, Bundle)))
    })
}

function bomCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('bom')
    .description('what a version consists of: a bill of materials, CycloneDX 1.6')
    .argument('<version>', 'model/version')
    .action(async (id: string) => {
      console.log(
        JSON.stringify(await (await connectServer(env)).request('GET', `${versionPath(id)}/bom`, Bundle), null, 2),
      )
    })
}
