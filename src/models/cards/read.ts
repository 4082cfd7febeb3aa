import { LineCounter, parseDocument, stringify } from 'yaml'
import type { z } from 'zod'
import { AppError } from '../../base/errors.ts'
import { nestsTooDeep, offsetOf, structureFaults, type YamlPath } from '../../base/located-yaml.ts'
import { CARD_FORMAT, ModelCard } from './schema.ts'

/** Far above any card that people read. */
export const MAX_CARD_BYTES = 512 * 1024
/** More help nobody. */
const MAX_PROBLEMS = 100
/** After its first few complaints a parser of YAML complains about those. */
const MAX_SYNTAX_PROBLEMS = 5

/** A fault of a file, and where it stands. */
export interface CardProblem {
  /** 1-based. */
  readonly line: number
  /** 1-based, in characters. */
  readonly column: number
  /** JSON pointer; '' for the card as a whole. */
  readonly path: string
  readonly message: string
}

export type ReadCard =
  | {
      readonly card: ModelCard
      readonly problems: readonly []
      place(pointer: string): { line: number; column: number }
    }
  | { readonly card: null; readonly problems: readonly CardProblem[] }

/** Reads a card, YAML or JSON. Hostile input ends as a list of problems, each at its line and column. Never throws. */
export function readCard(text: string): ReadCard {
  if (Buffer.byteLength(text) > MAX_CARD_BYTES)
    return failed([{ line: 1, column: 1, path: '', message: `a card has at most ${MAX_CARD_BYTES} bytes` }])
  const lines = new LineCounter()
  const problem = (offset: number, path: YamlPath, message: string): CardProblem => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col, path: pointerOf(path), message }
  }
  if (nestsTooDeep(text))
    return failed([{ line: 1, column: 1, path: '', message: 'it nests deeper than any card does' }])
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, version: '1.2' })
  const syntax = [
    ...[...doc.errors, ...doc.warnings]
      .slice(0, MAX_SYNTAX_PROBLEMS)
      .map((one) => problem(one.pos[0], [], one.message)),
    ...structureFaults(doc, 'write it out where it stands')
      .slice(0, MAX_PROBLEMS)
      .map(({ offset, message }) => problem(offset, [], message)),
  ]
  if (syntax.length > 0) return failed(syntax)
  const value: unknown = doc.toJS({ maxAliasCount: 0 })
  const strange = formatFault(value)
  if (strange !== null) return failed([problem(offsetOf(doc, ['format']), ['format'], strange)])
  const parsed = ModelCard.safeParse(value)
  if (!parsed.success)
    return failed(
      parsed.error.issues
        .flatMap(schemaFaults)
        .slice(0, MAX_PROBLEMS)
        .map(({ path, key, message }) => problem(offsetOf(doc, path, key), path, message))
        .sort((a, b) => a.line - b.line || a.column - b.column),
    )
  const place = (pointer: string) => {
    const { line, col } = lines.linePos(offsetOf(doc, stepsOf(pointer)))
    return { line, column: col }
  }
  return { card: parsed.data, problems: [], place }
}

/** @throws {AppError} REQUEST_INVALID naming the first faults */
export function parseCard(text: string, source = 'the card'): ModelCard {
  const { card, problems } = readCard(text)
  if (card !== null) return card
  const [first, ...more] = problems.slice(0, 5).map((one) => formatProblem(source, one))
  throw new AppError('REQUEST_INVALID', [first, ...more].join('\n'))
}

/** `card.yaml:12:5 /compute/flops: …`, the form that editors and terminals make a link of. */
export function formatProblem(source: string, { line, column, path, message }: CardProblem): string {
  return `${source}:${line}:${column} ${path === '' ? '' : `${path}: `}${message}`
}

/** A card as a file that people edit: what says nothing is left out. */
export function printCard(card: ModelCard): string {
  return stringify(spare(card), { lineWidth: 110, blockQuote: 'folded' })
}

/** JSON pointer (RFC 6901). */
export function pointerOf(path: YamlPath): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

export function stepsOf(pointer: string): (string | number)[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^(0|[1-9]\d{0,5})$/.test(step) ? Number(step) : step))
}

function failed(problems: readonly CardProblem[]): ReadCard {
  return { card: null, problems: problems.slice(0, MAX_PROBLEMS) }
}

/** Another version may mean other things by the same words: it is refused before anything else is said about it. */
function formatFault(value: unknown): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'a card is a mapping that begins with `format`'
  const format = 'format' in value ? value.format : undefined
  if (format === CARD_FORMAT) return null
  if (format === undefined) return `"format" is missing: write format: ${CARD_FORMAT}`
  return `the format ${JSON.stringify(format).slice(0, 60)} is not known here; this version of Safelevel reads ${CARD_FORMAT}`
}

function schemaFaults(issue: z.core.$ZodIssue): { path: YamlPath; key?: string; message: string }[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path, key, message: `there is no key "${key.slice(0, 80)}" here` }))
  if (path.join('/') === 'deployment/level')
    return [
      {
        path,
        message:
          'no AI safety level can be claimed: it would have to be proven by the control catalogue, which is not installed',
      },
    ]
  const missing = issue.code === 'invalid_type' && issue.message.includes('received undefined')
  return [{ path, message: missing ? `"${String(path.at(-1))}" is missing` : lowerFirst(issue.message) }]
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

/** Without nulls, empty lists and empty mappings; null when nothing remains. */
function spare(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(spare)
  if (typeof value !== 'object' || value === null) return value ?? undefined
  const kept = Object.entries(value).flatMap(([key, inner]) => {
    const rest = spare(inner)
    return rest === undefined ? [] : [[key, rest] as const]
  })
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}
