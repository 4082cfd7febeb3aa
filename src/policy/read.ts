import { type Document, isMap, isNode, isPair, isScalar, LineCounter, parseDocument, visit } from 'yaml'
import type { z } from 'zod'
import { LABELS } from '../screening/index.ts'
import { PolicyDocument } from './document.ts'
import type { PolicyProblem } from './problem.ts'
import { type CalibratedThresholds, checkRules, type Fault } from './rules.ts'

/** Far above any policy that people can read, far below what could trouble the parser. */
const MAX_CHARACTERS = 256 * 1024
/** More help nobody. */
const MAX_PROBLEMS = 100
/** After its first few complaints a parser of YAML complains about those. */
const MAX_SYNTAX_PROBLEMS = 5

/** A document that loads, with the way back to its lines. */
export interface LocatedDocument {
  readonly document: PolicyDocument
  readonly problems: readonly []
  /** Puts line and column to something that is said of a place in the document. */
  place(fault: Fault): PolicyProblem
}

export type ReadPolicy = LocatedDocument | { readonly document: null; readonly problems: readonly PolicyProblem[] }

/**
 * Reads and checks a policy document. Hostile input ends as a list of problems, each at its line and column.
 *
 * @param calibrated What `threshold: calibrated` stands for; null leaves that unchecked, for a lint without a classifier.
 */
export function readPolicy(yamlText: string, calibrated: CalibratedThresholds | null): ReadPolicy {
  if (yamlText.length > MAX_CHARACTERS) {
    return failed([problem(1, 1, 'size', [], `the document is longer than ${MAX_CHARACTERS} characters`)])
  }
  const lines = new LineCounter()
  const doc = parseDocument(yamlText, { lineCounter: lines, prettyErrors: false, uniqueKeys: false, version: '1.2' })
  const syntax = [...syntaxProblems(doc, lines).take(MAX_PROBLEMS)]
  if (syntax.length > 0) return failed(syntax)

  const parsed = PolicyDocument.safeParse(doc.toJS(), { reportInput: true })
  const faults = parsed.success ? checkRules(parsed.data, calibrated) : parsed.error.issues.flatMap(schemaFaults)
  const place = (fault: Fault): PolicyProblem => {
    const { line, col } = lines.linePos(offsetOf(doc, fault.path, fault.key))
    return problem(line, col, fault.rule, fault.path, fault.message)
  }
  if (parsed.success && faults.length === 0) return { document: parsed.data, problems: [], place }
  const problems = faults.slice(0, MAX_PROBLEMS).map(place)
  return failed(problems.sort((a, b) => a.line - b.line || a.column - b.column))
}

function failed(problems: readonly PolicyProblem[]): ReadPolicy {
  return { document: null, problems: problems.slice(0, MAX_PROBLEMS) }
}

function problem(line: number, column: number, rule: string, path: Fault['path'], message: string): PolicyProblem {
  let text = ''
  for (const step of path) text += typeof step === 'number' ? `[${step}]` : `${text === '' ? '' : '.'}${String(step)}`
  return { line, column, rule, path: text, message }
}

function* syntaxProblems(doc: Document.Parsed, lines: LineCounter): Generator<PolicyProblem> {
  for (const fault of [...doc.errors, ...doc.warnings].slice(0, MAX_SYNTAX_PROBLEMS)) {
    const { line, col } = lines.linePos(fault.pos[0])
    yield problem(line, col, 'yaml', [], fault.message)
  }
  for (const { offset, message } of structureFaults(doc)) {
    const { line, col } = lines.linePos(offset)
    yield problem(line, col, 'yaml', [], message)
  }
}

/** Aliases and repeated keys. The parser's own check for these compares every key with every other. */
function structureFaults(doc: Document.Parsed): { offset: number; message: string }[] {
  const faults: { offset: number; message: string }[] = []
  visit(doc, {
    Alias: (_, node) => {
      const message = 'aliases are not allowed: each clause says its own rule, so that it can be read alone'
      faults.push({ offset: node.range?.[0] ?? 0, message })
    },
    Map: (_, node) => {
      const seen = new Set<unknown>()
      for (const { key } of node.items) {
        const offset = isNode(key) ? (key.range?.[0] ?? 0) : 0
        if (!isScalar(key)) faults.push({ offset, message: 'a key must be a word' })
        else if (seen.has(key.value)) faults.push({ offset, message: 'this key stands twice in its mapping' })
        else seen.add(key.value)
      }
    },
  })
  return faults
}

function schemaFaults(issue: z.core.$ZodIssue): Fault[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      rule: 'key-unknown',
      path,
      key,
      message: `there is no key "${key.slice(0, 80)}" here`,
    }))
  }
  if (path.at(-2) === 'labels' && path.at(-1) !== undefined) {
    return [{ rule: 'label-unknown', path, message: `not a label; the labels are ${LABELS.join(', ')}` }]
  }
  const rule = path.at(-1) === 'threshold' || path.at(-1) === 'refuseFrom' ? 'threshold-range' : 'schema'
  const missing = issue.input === undefined && issue.code !== 'custom'
  return [{ rule, path, message: missing ? `"${String(path.at(-1))}" is missing` : lowerFirst(issue.message) }]
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

/** Where the node at `path` begins; the nearest that exists when it does not; the key itself when `key` names one. */
function offsetOf(doc: Document.Parsed, path: Fault['path'], key: string | undefined): number {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? doc.contents : doc.getIn(path.slice(0, length), true)
    if (!isNode(node) || !node.range) continue
    if (length === path.length && key !== undefined && isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key)
      if (pair && isScalar(pair.key) && pair.key.range) return pair.key.range[0]
    }
    return node.range[0]
  }
  return 0
}
