import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text as readAll } from 'node:stream/consumers'
import { Command, InvalidArgumentError, Option } from 'commander'
import { AppError } from '../base/errors.ts'
import {
  type Assessment,
  type ClassifyRequest,
  isLabel,
  LABELS,
  type Label,
  LinearScreen,
  testString,
} from '../screening/index.ts'
import { renderAssessment } from './classify-view.ts'

/** Where the shipped screen lies, whether run from source or from the built package. */
const ASSETS = join(import.meta.dirname, '..', '..', 'assets', 'screen')
/** One line of a pipe; longer ones are refused rather than read into memory without end. */
const MAX_TEXT_UNITS = 8 * 1024 * 1024

interface Options {
  readonly file?: string
  readonly side: ClassifyRequest['side']
  readonly json?: true
  readonly testString?: Label | true
}

/**
 * `safelevel classify`: judges one text, a file, or a pipe line by line, offline. Exits 0 when nothing reached its
 * threshold, 1 when something did.
 */
export function classifyCommand(): Command {
  return new Command('classify')
    .description('judge a text with the built-in screen')
    .argument('[text]', 'the text; without it and without --file, standard input is read')
    .option('--file <path>', 'read the text from a file')
    .addOption(new Option('--side <side>', 'what the text is').choices(['prompt', 'completion']).default('prompt'))
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
      const screen = LinearScreen.load(ASSETS)
      if (text === undefined && options.file === undefined && options.json && !process.stdin.isTTY) {
        if (await judgeLines(screen, options.side)) process.exitCode = 1
        return
      }
      const input = bounded(text ?? (options.file === undefined ? await readInput() : readText(options.file)))
      const assessment = await judge(screen, input, options.side)
      const flagged = flaggedLabels(screen, assessment, options.side)
      print(
        options.json
          ? JSON.stringify(toJson(assessment, flagged))
          : renderAssessment(input, assessment, screen, options.side, process.stdout.isTTY ?? false),
      )
      if (flagged.length > 0) process.exitCode = 1
    })
}

function parseLabel(value: string): Label {
  const label = value.toLowerCase().replaceAll('-', '_')
  if (!isLabel(label)) throw new InvalidArgumentError(`Known categories: ${LABELS.join(', ')}.`)
  return label
}

/** One JSON line in, one out; a line that can't be read gives an error line, and the pipe goes on. */
async function judgeLines(screen: LinearScreen, side: ClassifyRequest['side']): Promise<boolean> {
  let any = false
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === '') continue
    const text = textOfLine(line)
    if (text === undefined) {
      print(
        JSON.stringify({ error: { code: 'REQUEST_INVALID', message: 'not a JSON string, nor an object with "text"' } }),
      )
      any = true
      continue
    }
    const assessment = await judge(screen, text, side)
    const flagged = flaggedLabels(screen, assessment, side)
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

async function judge(screen: LinearScreen, text: string, side: ClassifyRequest['side']): Promise<Assessment> {
  const role = side === 'prompt' ? ('user' as const) : ('assistant' as const)
  const exchange = { turns: side === 'prompt' ? [{ role, parts: [{ kind: 'text' as const, text, pointer: '' }] }] : [] }
  return await screen.classify({ side, exchange, segments: [{ text, role, kind: 'text', source: '', offset: 0 }] })
}

function flaggedLabels(screen: LinearScreen, { scores }: Assessment, side: ClassifyRequest['side']): Label[] {
  return LABELS.filter((label) => (scores[label] ?? 0) >= (screen.thresholds[side][label] ?? Number.POSITIVE_INFINITY))
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
