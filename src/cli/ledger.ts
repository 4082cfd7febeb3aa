import { once } from 'node:events'
import { Command, Option } from 'commander'
import { AppError } from '../base/errors.ts'
import { parseCheckpoint, parseNote, readNote, readWitnessedNote } from '../ledger/index.ts'
import { drillCommand } from './ledger-drill.ts'
import { fsckCommand } from './ledger-fsck.ts'
import { openLedgerPlace, openReader } from './ledger-place.ts'
import { proveCommand } from './ledger-prove.ts'
import { tailCommand } from './ledger-tail.ts'
import { importCommand, rotateKeyCommand } from './ledger-upkeep.ts'
import { verifyCommand } from './ledger-verify.ts'
import { parsePosition, print, UNWITNESSED, verified } from './ledger-words.ts'

/** `safelevel ledger …`: reads the ledger folder directly, beside a running server or without one. */
export function ledgerCommand(): Command {
  return new Command('ledger')
    .description('verify the ledger and prove what it holds')
    .addCommand(verifyCommand())
    .addCommand(proveCommand())
    .addCommand(checkpointCommand())
    .addCommand(exportCommand())
    .addCommand(fsckCommand())
    .addCommand(rotateKeyCommand())
    .addCommand(importCommand())
    .addCommand(tailCommand())
    .addCommand(drillCommand())
}

function checkpointCommand(): Command {
  return new Command('checkpoint')
    .description('print the latest signed checkpoint')
    .option('--folder <folder>', 'the ledger folder; by default the one in the data folder')
    .option('--json', 'print one line of JSON')
    .action(async (options: { folder?: string; json?: boolean }) => {
      const place = await openLedgerPlace(options.folder)
      const newest = await readNote(place)
      const cosigned = await readWitnessedNote(place)
      const note = cosigned?.startsWith(newest) ? cosigned : newest
      const { origin, size, root } = await verified(() => parseCheckpoint(parseNote(note).text))
      if (options.json) {
        print(
          JSON.stringify({
            origin,
            size,
            root: Buffer.from(root).toString('base64'),
            note,
            cosignedBy: namesIn(note, origin),
          }),
        )
        return
      }
      process.stdout.write(note)
      // Apart from the note, which must stay byte for byte what was signed.
      const names = namesIn(note, origin).join(', ')
      const checked = 'check with "safelevel ledger verify --policy FILE"'
      process.stderr.write(`${names === '' ? UNWITNESSED : `cosigned by ${names}: ${checked}`}\n`)
    })
}

/** Whose signatures it carries beside the log's; their truth takes their keys to tell. */
function namesIn(note: string, origin: string): string[] {
  return [...new Set(parseNote(note).signatures.map(({ name }) => name))].filter((name) => name !== origin)
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
