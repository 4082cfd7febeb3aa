import { readFile, writeFile } from 'node:fs/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import { AppError } from '../base/errors.ts'
import { type BundleReport, ControlId, verifyBundle } from '../controls/index.ts'
import { connectServer } from './connect-server.ts'
import { keyOf, notVerified, print, readTrustPolicy, UNWITNESSED } from './ledger-words.ts'

interface BundleOptions {
  readonly profile?: string
  readonly control?: readonly string[]
  readonly json?: true
}

interface VerifyOptions {
  readonly key?: string
  readonly policy?: string
  readonly json?: boolean
}

/** `safelevel controls bundle`, of a running server. */
export function controlsBundleCommand(env: NodeJS.ProcessEnv = process.env): Command {
  return new Command('bundle')
    .description('write evidence of controls into one file that others check offline')
    .argument('<file>', 'evidence.zip; must not be there yet')
    .option('--profile <id>', 'controls of this profile; those of the one in force, when left out')
    .addOption(
      new Option('--control <id...>', 'these controls only')
        .conflicts('profile')
        .argParser((id: string, before: readonly string[] = []) => {
          if (!ControlId.safeParse(id).success) throw new InvalidArgumentError('a control: GOV-01')
          return [...before, id]
        }),
    )
    .addOption(new Option('--json', 'print JSON'))
    .action(async (file: string, { profile, control = [], json }: BundleOptions) => {
      const query = new URLSearchParams(control.map((id): [string, string] => ['control', id]))
      if (profile !== undefined) query.set('profile', profile)
      const client = await connectServer(env)
      const parts: Uint8Array[] = []
      for await (const part of client.download('POST', `/api/v1/evidence-bundles?${query}`)) parts.push(part)
      const zip = Buffer.concat(parts)
      // It discloses events: nobody else's to read.
      await writeFile(file, zip, { flag: 'wx', mode: 0o600 }).catch((cause: unknown) => {
        throw new AppError('CONFLICT', `${file} can’t be written, or is there already`, { cause })
      })
      if (json) print(JSON.stringify({ file, bytes: zip.length }))
      else print(`${file}: check it with safelevel controls verify-bundle ${file}`)
    })
}

/** `safelevel controls verify-bundle`: needs no server. */
export function controlsVerifyBundleCommand(): Command {
  return new Command('verify-bundle')
    .description('check an evidence bundle offline: seal, files, and every entry of the ledger that it proves')
    .argument('<file>', 'evidence.zip')
    .option('--key <vkey>', 'the log’s key, from a place that its operator does not control')
    .option('--policy <file>', 'whose cosignatures proven entries must have: a C2SP tlog-policy file')
    .option('--json', 'print one line of JSON')
    .action(async (file: string, { key, policy, json }: VerifyOptions) => {
      const trust = await readTrustPolicy(policy)
      const zip = await readFile(file).catch((cause: unknown) => {
        throw new AppError('NOT_FOUND', `${file} can't be read`, { cause })
      })
      try {
        const report = await verifyBundle(zip, { key: (origin) => keyOf(origin, key), policy: trust })
        print(json ? JSON.stringify({ verified: true, ...report }) : describe(report))
      } catch (error) {
        notVerified(error, json)
      }
    })
}

/** What it shows, and in the same breath what it does not. */
function describe({
  organisation,
  madeAt,
  profile,
  counts,
  origin,
  sealedAt,
  witnessed,
  ...report
}: BundleReport): string {
  const { proven, erased, withheld } = report
  const { holds, stale, fails, unknown } = counts
  return [
    `verified    evidence of ${organisation}, made ${madeAt}, sealed by entry ${sealedAt} of ${origin}`,
    `about       ${profile === null ? 'controls that were named one by one' : profile}`,
    `controls    ${holds} hold, ${stale} stale, ${fails} fail, ${unknown} unknown, as the installation found them`,
    `entries     ${proven} proven, ${erased} erased, ${withheld} withheld; what is erased or withheld proves nothing here`,
    witnessed ? 'witnessed   every proven entry, as the trust policy asks' : UNWITNESSED,
    'This shows what was recorded and that nothing of it was changed, not that what people said is true.',
  ].join('\n')
}
