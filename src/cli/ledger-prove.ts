import { writeFile } from 'node:fs/promises'
import { Command, Option } from 'commander'
import { AppError } from '../base/errors.ts'
import {
  type Checkpoint,
  checkDisclosure,
  type Disclosure,
  openCheckpoint,
  openWitnessed,
  parseCheckpoint,
  parseNote,
  parseProofFile,
  toTlogProof,
  type WitnessedCheckpoint,
} from '../ledger/index.ts'
import { openReader } from './ledger-place.ts'
import {
  count,
  keyOf,
  notVerified,
  parsePosition,
  print,
  readText,
  readTrustPolicy,
  UNWITNESSED,
  verified,
} from './ledger-words.ts'

/** A recorded entry is under a checkpoint, and that one cosigned, after at most this. */
const NEXT_CHECKPOINT_MS = 1_200

interface ProveOptions {
  entry?: number
  event?: string
  check?: string
  key?: string
  policy?: string
  folder?: string
  out?: string
  tlogProof?: boolean
  json?: boolean
}

/** `safelevel ledger prove` */
export function proveCommand(): Command {
  const entry = new Option('--entry <position>', 'prove the entry at this 0-based position').argParser(parsePosition)
  return new Command('prove')
    .description('make a proof file of one entry (it discloses the event), or check one')
    .addOption(entry.conflicts(['event', 'check']))
    .addOption(new Option('--event <id>', 'prove the event with this id, such as a decision id').conflicts('check'))
    .option('--check <file>', 'check a proof file offline, of either form')
    .option('--key <vkey>', 'with --check: the log’s key')
    .option('--policy <file>', 'with --check: whose cosignatures it takes, a C2SP tlog-policy file')
    .option('--folder <folder>', 'the ledger folder; by default the one in the data folder')
    .option('--out <file>', 'write the proof there instead of printing it')
    .addOption(new Option('--tlog-proof', 'in the form of C2SP tlog-proof, for tools of others').conflicts('check'))
    .option('--json', 'print one line of JSON')
    .action(async (options: ProveOptions) => {
      if (options.check !== undefined) await checkProof(options.check, options)
      else await writeProof(options)
    })
}

async function writeProof(options: ProveOptions): Promise<void> {
  const proof = (await tryProof(options)) ?? (await later(() => tryProof(options)))
  if (proof === null) throw new AppError('LEDGER_ENTRY_NOT_FOUND', notFound(options))
  const text = options.tlogProof
    ? toTlogProof(proof).trimEnd()
    : JSON.stringify(proof, null, options.json ? undefined : 2)
  if (options.out === undefined) {
    print(options.json && options.tlogProof ? JSON.stringify({ proof: `${text}\n` }) : text)
    return
  }
  // The file discloses an event: nobody else's to read.
  await writeFile(options.out, `${text}\n`, { mode: 0o600 })
  const { position, origin } = proof
  print(
    options.json
      ? JSON.stringify({ position, origin, file: options.out })
      : `entry ${position} of ${origin}: proof in ${options.out}`,
  )
}

/** Null when the entry is not under the checkpoint. */
async function tryProof(options: ProveOptions): Promise<Disclosure | null> {
  if (options.entry === undefined && options.event === undefined)
    throw new AppError('REQUEST_INVALID', 'say which entry: --entry N or --event ID; or --check FILE')
  const { reader, note, witnessedNote, size } = await openReader(options.folder)
  const position = options.entry ?? (await reader.find(options.event ?? '', size))?.position
  if (position === undefined || position >= size) return null
  // One that witnesses cosigned is worth more to whoever is handed the proof, if it is large enough.
  const covered = witnessedNote !== null && parseCheckpoint(parseNote(witnessedNote).text).size > position
  return reader.proof(position, covered ? witnessedNote : note)
}

function notFound(options: ProveOptions): string {
  return options.entry === undefined
    ? `no entry of the ledger holds the event ${options.event}`
    : `no ledger entry at position ${options.entry}`
}

/** What was recorded a moment ago comes under a checkpoint within a second. */
async function later<T>(attempt: () => Promise<T>): Promise<T> {
  await new Promise((resolve) => setTimeout(resolve, NEXT_CHECKPOINT_MS))
  return attempt()
}

/** Names of those whose cosignatures a policy counted; none without one. */
function cosigners(checkpoint: Checkpoint | WitnessedCheckpoint): string[] {
  return 'log' in checkpoint ? checkpoint.cosignatures.map(({ witness }) => witness.name) : []
}

async function checkProof(file: string, options: ProveOptions): Promise<void> {
  const [text, policy] = [await readText(file), await readTrustPolicy(options.policy)]
  try {
    const disclosure = await verified(() => parseProofFile(text))
    const { position, origin, event } = disclosure
    const log = policy !== undefined && policy.logs.length > 0 ? undefined : await keyOf(origin, options.key)
    const { checkpoint, witnesses } = await verified(async () => {
      const opened =
        policy === undefined
          ? log && (await openCheckpoint(disclosure.checkpoint, log))
          : await openWitnessed(disclosure.checkpoint, policy, log)
      if (opened === undefined) throw new AppError('REQUEST_INVALID', 'no key to check with: give it with --key')
      checkDisclosure(disclosure, opened)
      const by = cosigners(opened)
      return { checkpoint: opened, witnesses: by }
    })
    const witnessed = policy !== undefined && policy.quorum !== null
    const { size } = checkpoint
    print(
      options.json
        ? JSON.stringify({ verified: true, origin, position, size, event, witnessed, witnesses })
        : [
            `verified: entry ${position} of ${origin}, under its checkpoint of ${count(size)}`,
            witnessed ? `witnessed by ${witnesses.join(', ')}, as the trust policy asks` : UNWITNESSED,
            JSON.stringify(event, null, 2),
          ].join('\n'),
    )
  } catch (error) {
    notVerified(error, options.json)
  }
}
