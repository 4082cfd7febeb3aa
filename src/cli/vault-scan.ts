import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import { z } from 'zod'
import { systemClock } from '../base/clock.ts'
import { Copy } from '../weights/access/index.ts'
import {
  Known,
  type KnownFile,
  SCAN_DEFAULTS,
  type ScanFinding,
  type ScanGap,
  scanForWeights,
  VaultFile,
} from '../weights/vault/index.ts'
import { describeBytes, parseBytes } from './bytes.ts'
import { connectServer } from './connect-server.ts'
import { json, type Output, versionPath, versionsOf } from './vault-versions.ts'

const Files = z.object({ items: z.array(VaultFile.omit({ canary: true })) })
const Copies = z.object({ items: z.array(Copy) })
const SHOWN_MS = 250

interface Scan extends Output {
  readonly alone?: true
  readonly host: string
  readonly allow: readonly string[]
  readonly minSize: number
}

/** `safelevel vault scan`: files of weights on storage, by their content; exits 1 when one lies where none is approved. */
export function scanCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('scan')
    .description(
      'find files of weights on this host’s storage; exits 1 unless each lies where a copy is registered, and all could be seen',
    )
    .argument('<paths...>', 'folders or files')
    .option('--alone', 'ask no server: whatever is found is unknown')
    .addOption(
      new Option('--host <name>', 'the name by which copies on this host are registered').default(
        hostname(),
        'its own name',
      ),
    )
    .option('--allow <folders...>', 'where models that are not the vault’s may lie', [])
    .option('--min-size <bytes>', 'smaller files are not looked at', parseBytes, SCAN_DEFAULTS.minBytes)
    .addOption(json())
    .action(async (paths: string[], { alone, host, allow, minSize, json: asJson }: Scan) => {
      const known = alone === true ? null : await knownTo(env, host)
      const told = alone === true ? 'unknown: no server was asked' : null
      const progress = ticker()
      const interrupted = new AbortController()
      process.once('SIGINT', () => interrupted.abort())
      const scan = scanForWeights(paths, {
        ...SCAN_DEFAULTS,
        ...{ known, minBytes: minSize, clock: systemClock, signal: interrupted.signal },
        allowed: allow.map((folder) => resolve(folder)),
        onProgress: ({ entries, examined }) => progress.show(`${entries} names, ${examined} files looked at`),
      })
      for (let next = await scan.next(); ; next = await scan.next()) {
        progress.clear()
        if (next.done !== true) {
          console.log(asJson ? JSON.stringify(next.value) : lineOf(next.value))
          continue
        }
        const summary = next.value
        if (asJson) console.log(JSON.stringify(summary))
        const { examined, found, unapproved, gaps, durationMs } = summary
        const words = `${examined} files looked at in ${(durationMs / 1_000).toFixed(1)} s: ${found} of weights, ${unapproved} not approved, ${gaps} places not seen`
        if (!asJson) process.stderr.write(`${words}${told === null ? '' : ` (${told})`}\n`)
        // What was not seen is not shown to be clean.
        if (summary.verdict !== 'clean') process.exitCode = 1
        return
      }
    })
}

/** What the vault and its register of copies say. */
async function knownTo(env: NodeJS.ProcessEnv, host: string): Promise<Known> {
  const client = await connectServer(env)
  const files: KnownFile[] = []
  for await (const { id, state } of versionsOf(client, undefined)) {
    if (state !== 'sealed') continue
    const { items } = await client.request('GET', `${versionPath(id)}/files`, Files)
    files.push(...items.map(({ path, sizeBytes, sha256 }) => ({ version: id, path, sizeBytes, sha256 })))
  }
  const { items: copies } = await client.request('GET', '/api/v1/weights/copies?state=stands', Copies)
  return new Known(files, copies, host)
}

function lineOf(found: ScanFinding | ScanGap): string {
  if (found.type === 'gap') return `not seen    ${found.path}  ${found.why}`
  const { standing, path, sizeBytes, format, within, version, copy } = found
  const what = `${format}${within === null ? '' : ` in ${within}`}, ${describeBytes(sizeBytes)}`
  const whose = version === null ? '' : `  is of ${version}`
  return `${standing.padEnd(10)}  ${path}  ${what}${whose}${copy === null ? '' : `  copy ${copy}`}`
}

/** One line on a terminal that says how far it is: nobody knows beforehand how much there will be. */
function ticker() {
  const { stderr } = process
  let shownMs = Number.NEGATIVE_INFINITY
  return {
    show(text: string): void {
      const now = systemClock.monotonic()
      if (!stderr.isTTY || now - shownMs < SHOWN_MS) return
      shownMs = now
      stderr.write(`\r\u001b[K${text}`)
    },
    clear(): void {
      if (shownMs > Number.NEGATIVE_INFINITY) stderr.write('\r\u001b[K')
      shownMs = Number.NEGATIVE_INFINITY
    },
  }
}
