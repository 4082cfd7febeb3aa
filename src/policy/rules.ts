import { HAZARDS, type Label } from '../screening/index.ts'
import { type Clause, type PolicyDocument, SIDES, type Side } from './document.ts'

/** What `threshold: calibrated` stands for: per side, the threshold that was fitted for each label. */
export type CalibratedThresholds = Readonly<Record<Side, Readonly<Partial<Record<Label, number>>>>>

/** A broken rule, before its place in the file is known. */
export interface Fault {
  readonly rule: string
  readonly path: readonly (string | number)[]
  /** A key within `path` that is itself the fault. */
  readonly key?: string
  readonly message: string
}

interface Placed {
  readonly clause: Clause
  readonly path: readonly (string | number)[]
}

/** What a document must satisfy beyond its shape. */
export function checkRules(document: PolicyDocument, calibrated: CalibratedThresholds | null): Fault[] {
  const placed = document.sections.flatMap((section, s) =>
    section.clauses.map((clause, c): Placed => ({ clause, path: ['sections', s, 'clauses', c] })),
  )
  return [
    ...identifiers(document, placed),
    ...coverage(placed),
    ...placed.flatMap((place) => [...sideRules(place), ...thresholds(place, calibrated)]),
    ...mediaRule(document, placed),
  ]
}

function identifiers(document: PolicyDocument, placed: readonly Placed[]): Fault[] {
  const faults: Fault[] = []
  const seen = new Set<string>()
  document.sections.forEach((section, s) => {
    if (seen.has(section.id)) {
      faults.push({ rule: 'id-duplicate', path: ['sections', s, 'id'], message: `section ${section.id} stands twice` })
    }
    seen.add(section.id)
    section.clauses.forEach((clause, c) => {
      if (clause.id.split('.')[0] === section.id) return
      const message = `clause ${clause.id} stands in section ${section.id}`
      faults.push({ rule: 'id-section', path: ['sections', s, 'clauses', c, 'id'], message })
    })
  })
  const clauses = new Set<string>()
  for (const { clause, path } of placed) {
    if (clauses.has(clause.id)) {
      faults.push({ rule: 'id-duplicate', path: [...path, 'id'], message: `clause ${clause.id} stands twice` })
    }
    clauses.add(clause.id)
  }
  return faults
}

/** Every hazard is ruled on, on both sides: what the policy leaves out would pass unjudged. */
function coverage(placed: readonly Placed[]): Fault[] {
  const faults: Fault[] = []
  for (const side of SIDES) {
    const covered = new Set(placed.flatMap(({ clause }) => (clause[side] ? clause.labels : [])))
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

function sideRules({ clause, path }: Placed): Fault[] {
  const ruled = clause.prompt !== undefined || clause.completion !== undefined
  if (clause.labels.length > 0 && !ruled) {
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

function thresholds({ clause, path }: Placed, calibrated: CalibratedThresholds | null): Fault[] {
  const faults: Fault[] = []
  for (const side of SIDES) {
    const rule = clause[side]
    if (rule === undefined) continue
    const at = [...path, side, 'threshold']
    if (rule.threshold !== 'calibrated') {
      if (rule.refuseFrom !== undefined && rule.refuseFrom < rule.threshold) {
        const message = 'must not be below the threshold from which the clause flags'
        faults.push({ rule: 'threshold-range', path: [...path, side, 'refuseFrom'], message })
      }
      continue
    }
    if (calibrated === null) continue
    for (const label of clause.labels) {
      const value = calibrated[side][label]
      if (value !== undefined && value > 0 && value < 1) continue
      const message = `the classifier has no calibrated threshold for ${label} in the ${side}: give a number, or a classifier that covers it`
      faults.push({ rule: 'threshold-uncalibrated', path: at, message })
    }
  }
  return faults
}

function mediaRule(document: PolicyDocument, placed: readonly Placed[]): Fault[] {
  if (placed.some(({ clause }) => clause.id === document.media.clause)) return []
  return [{ rule: 'clause-unknown', path: ['media', 'clause'], message: 'there is no clause with this id' }]
}
