import { type Document, isMap, isNode, isScalar, LineCounter, parseAllDocuments, visit } from 'yaml'
import type { z } from 'zod'
import type { Source } from '../activity/index.ts'
import { conditionOf } from './condition.ts'
import type { Expression } from './expression.ts'
import { AtPath, type Path, pathText, type RuleFault } from './rule-fault.ts'
import { CorrelationDocument, RuleDocument } from './rule-schema.ts'
import { selectionOf } from './selection.ts'

const MAX_CHARACTERS = 256 * 1024
const MAX_DOCUMENTS = 200

/** A rule about single activities. */
export interface ReadRule {
  readonly is: 'rule'
  readonly document: RuleDocument
  readonly expression: Expression
  readonly place: Place
}

export interface ReadCorrelation {
  readonly is: 'correlation'
  readonly document: CorrelationDocument
  readonly place: Place
}

/** Puts file and line to what is wrong with a document. */
export type Place = (path: Path, says: string) => RuleFault

/** Where the activities of a log source come from; a log source that names no service is about all of ours. */
const SOURCES: Readonly<Record<string, Source | null>> = {
  'safelevel/': null,
  'safelevel/ledger': 'ledger',
  'linux/auditd': 'auditd',
  'aws/cloudtrail': 'cloudtrail',
  'okta/okta': 'okta',
}

/** Reads the documents of one file. What can't be read is a fault with its line; the others are read nevertheless. */
export function readRules(
  file: string,
  text: string,
): { documents: readonly (ReadRule | ReadCorrelation)[]; faults: readonly RuleFault[] } {
  if (text.length > MAX_CHARACTERS)
    return { documents: [], faults: [{ file, line: 1, path: '', says: `longer than ${MAX_CHARACTERS} characters` }] }
  const lines = new LineCounter()
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, version: '1.2' })
  const all = Array.isArray(parsed) ? parsed.slice(0, MAX_DOCUMENTS) : []
  const documents: (ReadRule | ReadCorrelation)[] = []
  const faults: RuleFault[] = []
  for (const doc of all) {
    const place: Place = (path, says) => ({
      file,
      line: lines.linePos(offsetOf(doc, path)).line,
      path: pathText(path),
      says,
    })
    const [syntax] = [...doc.errors, ...doc.warnings]
    if (syntax !== undefined)
      faults.push({ file, line: lines.linePos(syntax.pos[0]).line, path: '', says: syntax.message })
    else if (hasAlias(doc)) faults.push(place([], 'aliases of YAML are not supported'))
    else {
      const read = readDocument(doc.toJS(), place)
      if ('is' in read) documents.push(read)
      else faults.push(...read.faults)
    }
  }
  return { documents, faults }
}

function readDocument(value: unknown, place: Place): ReadRule | ReadCorrelation | { faults: readonly RuleFault[] } {
  const isCorrelation = typeof value === 'object' && value !== null && 'correlation' in value
  if (isCorrelation) {
    const parsed = CorrelationDocument.safeParse(value)
    if (!parsed.success) return { faults: issuesOf(parsed.error, place) }
    return { is: 'correlation', document: parsed.data, place }
  }
  const parsed = RuleDocument.safeParse(value)
  if (!parsed.success) return { faults: issuesOf(parsed.error, place) }
  try {
    return { is: 'rule', document: parsed.data, expression: detectionOf(parsed.data), place }
  } catch (error) {
    if (error instanceof AtPath) return { faults: [place(error.path, error.message)] }
    throw error
  }
}

/** @throws {AtPath} */
function detectionOf({ detection, logsource }: RuleDocument): Expression {
  const { condition, timeframe, ...named } = detection
  if (timeframe !== undefined) throw new AtPath(['detection', 'timeframe'], 'not supported: write a correlation')
  const selections = new Map<string, Expression>()
  for (const [name, value] of Object.entries(named)) selections.set(name, selectionOf(value, ['detection', name]))
  if (selections.size === 0) throw new AtPath(['detection'], 'a selection is owed')
  const { expression, used } = conditionOf(condition, selections, ['detection', 'condition'])
  const unused = [...selections.keys()].find((name) => !used.has(name))
  if (unused !== undefined) throw new AtPath(['detection', unused], 'the condition does not ask for it')
  return fromSource(expression, logsource)
}

function fromSource(expression: Expression, { product, service, category }: RuleDocument['logsource']): Expression {
  const key = `${product ?? ''}/${service ?? ''}`
  const source = SOURCES[key]
  if (source === undefined || category !== undefined)
    throw new AtPath(['logsource'], `not one of ${Object.keys(SOURCES).join(', ')} (product/service)`)
  if (source === null) return expression
  return {
    is: 'all',
    of: [{ is: 'test', field: 'source', passes: (activity) => activity.source === source }, expression],
  }
}

function issuesOf(error: z.ZodError, place: Place): RuleFault[] {
  return error.issues.slice(0, 20).map((issue) => {
    const path = issue.path.filter((step) => typeof step !== 'symbol')
    const key = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []
    return place([...path, ...key], issue.code === 'unrecognized_keys' ? 'not supported' : issue.message)
  })
}

function hasAlias(doc: Document.Parsed): boolean {
  let found = false
  visit(doc, {
    Alias: () => {
      found = true
      return visit.BREAK
    },
  })
  return found
}

/** Where a value begins; where there is none, the nearest one around it. For a field, where its name stands. */
function offsetOf(doc: Document.Parsed, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const parent = length === 1 ? doc.contents : doc.getIn(path.slice(0, length - 1), true)
    const step = path[length - 1]
    if (isMap(parent)) {
      const pair = parent.items.find(({ key }) => isScalar(key) && key.value === step)
      if (pair !== undefined && isNode(pair.key)) return pair.key.range?.[0] ?? 0
    }
    const node: unknown = doc.getIn(path.slice(0, length), true)
    if (isNode(node)) return node.range?.[0] ?? 0
  }
  return doc.contents?.range?.[0] ?? 0
}
