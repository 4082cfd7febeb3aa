import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { systemClock } from '../base/clock.ts'
import { loadConfig } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import {
  type Disclosure,
  KnownLogs,
  LedgerReader,
  openPlace,
  parseCheckpoint,
  parseDisclosure,
  parseGivenKey,
  parseNote,
  parseVkey,
  readNote,
  TlogError,
  type VerifyLedgerReport,
  verifyDisclosure,
  verifyLedger,
} from '../ledger/index.ts'
import { progressBar } from './progress.ts'

const UNWITNESSED = 'unwitnessed: only the operator vouches that everybody is shown this same log'
/** A recorded entry is under a checkpoint after at most this. */
const NEXT_CHECKPOINT_MS = 1_200

/** `safelevel ledger …`: reads the ledger folder directly, beside a running server or without one. */
export function ledgerCommand(): Command {
  return new Command('ledger')
    .description('verify the ledger and prove what it holds')
    .addCommand(verifyCommand())
    .addCommand(proveCommand())
    .addCommand(checkpointCommand())
    .addCommand(exportCommand())
}

function verifyCommand(): Command {
  return new Command('verify')
    .description(
      'verify a whole log offline: signature, tiles, entries, bodies, and that it continues what was seen before',
    )
    .argument(
      '[folder|url]',
      'a ledger folder, a copy of its public files, or a URL such as https://example.com/ledger',
    )
    .option('--key <vkey>', 'the log’s key, from a place that its operator does not control')
    .option('--json', 'print one line of JSON')
    .action(async (target: string | undefined, options: { key?: string; json?: boolean }) => {
      const place = await openPlace(target ?? ledgerFolder())
      const progress = progressBar('verifying', process.stderr)
      try {
        const report = await verifyLedger({
          place,
          knownLogs: await KnownLogs.open(),
          clock: systemClock,
          vkey: options.key,
          onProgress: (entries, of) => progress.show(entries, of),
        })
        progress.clear()
        print(options.json ? JSON.stringify({ verified: true, ...report }) : describe(report))
      } catch (error) {
        progress.clear()
        notVerified(error, options.json)
      }
    })
}

function proveCommand(): Command {
  const entry = new Option('--entry <position>', 'prove the entry at this 0-based position').argParser(parsePosition)
  return new Command('prove')
    .description('make a proof file of one entry (it discloses the event), or check one')
    .addOption(entry.conflicts(['event', 'check']))
    .addOption(new Option('--event <id>', 'prove the event with this id, such as a decision id').conflicts('check'))
    .option('--check <file>', 'check a proof file offline')
    .option('--key <vkey>', 'with --check: the log’s key')
    .option('--folder <folder>', 'the ledger folder; by default the one in the data folder')
    .option('--out <file>', 'write the proof there instead of printing it')
    .option('--json', 'print one line of JSON')
    .action(async (options: ProveOptions) => {
      if (options.check !== undefined) await checkProof(options.check, options)
      else await writeProof(options)
    })
}

interface ProveOptions {
  entry?: number
  event?: string
  check?: string
  key?: string
  folder?: string
  out?: string
  json?: boolean
}

function checkpointCommand(): Command {
  return new Command('checkpoint')
    .description('print the latest signed checkpoint')
    .option('--folder <folder>', 'the ledger folder; by default the one in the data folder')
    .option('--json', 'print one line of JSON')
    .action(async (options: { folder?: string; json?: boolean }) => {
      const note = await readNote(await openPlace(options.folder ?? ledgerFolder()))
      const { origin, size, root } = verified(() => parseCheckpoint(parseNote(note).text))
      if (options.json) {
        print(JSON.stringify({ origin, size, root: Buffer.from(root).toString('base64'), note, witnessed: false }))
        return
      }
      process.stdout.write(note)
      // Apart from the note, which must stay byte for byte what was signed.
      process.stderr.write(`${UNWITNESSED}\n`)
    })
}

function exportCommand(): Command {
  return new Command('export')
    .description('print entries as JSON lines, in order; an erased body is null')
    .addOption(new Option('--from <position>', 'first position').argParser(parsePosition).default(0))
    .addOption(new Option('--limit <n>', 'how many; all by default').argParser(parsePosition))
    .option('--folder <folder>', 'the ledger folder; by default the one in the data folder')
    .option('--json', 'the same: lines are always JSON')
    .action(async (options: { from: number; limit?: number; folder?: string }) => {
      const { reader, size } = await openReader(options.folder)
      const end = Math.min(size, options.from + (options.limit ?? size))
      for (let from = options.from; from < end; ) {
        const page = await reader.entries(from, end - from, size)
        if (page.length === 0) throw new AppError('VERIFICATION_FAILED', `the record of entry ${from} is missing`)
        from += page.length
        const lines = page.map((item) => `${JSON.stringify(item)}\n`).join('')
        if (!process.stdout.write(lines)) await once(process.stdout, 'drain')
      }
    })
}

function ledgerFolder(): string {
  return join(loadConfig().config.dataDir, 'ledger')
}

async function openReader(folder: string | undefined) {
  const place = await openPlace(folder ?? ledgerFolder())
  if (place.segments === null)
    throw new AppError('NOT_FOUND', `${place.location} holds public files only: event bodies are needed for this`)
  const note = await readNote(place)
  const { size } = verified(() => parseCheckpoint(parseNote(note).text))
  return { reader: new LedgerReader(place.source, place.segments), note, size }
}

async function writeProof(options: ProveOptions): Promise<void> {
  const proof = (await tryProof(options)) ?? (await later(() => tryProof(options)))
  if (proof === null) throw new AppError('LEDGER_ENTRY_NOT_FOUND', notFound(options))
  const text = options.json ? JSON.stringify(proof) : JSON.stringify(proof, null, 2)
  if (options.out === undefined) {
    print(text)
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
  const { reader, note, size } = await openReader(options.folder)
  const position = options.entry ?? (await reader.find(options.event ?? '', size))?.position
  return position === undefined || position >= size ? null : reader.proof(position, note)
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

async function checkProof(file: string, options: ProveOptions): Promise<void> {
  try {
    const text = await readFile(file, 'utf8').catch((cause: unknown) => {
      throw new AppError('NOT_FOUND', `${file} can't be read`, { cause })
    })
    const { disclosure, checkpoint } = await verifiedAsync(async () => {
      const parsed = parseDisclosure(text)
      return { disclosure: parsed, checkpoint: await verifyDisclosure(parsed, await keyFor(parsed.origin, options.key)) }
    })
    const { position, origin, event } = disclosure
    const result = { verified: true, origin, position, size: checkpoint.size, event, witnessed: false }
    print(
      options.json
        ? JSON.stringify(result)
        : `verified: entry ${position} of ${origin}, under its checkpoint of ${count(checkpoint.size)}\n${UNWITNESSED}\n${JSON.stringify(event, null, 2)}`,
    )
  } catch (error) {
    notVerified(error, options.json)
  }
}

async function keyFor(origin: string, given: string | undefined) {
  if (given !== undefined) return parseGivenKey(given)
  const known = (await KnownLogs.open()).byOrigin(origin)
  if (known === null)
    throw new AppError(
      'REQUEST_INVALID',
      `no key of ${origin} is pinned: give it with --key, or run "safelevel ledger verify" first`,
    )
  return parseVkey(known.vkey)
}

/** The answer "no" is printed and exits 1; every other failure is the caller's to report. */
function notVerified(error: unknown, json: boolean | undefined): void {
  if (!(error instanceof AppError) || error.code !== 'VERIFICATION_FAILED') throw error
  print(json ? JSON.stringify({ verified: false, reason: error.message }) : `NOT VERIFIED: ${error.message}`)
  process.exitCode = 1
}

function describe(report: VerifyLedgerReport): string {
  const { origin, size, root, vkey, keyFrom, previous, bodies } = report
  const key = {
    given: `given: ${vkey}`,
    pinned: `pinned at an earlier use: ${vkey}`,
    'first-use': `pinned now, at this first use, on the log’s own word: ${vkey}\n            compare it with one from elsewhere, or give that with --key`,
  }[keyFrom]
  return [
    `verified    ${origin}: ${count(size)}, no gap`,
    `root        ${root}`,
    `bodies      ${bodies === null ? 'not at hand: public files only' : `${bodies.checked} match their commitments, ${bodies.erased} erased`}`,
    `history     ${previous === null ? 'first verification here: nothing earlier to compare with' : `continues the ${count(previous.size)} verified at ${previous.verifiedAt}`}`,
    `key         ${key}`,
    UNWITNESSED,
  ].join('\n')
}

function count(entries: number): string {
  return entries === 1 ? '1 entry' : `${entries} entries`
}

function parsePosition(text: string): number {
  if (!/^[0-9]{1,15}$/.test(text)) throw new InvalidArgumentError('a whole number, 0 or more')
  return Number(text)
}

function verified<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw asAppError(error)
  }
}

async function verifiedAsync<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    throw asAppError(error)
  }
}

function asAppError(error: unknown): unknown {
  return error instanceof TlogError ? new AppError('VERIFICATION_FAILED', error.message, { cause: error }) : error
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
