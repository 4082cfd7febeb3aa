import { existsSync, readFileSync } from 'node:fs'
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { AppError } from './errors.ts'

type Path = readonly PropertyKey[]

/** A configuration file as it was read. */
export interface ConfigText {
  readonly value: Readonly<Record<string, unknown>>
  /** What is wrong, one line each: `safelevel.yaml:12: models.0.upstream: …`. */
  explain(error: z.ZodError): string
}

/**
 * Reads a YAML file.
 *
 * @param required whether it is an error that there is none
 * @throws {AppError} CONFIG_INVALID naming the line where it is no YAML
 */
export function readConfigText(path: string, required: boolean): ConfigText {
  if (!existsSync(path)) {
    if (required) throw new AppError('CONFIG_INVALID', `there is no configuration file at ${path} (SAFELEVEL_CONFIG)`)
    return { value: {}, explain: (error) => z.prettifyError(error) }
  }
  const lines = new LineCounter()
  let document: Document.Parsed
  try {
    document = parseDocument(readFileSync(path, 'utf8'), { lineCounter: lines, prettyErrors: true })
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', `${path} can't be read`, { cause })
  }
  const [broken] = document.errors
  if (broken !== undefined) throw new AppError('CONFIG_INVALID', `${path} is not valid YAML: ${broken.message}`)
  const value = z.record(z.string(), z.unknown()).safeParse(document.toJS() ?? {})
  if (!value.success) throw new AppError('CONFIG_INVALID', `${path} is not valid YAML: not a mapping`)
  const explain = ({ issues }: z.ZodError) =>
    issues
      .flatMap((issue) =>
        describe(issue).map(({ at, why }) => `${path}${lineOf(document, lines, at)}${nameOf(at)}: ${why}`),
      )
      .join('\n')
  return { value: value.data, explain }
}

/** A key too many stands at the mapping that holds it; it is the key that people look for. */
function describe(issue: z.core.$ZodIssue): { at: Path; why: string }[] {
  if (issue.code !== 'unrecognized_keys') return [{ at: issue.path, why: issue.message }]
  return issue.keys.map((key) => ({ at: [...issue.path, key], why: 'there is no such key' }))
}

function nameOf(at: Path): string {
  return at.length === 0 ? '' : ` ${at.map(String).join('.')}`
}

/** `:12:`, of the key where the value has one, else of the nearest thing above it that stands in the file. */
function lineOf(document: Document.Parsed, lines: LineCounter, at: Path): string {
  for (let depth = at.length; depth > 0; depth--) {
    const offset = offsetOf(document, at.slice(0, depth))
    if (offset !== null) return `:${lines.linePos(offset).line}:`
  }
  return ':'
}

function offsetOf(document: Document.Parsed, at: Path): number | null {
  const holder = at.length === 1 ? document.contents : document.getIn(at.slice(0, -1), true)
  const last = at.at(-1)
  if (isMap(holder)) {
    const pair = holder.items.find(({ key }) => isScalar(key) && key.value === last)
    if (pair !== undefined && isNode(pair.key)) return pair.key.range?.[0] ?? null
  }
  const node = document.getIn(at, true)
  return isNode(node) ? (node.range?.[0] ?? null) : null
}
