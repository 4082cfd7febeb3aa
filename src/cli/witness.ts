import { Command, InvalidArgumentError, Option } from 'commander'
import { systemClock } from '../base/clock.ts'
import { systemIds } from '../base/ids.ts'
import { createLog } from '../base/log.ts'
import {
  createWitnessKey,
  openWitnessKey,
  originHash,
  startWitness,
  Witness,
  WitnessStore,
  withWitnessLock,
} from '../witness/index.ts'
import { print } from './ledger-words.ts'

const DEFAULT_DIR = './witness'
const DEFAULT_LISTEN = { host: '127.0.0.1', port: 8082 }

/** `safelevel witness …`: vouches for logs of others, on a machine of one's own. */
export function witnessCommand(): Command {
  return new Command('witness')
    .description('vouch for logs of others: cosign only what continues what was seen before (C2SP tlog-witness)')
    .addCommand(initCommand())
    .addCommand(addLogCommand())
    .addCommand(serveCommand(), { isDefault: true })
    .addCommand(showCommand())
}

function dirOption(): Option {
  return new Option('--dir <folder>', 'holds the key and what was seen').default(DEFAULT_DIR)
}

function initCommand(): Command {
  return new Command('init')
    .description('make the witness’s key and print what logs and their readers need of it')
    .requiredOption('--name <name>', 'by which it is known: a URL without its scheme, such as witness.example.org/w1')
    .addOption(dirOption())
    .option('--json', 'print one line of JSON')
    .action(async ({ name, dir, json }: { name: string; dir: string; json?: boolean }) => {
      const { vkey } = await createWitnessKey(dir, name, systemIds)
      print(
        json
          ? JSON.stringify({ name, vkey, dir })
          : `${vkey}\n\nGive this line to whoever runs a log, and to those who read it; for a trust policy:\n  witness ${shortName(name)} ${vkey} https://${name}\nNext: safelevel witness add-log --dir ${dir} VKEY-OF-THE-LOG`,
      )
    })
}

function addLogCommand(): Command {
  return new Command('add-log')
    .description('watch a log; also beside a running witness, and for a further key of a log')
    .argument('<vkey>', 'the log’s key, as its ledger/vkey shows it; compare it with its owner')
    .addOption(dirOption())
    .option('--json', 'print one line of JSON')
    .action(async (vkey: string, { dir, json }: { dir: string; json?: boolean }) => {
      await openWitnessKey(dir)
      const origin = await new WitnessStore(dir).addKey(vkey)
      print(json ? JSON.stringify({ origin, hash: originHash(origin) }) : `watches ${origin}`)
    })
}

function showCommand(): Command {
  return new Command('show')
    .description('print the witness’s key, and what it watches')
    .addOption(dirOption())
    .option('--json', 'print one line of JSON')
    .action(async ({ dir, json }: { dir: string; json?: boolean }) => {
      const witness = await openWitness(dir)
      const logs = (await witness.logs()).map(({ hash, keys, size, timestamp }) => ({
        origin: keys[0]?.name ?? hash,
        vkeys: keys.map(({ vkey }) => vkey),
        size,
        at: timestamp === null ? null : new Date(timestamp * 1000).toISOString(),
      }))
      if (json) return print(JSON.stringify({ name: witness.name, vkey: witness.vkey, logs }))
      print(witness.vkey)
      for (const { origin, size, at } of logs)
        print(`  ${origin}: ${size === null ? 'nothing cosigned yet' : `${size} entries, at ${at}`}`)
    })
}

interface ServeOptions {
  readonly dir: string
  readonly listen: { readonly host: string; readonly port: number }
  readonly json?: boolean
}

function serveCommand(): Command {
  return new Command('serve')
    .description('answer logs until it is stopped')
    .addOption(dirOption())
    .addOption(
      new Option('--listen <host:port>', 'where; put TLS in front of it')
        .argParser(parseListen)
        .default(DEFAULT_LISTEN, '127.0.0.1:8082'),
    )
    .option('--json', 'print one line when ready: {"ready":true,"url":URL,"vkey":VKEY}')
    .action(async ({ dir, listen, json }: ServeOptions) => {
      const stopped = new Promise<void>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
      })
      const witness = await openWitness(dir)
      // Before anything of the state is read: two processes on it would sign two histories.
      using _lock = withWitnessLock(dir)
      await using server = await startWitness({ witness, ...listen, log: createLog('warn') })
      const watched = (await witness.logs()).length
      print(
        json
          ? JSON.stringify({ ready: true, url: server.url, vkey: witness.vkey })
          : `${witness.name} answers at ${server.url} for ${watched === 1 ? '1 log' : `${watched} logs`}\n${witness.vkey}`,
      )
      await stopped
    })
}

async function openWitness(dir: string): Promise<Witness> {
  const cosigner = await openWitnessKey(dir)
  return new Witness({ cosigner, store: new WitnessStore(dir), clock: systemClock, log: createLog('warn') })
}

function shortName(name: string): string {
  return name.split('/')[0] ?? name
}

function parseListen(text: string): ServeOptions['listen'] {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:]+):([0-9]{1,5})$/.exec(text)
  const [, host = '', port = ''] = match ?? []
  if (match === null || Number(port) > 65_535) throw new InvalidArgumentError('host:port, such as 127.0.0.1:8082')
  return { host: host.replaceAll(/[[\]]/g, ''), port: Number(port) }
}
