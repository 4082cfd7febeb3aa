import { Command, Option } from 'commander'
import { systemClock } from '../base/clock.ts'
import {
  KnownLogs,
  parseMisbehaviour,
  type VerifyLedgerReport,
  verifyLedger,
  verifyMisbehaviour,
} from '../ledger/index.ts'
import { openLedgerPlace } from './ledger-place.ts'
import { count, keyOf, notVerified, print, readText, readTrustPolicy, UNWITNESSED, verified } from './ledger-words.ts'
import { progressBar } from './progress.ts'

interface VerifyOptions {
  key?: string
  policy?: string
  misbehaviour?: string
  json?: boolean
}

/** `safelevel ledger verify` */
export function verifyCommand(): Command {
  return new Command('verify')
    .description(
      'verify a whole log offline: signature, tiles, entries, bodies, and that it continues what was seen before',
    )
    .argument(
      '[folder|url]',
      'a ledger folder, a copy of its public files, or a URL such as https://example.com/ledger',
    )
    .option('--key <vkey>', 'the log’s key, from a place that its operator does not control')
    .option('--policy <file>', 'whose cosignatures it takes: a C2SP tlog-policy file')
    .addOption(
      new Option('--misbehaviour <file>', 'check a proof that the log signed two histories').conflicts('policy'),
    )
    .option('--json', 'print one line of JSON')
    .action(async (target: string | undefined, options: VerifyOptions) => {
      if (options.misbehaviour !== undefined) await checkMisbehaviour(options.misbehaviour, options)
      else await verifyLog(target, options)
    })
}

async function verifyLog(target: string | undefined, { key: vkey, policy, json }: VerifyOptions): Promise<void> {
  const trust = await readTrustPolicy(policy)
  const place = await openLedgerPlace(target)
  const progress = progressBar('verifying', process.stderr)
  try {
    const report = await verifyLedger({
      place,
      knownLogs: await KnownLogs.open(),
      clock: systemClock,
      vkey,
      policy: trust,
      onProgress: (entries, of) => progress.show(entries, of),
    })
    progress.clear()
    print(json ? JSON.stringify({ verified: true, ...report }) : describe(report))
  } catch (error) {
    progress.clear()
    notVerified(error, json)
  }
}

/** The question is whether the file proves it: yes exits 0, however bad the news. */
async function checkMisbehaviour(file: string, { key, json }: VerifyOptions): Promise<void> {
  const text = await readText(file)
  try {
    const { origin, older, newer } = await verified(async () => {
      const proof = parseMisbehaviour(text)
      return verifyMisbehaviour(proof, await keyOf(proof.origin, key))
    })
    print(
      json
        ? JSON.stringify({ proven: true, origin, older: older.size, newer: newer.size })
        : [
            `PROVEN: ${origin} signed two histories`,
            `one of ${count(older.size)}, root ${Buffer.from(older.root).toString('base64')}`,
            `one of ${count(newer.size)}, root ${Buffer.from(newer.root).toString('base64')}, which does not begin with the other`,
            'No honest log can sign both: whoever holds its key showed different people different logs.',
          ].join('\n'),
    )
  } catch (error) {
    notVerified(error, json)
  }
}

function describe(report: VerifyLedgerReport): string {
  const { origin, size, root, vkey, keyFrom, previous, bodies } = report
  const key = {
    given: `given: ${vkey}`,
    policy: `of the trust policy: ${vkey}`,
    pinned: `pinned at an earlier use: ${vkey}`,
    'first-use': `pinned now, at this first use, on the log’s own word: ${vkey}\n            compare it with one from elsewhere, or give that with --key`,
  }[keyFrom]
  return [
    `verified    ${origin}: ${count(size)}, no gap`,
    `root        ${root}`,
    `bodies      ${bodies === null ? 'not at hand: public files only' : `${bodies.checked} match their commitments, ${bodies.erased} erased`}`,
    `history     ${previous === null ? 'first verification here: nothing earlier to compare with' : `continues the ${count(previous.size)} verified at ${previous.verifiedAt}`}`,
    `key         ${key}`,
    ...report.handedOver.map(({ to, size: at }) => `            handed over at ${count(at)} to ${to}`),
    witnesses(report),
  ].join('\n')
}

function witnesses({ witnessed, witnesses: report, strangers, size }: VerifyLedgerReport): string {
  if (report === null || !witnessed) {
    const names = [...new Set(strangers)].join(', ')
    return names === ''
      ? UNWITNESSED
      : `${UNWITNESSED}\n(signed also by ${names}: name their keys in a --policy file to count them)`
  }
  const by = report.by.map(({ name, at }) => `${name} at ${at}`).join(', ')
  const short = report.size < size ? `; the newest ${count(size - report.size)} not yet` : ''
  return `witnessed   by ${report.by.length} of ${report.of}, as the trust policy asks, up to ${count(report.size)}${short}\n            ${by}`
}
