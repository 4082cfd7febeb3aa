import { type Document, LineCounter, parseDocument } from 'yaml'
import type { z } from 'zod'
import { nestsTooDeep, offsetOf, structureFaults } from '../base/located-yaml.ts'
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
const NO_ALIASES = 'each clause says its own rule, so that it can be read alone'

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
  if (nestsTooDeep(yamlText)) return failed([problem(1, 1, 'size', [], 'it nests deeper than any policy does')])
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
  for (const { offset, message } of structureFaults(doc, NO_ALIASES)) {
    const { line, col } = lines.linePos(offset)
    yield problem(line, col, 'yaml', [], message)
  }
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
