import { type Clause, type Example, type PolicyDocument, SEVERITIES, SIDES, type Side } from './document.ts'
import { weakenings } from './overlay-rules.ts'
import type { PolicyProblem } from './problem.ts'
import { type LocatedDocument, readPolicy } from './read.ts'
import { compileRules, type Rule } from './rule-table.ts'
import type { CalibratedThresholds, Fault } from './rules.ts'
import { type PlacedClause, placedClauses } from './tree.ts'

/** The harms that ASL-2 asks a usage policy to keep out above all, by the labels that find them. */
export const HIGH_HARM = [
  'chemical',
  'biological',
  'radiological_nuclear',
  'indiscriminate_weapons',
  'cyber_operations',
  'autonomous_replication',
  'child_exploitation',
] as const

/** Scores are recorded with four digits: from here on a threshold is reached by certainty alone. */
const OUT_OF_REACH = 0.9995
/** Fewer characters tell nobody what is meant. */
const MIN_WORDING = 40

/** A fault (`error`: the document can't be published) or something that its author should look at (`warning`). */
export interface LintFinding extends PolicyProblem {
  readonly level: 'error' | 'warning'
}

interface Found extends Fault {
  readonly level: 'error' | 'warning'
}

/** What the installation has that a policy may count on. */
export interface Means {
  /** Somebody revises answers. */
  readonly revises: boolean
}

/**
 * Everything that can be said against a policy document without asking it: what would keep it from loading, the ASL-2 minimum, rules that
 * nothing reaches, words that are missing. In the order of its lines.
 *
 * @param calibrated The thresholds of the classifier in use; null leaves unchecked what depends on them.
 * @param means What the policy may count on; absent leaves unchecked what depends on it.
 */
export function lintPolicy(
  yamlText: string,
  calibrated: CalibratedThresholds | null,
  means: Means | null = null,
): LintFinding[] {
  const read = readPolicy(yamlText, calibrated)
  if (read.document === null) return read.problems.map((problem) => ({ level: 'error', ...problem }))
  return lintDocument(read, calibrated, means)
}

function lintDocument(
  { document, place }: LocatedDocument,
  calibrated: CalibratedThresholds | null,
  means: Means | null,
): LintFinding[] {
  const placed = placedClauses(document)
  const found: Found[] = [
    ...minimum(document, placed, calibrated),
    ...words(document, placed),
    ...examples(placed),
    ...overlays(document, calibrated),
    ...textRules(placed),
    ...(means?.revises === false ? unrevised(document, placed) : []),
    ...SIDES.flatMap((side) => rules(document, placed, side, calibrated)),
  ]
  const findings = found.map(({ level, ...fault }) => ({ level, ...place(fault) }))
  return findings.sort((a, b) => a.line - b.line || a.column - b.column || a.rule.localeCompare(b.rule))
}

/** High harm is refused outright on both sides, also when nobody can look, and no overlay can change that. */
function minimum(
  document: PolicyDocument,
  placed: readonly PlacedClause[],
  calibrated: CalibratedThresholds | null,
): Found[] {
  const found: Found[] = []
  for (const label of HIGH_HARM) {
    for (const side of SIDES) {
      const clauses = placed.filter(
        ({ clause }) => clause.labels.includes(label) && clause[side]?.threshold !== undefined,
      )
      if (clauses.some(({ clause }) => isOutright(clause, side))) continue
      const path = clauses[0] === undefined ? ['sections'] : [...clauses[0].path, side]
      const message = `ASL-2 wants ${label} refused outright in the ${side}, in a clause of severity high or extreme that also refuses when nobody could judge`
      found.push({ level: 'error', rule: 'minimum-uncovered', path, message })
    }
    const owner = placed.find(({ clause }) => clause.labels.includes(label))
    if (document.schema !== 'safelevel.policy/1' && owner !== undefined && owner.clause.minimum === undefined) {
      const message = `clause ${owner.clause.id} is about ${label} and not marked \`minimum: asl-2\`: an overlay could make it milder`
      found.push({ level: 'warning', rule: 'minimum-unmarked', path: [...owner.path, 'id'], message })
    }
  }
  return [...found, ...lenient(placed, calibrated)]
}

function isOutright(clause: Clause, side: Side): boolean {
  const rule = clause[side]
  const isGrave = SEVERITIES.indexOf(clause.severity) >= SEVERITIES.indexOf('high')
  return isGrave && clause.effect === 'prohibit' && rule?.action === 'refuse' && rule.whenUnavailable === 'refuse'
}

/** A number where the classifier's own threshold is lower lets pass what it was fitted to catch. */
function lenient(placed: readonly PlacedClause[], calibrated: CalibratedThresholds | null): Found[] {
  return placed.flatMap(({ clause, path }) =>
    SIDES.flatMap((side) => {
      const threshold = clause[side]?.threshold
      if (clause.minimum === undefined || typeof threshold !== 'number') return []
      const label = clause.labels.find((own) => (calibrated?.[side][own] ?? 1) < threshold)
      if (label === undefined) return []
      const message = `clause ${clause.id} is part of the minimum, and the classifier in use was fitted to act on ${label} from a lower score`
      return [{ level: 'warning' as const, rule: 'threshold-lenient', path: [...path, side, 'threshold'], message }]
    }),
  )
}

function words(document: PolicyDocument, placed: readonly PlacedClause[]): Found[] {
  const found: Found[] = placed
    .filter(({ clause }) => clause.wording.trim().length < MIN_WORDING || clause.wording.trim() === clause.title.trim())
    .map(({ clause, path }) => ({
      level: 'warning',
      rule: 'wording-missing',
      path: [...path, 'wording'],
      message: `clause ${clause.id} says too little for somebody who was refused under it to understand`,
    }))
  document.overlays?.forEach((overlay, o) => {
    if (overlay.wording.trim().length >= MIN_WORDING) return
    const message = `overlay ${overlay.id} says too little for those whom it concerns to understand`
    found.push({ level: 'warning', rule: 'wording-missing', path: ['overlays', o, 'wording'], message })
  })
  if (document.schema !== 'safelevel.policy/1' && document.retention === undefined) {
    const message = 'the policy does not say what is kept of what people say'
    found.push({ level: 'warning', rule: 'retention-missing', path: ['version'], message })
  }
  return found
}

/** Every clause that judges shows what it means, from both sides; and no two examples contradict each other. */
function examples(placed: readonly PlacedClause[]): Found[] {
  const found: Found[] = []
  const expected = new Map<string, Example['expect']>()
  for (const { clause, path } of placed) {
    const given = clause.examples ?? []
    const judges = clause.prompt !== undefined || clause.completion !== undefined
    const missing = [
      given.some(({ expect }) => expect !== 'allow') ? [] : ['of what it catches'],
      given.some(({ expect }) => expect === 'allow') ? [] : ['of what it lets pass'],
    ].flat()
    if (judges && missing.length > 0) {
      const message = `clause ${clause.id} has no example ${missing.join(' and none ')}`
      found.push({ level: 'warning', rule: 'examples-missing', path: [...path, 'id'], message })
    }
    given.forEach((example, e) => {
      const { expect, ...rest } = example
      const key = JSON.stringify(rest, Object.keys(rest).sort())
      if (expected.has(key) && expected.get(key) !== expect) {
        const message = `another example wants ${expected.get(key)} for the same exchange`
        found.push({ level: 'error', rule: 'examples-contradict', path: [...path, 'examples', e], message })
      }
      expected.set(key, expect)
    })
  }
  return found
}

function overlays(document: PolicyDocument, calibrated: CalibratedThresholds | null): Found[] {
  const found: Found[] = weakenings(document, calibrated ?? { prompt: {}, completion: {} })
    .filter((weakening) => !weakening.isProtected)
    .map(({ overlay, clause, side, path }) => ({
      level: 'warning',
      rule: 'overlay-weakens',
      path,
      message: `overlay ${overlay.id} makes clause ${clause} milder in the ${side}`,
    }))
  document.overlays?.forEach((overlay, o) => {
    if (overlay.clauses.length > 0 || overlay.media !== undefined) return
    found.push({
      level: 'warning',
      rule: 'overlay-idle',
      path: ['overlays', o],
      message: `overlay ${overlay.id} changes nothing`,
    })
  })
  return found
}

/** Revision that nobody is there to do: whatever it is asked for is refused. */
function unrevised(document: PolicyDocument, placed: readonly PlacedClause[]): Found[] {
  const inClauses = placed.flatMap(({ clause, path }) =>
    clause.completion?.action === 'revise' ? [[...path, 'completion', 'action']] : [],
  )
  const inOverlays = (document.overlays ?? []).flatMap(({ clauses }, o) =>
    clauses.flatMap(({ completion }, c) =>
      completion?.action === 'revise' ? [['overlays', o, 'clauses', c, 'completion', 'action']] : [],
    ),
  )
  const message = 'answers are not revised here (`refusal.revision` in the configuration): they are refused'
  return [...inClauses, ...inOverlays].map((path) => ({ level: 'warning', rule: 'reviser-missing', path, message }))
}

/** The same words in two clauses that want different things done. */
function textRules(placed: readonly PlacedClause[]): Found[] {
  const found: Found[] = []
  for (const side of SIDES) {
    const seen = new Map<string, Clause>()
    for (const { clause, path } of placed) {
      for (const kind of ['terms', 'patterns'] as const) {
        clause[side]?.[kind]?.forEach((words, i) => {
          const key = `${kind} ${words.toLowerCase()}`
          const other = seen.get(key)
          seen.set(key, other ?? clause)
          if (other === undefined) return
          const contradicts = other[side]?.action !== clause[side]?.action
          const message = contradicts
            ? `clause ${other.id} wants something else done about the same words`
            : `clause ${other.id} looks for the same words`
          const rule = contradicts ? 'clauses-contradict' : 'rule-unreachable'
          found.push({ level: 'warning', rule, path: [...path, side, kind, i], message })
        })
      }
    }
  }
  return found
}

/** What the compiled rules of one side do to each other. */
function rules(
  document: PolicyDocument,
  placed: readonly PlacedClause[],
  side: Side,
  calibrated: CalibratedThresholds | null,
): Found[] {
  const table = compileRules(document, side, calibrated ?? { prompt: {}, completion: {} })
  const pathOf = (rule: Rule) => {
    const place = placed.find(({ clause }) => clause.id === rule.clause)
    return place === undefined ? [] : [...place.path, side]
  }
  return table.rules.flatMap((rule, i): Found[] => {
    const path = pathOf(rule)
    if (rule.threshold >= OUT_OF_REACH) {
      const message = `no classifier gives ${rule.label} a score of ${rule.threshold}`
      return [{ level: 'warning', rule: 'threshold-out-of-reach', path: [...path, 'threshold'], message }]
    }
    const graver = table.rules.slice(0, i).find((other) => other.label === rule.label && hides(other, rule))
    if (graver === undefined) return contradictions(table.rules.slice(0, i), rule, path)
    const message = `clause ${graver.clause} refuses ${rule.label} first, from the same score or a lower one`
    return [{ level: 'warning', rule: 'rule-unreachable', path, message }]
  })
}

/** Whether whatever sets off `rule` is refused under `first` already. */
function hides(first: Rule, rule: Rule): boolean {
  return first.refuseFrom <= rule.threshold
}

/** One clause lets pass, with a flag, what a milder one refuses: the milder one wins, which its author may not have meant. */
function contradictions(before: readonly Rule[], rule: Rule, path: Fault['path']): Found[] {
  const graver = before.find(
    (other) => other.label === rule.label && other.threshold < rule.refuseFrom && other.refuseFrom > rule.refuseFrom,
  )
  if (graver === undefined) return []
  const message = `clause ${graver.clause}, which is as grave or graver, only flags ${rule.label} where this one refuses it`
  return [{ level: 'warning', rule: 'clauses-contradict', path, message }]
}
