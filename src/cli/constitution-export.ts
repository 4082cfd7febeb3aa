import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { codeOf } from '../base/error-code.ts'
import { AppError } from '../base/errors.ts'
import {
  DATASET_FILES,
  EXPORT_FORMATS,
  type ExportFormat,
  exportRows,
  RowsWriter,
  readManifest,
  readRecords,
  rejectedOf,
  SpotVerdicts,
  useOf,
  VERDICTS_FILE,
} from '../refusal/constitution/index.ts'

interface Options {
  readonly format: ExportFormat
  readonly out: string
  readonly json?: true
}

/** `safelevel constitution export`: a dataset as a trainer reads it. */
export function constitutionExport(): Command {
  return new Command('export')
    .description(
      'write a dataset as trainers read it, one JSON object a line; what its flags or people keep out is left out',
    )
    .argument('<dataset>', 'the folder that `generate` made')
    .addOption(new Option('--format <format>', 'for which trainer').choices(EXPORT_FORMATS).makeOptionMandatory())
    .requiredOption('--out <file>', 'where it goes')
    .option('--json', 'print one line of JSON')
    .action((dataset: string, options: Options) => run(dataset, options))
}

async function run(dataset: string, { format, out, json }: Options): Promise<void> {
  const { records, isSandbox } = await readManifest(dataset)
  const rejected = await rejectedIn(dataset, records.digest)
  await using writer = await RowsWriter.create(out)
  let rows = 0
  for await (const record of readRecords(join(dataset, DATASET_FILES.records))) {
    for (const row of exportRows(record, format, rejected)) {
      await writer.write(row)
      rows += 1
    }
  }
  const digest = await writer.finish()
  if (json)
    console.log(JSON.stringify({ format, use: useOf(format), rows, digest, out, isSandbox, rejected: rejected.size }))
  else {
    const people = rejected.size === 0 ? '' : `; ${rejected.size} left out that people rejected`
    console.log(`${rows} rows of ${records.count} records to ${out}, SHA-256 ${digest}${people}`)
    if (isSandbox) console.log('  made with the sandbox: a fixture to try things with, nothing to tune a model on')
  }
  if (rows === 0) process.exitCode = 1
}

async function rejectedIn(dataset: string, digest: string): Promise<ReadonlySet<string>> {
  const path = join(dataset, VERDICTS_FILE)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return new Set()
    throw new AppError('REQUEST_INVALID', `${path} can't be read`, { cause: error })
  }
  const parsed = SpotVerdicts.safeParse(json(text))
  if (!parsed.success) throw new AppError('REQUEST_INVALID', `${path} holds no verdicts`)
  if (parsed.data.records !== digest)
    throw new AppError('REQUEST_INVALID', `${path} speaks of other records than these`)
  return rejectedOf(parsed.data)
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
