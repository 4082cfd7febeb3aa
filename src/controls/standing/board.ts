import type { Catalogue, Control } from '../catalogue/index.ts'
import type { Finding, State } from '../probe.ts'
import type { ControlsConfig } from './context.ts'
import type { Recorded } from './records.ts'
import type {
  ControlAttestation,
  ControlBoard,
  ControlCounts,
  ControlException,
  ControlFinding,
  ControlRow,
} from './schema.ts'
import { inForce, type Known, standingOf } from './state.ts'

/** What is known of all controls at an instant. */
export interface Facts {
  readonly catalogue: Catalogue
  readonly config: ControlsConfig
  readonly nowMs: number
  readonly lookedAt: string | null
  readonly problem: string | null
  readonly found: ReadonlyMap<string, Known['found']>
  readonly attestations: ReadonlyMap<string, ControlAttestation>
  readonly exceptions: ReadonlyMap<string, readonly ControlException[]>
  readonly recorded: ReadonlyMap<string, Recorded>
}

/** Control -> how it stands. */
export function standings(facts: Pick<Facts, 'catalogue' | 'nowMs' | 'found' | 'attestations'>): Map<string, Finding> {
  const { catalogue, nowMs, found, attestations } = facts
  return new Map(
    catalogue.controls.map((control) => {
      const known = { found: found.get(control.id) ?? null, attestation: attestations.get(control.id) ?? null }
      return [control.id, standingOf(control, known, nowMs)]
    }),
  )
}

/** Every control, family by family; those that the profile doesn't ask for come too, and count for nothing. */
export function boardOf(facts: Facts): ControlBoard {
  const { catalogue, config, lookedAt, problem } = facts
  const asked = new Set(catalogue.in(config.profile, ...config.overlays).map(({ id }) => id))
  const standing = standings(facts)
  const families = catalogue.families.map(({ family, title, controls }) => ({
    family,
    title,
    rows: controls.map((control) => rowOf(facts, { control, family, standing, inProfile: asked.has(control.id) })),
  }))
  const controls = families.flatMap(({ rows }) => rows)
  return {
    ...{ profile: config.profile, overlays: [...config.overlays], lookedAt, problem },
    counts: countsOf(controls),
    families: families.map(({ family, title, rows }) => ({ family, title, counts: countsOf(rows) })),
    controls,
  }
}

interface Placed {
  readonly control: Control
  readonly family: ControlRow['family']
  readonly standing: ReadonlyMap<string, Finding>
  readonly inProfile: boolean
}

function rowOf(
  { nowMs, attestations, exceptions, recorded }: Facts,
  { control, family, standing, inProfile }: Placed,
): ControlRow {
  const { id, title, mode, owner } = control
  const finding: Finding = standing.get(id) ?? { state: 'unknown', says: 'nothing has looked at it yet', evidence: [] }
  const said = attestations.get(id)
  const excepted = inForce(exceptions.get(id) ?? [], nowMs)
  const before = recorded.get(id)
  return {
    ...{ id, family, title, mode, owner, inProfile },
    ...wireOf(finding),
    since: before?.state === finding.state ? before.since : null,
    attestation: said === undefined ? null : { id: said.id, holds: said.holds, at: said.at, until: said.until },
    exception: excepted === null ? null : { id: excepted.id, until: excepted.until },
  }
}

/** As it is stored and sent. */
export function wireOf({ state, says, evidence, next }: Finding): ControlFinding {
  return { state, says, evidence: [...evidence], next: next ?? null }
}

export function findingOf({ next, ...finding }: ControlFinding): Finding {
  return next === null ? finding : { ...finding, next }
}

function countsOf(rows: readonly ControlRow[]): ControlCounts {
  const asked = rows.filter(({ inProfile }) => inProfile)
  const of = (state: State) => asked.filter((row) => row.state === state).length
  const excepted = asked.filter(({ state, exception }) => state !== 'holds' && exception !== null).length
  return {
    ...{ holds: of('holds'), stale: of('stale'), fails: of('fails'), unknown: of('unknown') },
    ...{ total: asked.length, excepted },
  }
}
