import { readFileSync } from 'node:fs'
import { text as readAll } from 'node:stream/consumers'
import { Command, InvalidArgumentError, Option } from 'commander'
import { loadConfig } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import { linesOf } from '../base/lines.ts'
import {
  type Assessment,
  type BuiltInMode,
  type ClassifyRequest,
  isLabel,
  LABELS,
  type Label,
  loadScreen,
  type OpenClassifier,
  openBuiltIn,
  testString,
} from '../screening/index.ts'
import { renderAssessment } from './classify-view.ts'

/** One line of a pipe; longer ones are refused rather than read into memory without end. */
const MAX_LINE_BYTES = 16 * 1024 * 1024
const MAX_TEXT_UNITS = 8 * 1024 * 1024

interface Options {
  readonly file?: string
  readonly side: ClassifyRequest['side']
  readonly json?: true
  readonly classifier?: BuiltInMode
  readonly testString?: Label | true
}

/**
 * `safelevel classify`: judges one text, a file, or a pipe line by line, offline. Exits 0 when nothing reached its
 * threshold, 1 when something did.
 */
export function classifyCommand(): Command {
  return new Command('classify')
    .description('judge a text with the built-in classifier')
    .argument('[text]', 'the text; without it and without --file, standard input is read')
    .option('--file <path>', 'read the text from a file')
    .addOption(new Option('--side <side>', 'what the text is').choices(['prompt', 'completion']).default('prompt'))
    .addOption(
      new Option('--classifier <mode>', 'which of the built-in ones (default: as configured)').choices([
        'cascade',
        'screen',
        'encoder',
      ]),
    )
    .option('--json', 'print JSON; from a pipe, each line (a JSON string, or an object with "text") gives one line')
    .option(
      '--test-string [category]',
      'print the harmless string that triggers a category (default: general_harm)',
      parseLabel,
    )
    .action(async (text: string | undefined, options: Options) => {
      if (options.testString !== undefined) {
        const label = options.testString === true ? 'general_harm' : options.testString
        print(options.json ? JSON.stringify({ label, text: testString(label) }) : testString(label))
        return
      }
      const { mode, bandShift } = loadConfig().config.classifier
      const open = await openBuiltIn(options.classifier ?? mode, { bandShift })
      try {
        if (await classify(open, text, options)) process.exitCode = 1
      } finally {
        await open.close()
      }
    })
}

/** Whether anything reached its threshold. */
async function classify(open: OpenClassifier, text: string | undefined, options: Options): Promise<boolean> {
  const { side, json } = options
  if (text === undefined && options.file === undefined && json && !process.stdin.isTTY)
    return await judgeLines(open, side)
  const input = bounded(text ?? (options.file === undefined ? await readInput() : readText(options.file)))
  const assessment = await judge(open, input, side)
  const flagged = flaggedLabels(open, assessment, side)
  if (json) print(JSON.stringify(toJson(assessment, flagged)))
  else print(renderAssessment(input, assessment, open.thresholds, loadScreen(), side, process.stdout.isTTY ?? false))
  return flagged.length > 0
}

function parseLabel(value: string): Label {
  const label = value.toLowerCase().replaceAll('-', '_')
  if (!isLabel(label)) throw new InvalidArgumentError(`Known categories: ${LABELS.join(', ')}.`)
  return label
}

/** One JSON line in, one out; a line that can't be read gives an error line, and the pipe goes on. */
async function judgeLines(open: OpenClassifier, side: ClassifyRequest['side']): Promise<boolean> {
  let any = false
  for await (const line of linesOf(process.stdin, MAX_LINE_BYTES)) {
    if (line.text?.trim() === '') continue
    const text = line.text === undefined ? undefined : textOfLine(line.text)
    if (text === undefined) {
      print(
        JSON.stringify({ error: { code: 'REQUEST_INVALID', message: 'not a JSON string, nor an object with "text"' } }),
      )
      any = true
      continue
    }
    const assessment = await judge(open, text, side)
    const flagged = flaggedLabels(open, assessment, side)
    if (flagged.length > 0) any = true
    print(JSON.stringify(toJson(assessment, flagged)))
  }
  return any
}

function textOfLine(line: string): string | undefined {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === 'string') return value
    if (typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'string')
      return value.text
  } catch {
    return undefined
  }
  return undefined
}

async function judge({ classifier }: OpenClassifier, text: string, side: ClassifyRequest['side']): Promise<Assessment> {
  const role = side === 'prompt' ? ('user' as const) : ('assistant' as const)
  const exchange = { turns: side === 'prompt' ? [{ role, parts: [{ kind: 'text' as const, text, pointer: '' }] }] : [] }
  return await classifier.classify({ side, exchange, segments: [{ text, role, kind: 'text', source: '', offset: 0 }] })
}

function flaggedLabels({ thresholds }: OpenClassifier, { scores }: Assessment, side: ClassifyRequest['side']): Label[] {
  return LABELS.filter((label) => (scores[label] ?? 0) >= (thresholds[side][label] ?? Number.POSITIVE_INFINITY))
}

function toJson(assessment: Assessment, flagged: readonly Label[]) {
  return { flagged, ...assessment }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new AppError('REQUEST_INVALID', `${path} can't be read`, { cause })
  }
}

async function readInput(): Promise<string> {
  return (await readAll(process.stdin)).replace(/\r?\n$/, '')
}

function bounded(text: string): string {
  if (text.length > MAX_TEXT_UNITS)
    throw new AppError('REQUEST_TOO_LARGE', 'the text is longer than 8 Mi characters: split it')
  return text
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
