import { type Overlay, type PolicyDocument, SIDES, type Side } from './document.ts'
import {
  compileRules,
  isMilder,
  isMilderAction,
  isProtected,
  PROMPT_REVISED,
  patched,
  patchOf,
  type Rule,
} from './rule-table.ts'
import type { CalibratedThresholds, Fault } from './rules.ts'
import { type PlacedClause, placedClauses } from './tree.ts'

const UNKNOWN: CalibratedThresholds = { prompt: {}, completion: {} }

/** What is wrong with overlays, beyond their shape: names of nothing, and minimum clauses made milder. */
export function overlayFaults(document: PolicyDocument, calibrated: CalibratedThresholds | null): Fault[] {
  const overlays = document.overlays ?? []
  const placed = new Map(placedClauses(document).map((place) => [place.clause.id, place]))
  return overlays.flatMap((overlay, o) => [
    ...duplicates(overlays, o),
    ...entryFaults(overlay, o, placed),
    ...mediaFaults(document, overlay, o, placed),
    ...weakenings(document, calibrated ?? UNKNOWN)
      .filter((w) => w.overlay === overlay && w.isProtected)
      .map(
        ({ path, clause, side }): Fault => ({
          rule: 'overlay-weakens',
          path,
          message: `clause ${clause} is part of the minimum (or finds attacks on it): in the ${side} this overlay would let pass what the clause does not`,
        }),
      ),
  ])
}

function duplicates(overlays: readonly Overlay[], index: number): Fault[] {
  const id = overlays[index]?.id
  if (overlays.findIndex((other) => other.id === id) === index) return []
  return [{ rule: 'id-duplicate', path: ['overlays', index, 'id'], message: `overlay ${id} stands twice` }]
}

function entryFaults(overlay: Overlay, o: number, placed: ReadonlyMap<string, PlacedClause>): Fault[] {
  return overlay.clauses.flatMap((entry, e) => {
    const path = ['overlays', o, 'clauses', e]
    const found = placed.get(entry.clause)
    if (found === undefined) {
      return [{ rule: 'clause-unknown', path: [...path, 'clause'], message: 'there is no clause with this id' }]
    }
    const faults: Fault[] = []
    if (overlay.clauses.findIndex((other) => other.clause === entry.clause) !== e) {
      faults.push({
        rule: 'id-duplicate',
        path: [...path, 'clause'],
        message: 'this clause stands twice in the overlay',
      })
    }
    for (const side of SIDES) {
      const patch = entry[side]
      if (patch === undefined) continue
      const rule = found.clause[side]
      if (rule === undefined) {
        const message = `clause ${entry.clause} has no rule for the ${side} that an overlay could change`
        faults.push({ rule: 'overlay-idle', path: [...path, side], message })
      } else if (side === 'prompt' && patch.action === 'revise') {
        faults.push({ rule: 'revise-prompt', path: [...path, side, 'action'], message: PROMPT_REVISED })
      } else if (patch.refuseFrom !== undefined && patched(rule, patch).action === 'refuse') {
        const message = 'stands only beside `action: flag` or `action: revise`'
        faults.push({ rule: 'threshold-range', path: [...path, side, 'refuseFrom'], message })
      }
    }
    return faults
  })
}

function mediaFaults(
  document: PolicyDocument,
  { media }: Overlay,
  o: number,
  placed: ReadonlyMap<string, PlacedClause>,
): Fault[] {
  const clause = placed.get(document.media.clause)?.clause
  if (media === undefined || clause?.minimum === undefined) return []
  return SIDES.filter((side) => document.media[side] === 'refuse' && media[side] === 'allow').map((side) => ({
    rule: 'overlay-weakens',
    path: ['overlays', o, 'media', side],
    message: `clause ${clause.id} on media is part of the minimum: no overlay may make it milder`,
  }))
}

/** A place where an overlay lets pass what the clause without it does not. */
export interface Weakening {
  readonly overlay: Overlay
  readonly clause: string
  readonly side: Side
  readonly path: readonly (string | number)[]
  /** The clause belongs to the minimum, so that the overlay does not load. */
  readonly isProtected: boolean
}

/** Every such place. Where a calibrated threshold is not known, it can't be compared with a number, and nothing is said. */
export function weakenings(document: PolicyDocument, calibrated: CalibratedThresholds): Weakening[] {
  return (document.overlays ?? []).flatMap((overlay, o) =>
    placedClauses(document).flatMap(({ clause }) =>
      SIDES.flatMap((side) => {
        const rule = clause[side]
        const patch = patchOf(overlay, clause, side)
        if (rule === undefined || patch === undefined) return []
        const compiled = (given: typeof rule): readonly Rule[] =>
          compileRules(alone(document, { ...clause, [side]: given }), side, calibrated).rules
        const after = patched(rule, patch)
        const base = compiled(rule)
        const textMilder = isMilderAction(after, rule)
        const failsOpen = rule.whenUnavailable === 'refuse' && after.whenUnavailable !== 'refuse'
        const milder = compiled(after).some((next, i) => {
          const before = base[i]
          return before !== undefined && isMilder(next, before)
        })
        if (!milder && !textMilder && !failsOpen) return []
        const entry = overlay.clauses.findIndex((given) => given.clause === clause.id)
        const path = ['overlays', o, 'clauses', entry, side]
        return [{ overlay, clause: clause.id, side, path, isProtected: isProtected(clause) }]
      }),
    ),
  )
}

/** The document as it would be with this clause and no other. */
function alone(document: PolicyDocument, clause: PlacedClause['clause']): PolicyDocument {
  const { clauses: _, ...own } = clause
  return { ...document, overlays: undefined, sections: [{ id: '0', title: '-', clauses: [own] }] }
}
