import { HAZARDS, type Label } from '../screening/index.ts'
import { type PolicyDocument, SIDES, type Side, type SideRule } from './document.ts'
import { overlayFaults } from './overlay-rules.ts'
import { PROMPT_REVISED, statedThreshold } from './rule-table.ts'
import { MAX_PATTERNS, MAX_TERMS, patternFault } from './text-rules.ts'
import { type Path, type PlacedClause, placedClauses } from './tree.ts'

/** What `threshold: calibrated` stands for: per side, the threshold that was fitted for each label. */
export type CalibratedThresholds = Readonly<Record<Side, Readonly<Partial<Record<Label, number>>>>>

/** A broken rule, before its place in the file is known. */
export interface Fault {
  readonly rule: string
  readonly path: Path
  /** A key within `path` that is itself the fault. */
  readonly key?: string
  readonly message: string
}

/** What a document must satisfy beyond its shape. */
export function checkRules(document: PolicyDocument, calibrated: CalibratedThresholds | null): Fault[] {
  const placed = placedClauses(document)
  return [
    ...schemaVersion(document, placed),
    ...identifiers(document, placed),
    ...coverage(placed),
    ...placed.flatMap((place) => [
      ...effects(place),
      ...sideRules(place),
      ...thresholds(place, calibrated),
      ...textRules(place),
    ]),
    ...textTotals(placed),
    ...mediaRule(document, placed),
    ...overlayFaults(document, calibrated),
  ]
}

/** A reader of `/1` must not meet what it can't know. */
function schemaVersion(document: PolicyDocument, placed: readonly PlacedClause[]): Fault[] {
  if (document.schema !== 'safelevel.policy/1') return []
  const newer = [document.overlays, document.retention]
  const newerInClauses = placed.flatMap(({ clause: c }) => [
    c.clauses,
    c.minimum,
    c.exemptible,
    c.requirement,
    c.examples,
    c.effect === 'prohibit' ? undefined : c.effect,
    ...SIDES.flatMap((side) => [c[side]?.terms, c[side]?.patterns]),
    ...SIDES.map((side) => (c[side]?.action === 'revise' ? true : undefined)),
    ...SIDES.map((side) => (typeof c[side]?.threshold === 'object' ? true : undefined)),
    ...SIDES.map((side) => (c[side] !== undefined && c[side].threshold === undefined ? true : undefined)),
  ])
  if ([...newer, ...newerInClauses].every((value) => value === undefined)) return []
  const message = 'what this document says needs `schema: safelevel.policy/2`'
  return [{ rule: 'schema-version', path: ['schema'], message }]
}

function identifiers(document: PolicyDocument, placed: readonly PlacedClause[]): Fault[] {
  const faults: Fault[] = []
  const sections = new Set<string>()
  document.sections.forEach((section, s) => {
    if (sections.has(section.id)) {
      faults.push({ rule: 'id-duplicate', path: ['sections', s, 'id'], message: `section ${section.id} stands twice` })
    }
    sections.add(section.id)
  })
  const clauses = new Set<string>()
  for (const { clause, path, parentId } of placed) {
    if (clause.id.slice(0, clause.id.lastIndexOf('.')) !== parentId) {
      const message = `clause ${clause.id} stands in ${parentId.includes('.') ? 'clause' : 'section'} ${parentId}`
      faults.push({ rule: 'id-section', path: [...path, 'id'], message })
    }
    if (clauses.has(clause.id)) {
      faults.push({ rule: 'id-duplicate', path: [...path, 'id'], message: `clause ${clause.id} stands twice` })
    }
    clauses.add(clause.id)
  }
  return faults
}

/** Every hazard is ruled on, on both sides: what the policy leaves out would pass unjudged. */
function coverage(placed: readonly PlacedClause[]): Fault[] {
  const faults: Fault[] = []
  for (const side of SIDES) {
    const covered = new Set(
      placed.flatMap(({ clause }) => (clause[side]?.threshold === undefined ? [] : clause.labels)),
    )
    for (const hazard of HAZARDS) {
      if (covered.has(hazard)) continue
      faults.push({
        rule: 'hazard-uncovered',
        path: ['sections'],
        message: `no clause rules on ${hazard} in the ${side}`,
      })
    }
  }
  return faults
}

/** What must be done or told is a duty, not a category of what is said. */
function effects({ clause, path }: PlacedClause): Fault[] {
  const { id, effect, requirement } = clause
  if (effect === 'prohibit') {
    if (requirement === undefined) return []
    const message = `clause ${id} prohibits: a requirement stands with \`effect: require\` or \`disclose\``
    return [{ rule: 'effect-mismatch', path: [...path, 'requirement'], message }]
  }
  const faults: Fault[] = []
  for (const key of ['prompt', 'completion'] as const) {
    if (clause[key] === undefined) continue
    const message = `clause ${id} has \`effect: ${effect}\`: it judges no text; put what it forbids in a clause of its own`
    faults.push({ rule: 'effect-mismatch', path: [...path, key], message })
  }
  if (requirement === undefined) {
    const message = `clause ${id} must say in \`requirement\` whose duty it is and whether it is checked`
    return [...faults, { rule: 'effect-mismatch', path, message }]
  }
  const { check, marker, action } = requirement
  if (check === 'system_prompt' && (marker === undefined || action === undefined)) {
    const message = '`check: system_prompt` needs the marker to look for and the action where it is missing'
    faults.push({ rule: 'requirement-incomplete', path: [...path, 'requirement'], message })
  }
  if (check === 'stated' && (marker !== undefined || action !== undefined)) {
    const message = '`check: stated` looks at nothing: leave marker and action out, or check by `system_prompt`'
    faults.push({ rule: 'requirement-incomplete', path: [...path, 'requirement'], message })
  }
  return faults
}

function sideRules({ clause, path }: PlacedClause): Fault[] {
  if (clause.prompt?.action === 'revise')
    return [{ rule: 'revise-prompt', path: [...path, 'prompt', 'action'], message: PROMPT_REVISED }]
  const ruled = clause.prompt !== undefined || clause.completion !== undefined
  if (clause.labels.length > 0 && !ruled && clause.effect === 'prohibit') {
    return [
      { rule: 'clause-idle', path, message: `clause ${clause.id} has labels but no rule for prompt or completion` },
    ]
  }
  if (clause.labels.length === 0 && ruled) {
    return [
      { rule: 'clause-idle', path, message: `clause ${clause.id} has rules but no labels that could trigger them` },
    ]
  }
  const twice = clause.labels.findIndex((label, index) => clause.labels.indexOf(label) !== index)
  if (twice < 0) return []
  return [
    { rule: 'label-duplicate', path: [...path, 'labels', twice], message: 'this label stands twice in the clause' },
  ]
}

function thresholds({ clause, path }: PlacedClause, calibrated: CalibratedThresholds | null): Fault[] {
  const faults: Fault[] = []
  for (const side of SIDES) {
    const rule = clause[side]
    if (rule === undefined) continue
    const at = [...path, side]
    if (rule.threshold === undefined && rule.terms === undefined && rule.patterns === undefined) {
      faults.push({
        rule: 'threshold-range',
        path: at,
        message: '"threshold" is missing: only terms or patterns go without',
      })
    }
    for (const label of clause.labels) faults.push(...thresholdFaults(rule, label, at, side, calibrated))
    for (const label of typeof rule.threshold === 'object' ? Object.keys(rule.threshold) : []) {
      if (clause.labels.some((own) => own === label)) continue
      faults.push({
        rule: 'label-unknown',
        path: [...at, 'threshold', label],
        message: `the clause does not name ${label}`,
      })
    }
  }
  return faults
}

function thresholdFaults(
  rule: SideRule,
  label: Label,
  at: Path,
  side: Side,
  calibrated: CalibratedThresholds | null,
): Fault[] {
  const path = [...at, 'threshold']
  const value = statedThreshold(rule, label)
  if (value === undefined) {
    if (rule.threshold === undefined) return []
    return [{ rule: 'threshold-range', path, message: `there is none for ${label}` }]
  }
  if (value !== 'calibrated') {
    if (rule.refuseFrom === undefined || rule.refuseFrom >= value) return []
    const message = 'must not be below the threshold from which the clause flags'
    return [{ rule: 'threshold-range', path: [...at, 'refuseFrom'], message }]
  }
  if (calibrated === null) return []
  const fitted = calibrated[side][label]
  if (fitted !== undefined && fitted > 0 && fitted < 1) return []
  const message = `the classifier has no calibrated threshold for ${label} in the ${side}: give a number, or a classifier that covers it`
  return [{ rule: 'threshold-uncalibrated', path, message }]
}

function textRules({ clause, path }: PlacedClause): Fault[] {
  return SIDES.flatMap((side) =>
    (clause[side]?.patterns ?? []).flatMap((pattern, i) => {
      const why = patternFault(pattern)
      return why === null ? [] : [{ rule: 'pattern-invalid', path: [...path, side, 'patterns', i], message: why }]
    }),
  )
}

function textTotals(placed: readonly PlacedClause[]): Fault[] {
  const rules = placed.flatMap(({ clause }) => SIDES.flatMap((side) => clause[side] ?? []))
  const terms = rules.reduce((sum, rule) => sum + (rule.terms?.length ?? 0), 0)
  const patterns = rules.reduce((sum, rule) => sum + (rule.patterns?.length ?? 0), 0)
  const faults: Fault[] = []
  if (terms > MAX_TERMS)
    faults.push({ rule: 'size', path: ['sections'], message: `more than ${MAX_TERMS} terms in all` })
  if (patterns > MAX_PATTERNS) {
    faults.push({ rule: 'size', path: ['sections'], message: `more than ${MAX_PATTERNS} patterns in all` })
  }
  return faults
}

function mediaRule(document: PolicyDocument, placed: readonly PlacedClause[]): Fault[] {
  if (placed.some(({ clause }) => clause.id === document.media.clause)) return []
  return [{ rule: 'clause-unknown', path: ['media', 'clause'], message: 'there is no clause with this id' }]
}
