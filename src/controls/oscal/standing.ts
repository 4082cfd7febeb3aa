import type { Catalogue, Control } from '../catalogue/index.ts'
import type { Evidence, State } from '../probe.ts'

/** How a control stands, as far as the export needs it. What `GET /api/v1/controls/{id}` answers is one. */
export interface ControlStanding {
  readonly id: string
  readonly state: State
  readonly says: string
  readonly evidence: readonly Evidence[]
  readonly next: string | null
  /** ISO 8601; since when it stands so. */
  readonly since: string | null
  /** Newest first. */
  readonly attestations: readonly {
    readonly id: string
    readonly holds: boolean
    readonly statement: string
    /** A person of the staff. */
    readonly by: string
    readonly at: string
    readonly until: string
    /** Hex SHA-256, which the ledger has. */
    readonly digest: string
  }[]
  /** Newest first. */
  readonly exceptions: readonly {
    readonly id: string
    readonly reason: string
    readonly mitigation: string
    readonly people: readonly string[]
    readonly at: string
    readonly until: string
  }[]
  /** Changes of state, newest first. */
  readonly history: readonly {
    /** Of the event on the ledger. */
    readonly id: string
    readonly from: State | null
    readonly to: State
    readonly at: string
    readonly says: string
  }[]
}

export interface OscalInput {
  readonly catalogue: Catalogue
  /** The profile that is answered for, and overlays on top of it. */
  readonly profile: string
  readonly overlays: readonly string[]
  /** A control of the profile that is missing here counts as unknown. */
  readonly standings: readonly ControlStanding[]
  /** What names the installation: the origin of its ledger. */
  readonly system: string
  /** ISO 8601, of the last look at the controls; null while there was none. */
  readonly lookedAt: string | null
  /** ISO 8601, of the export. */
  readonly at: string
}

/** A control with how it stands. */
export interface Assessed {
  readonly control: Control
  readonly standing: ControlStanding
  /** The exception in force, if any. */
  readonly exception: ControlStanding['exceptions'][number] | null
}

/** Every control that is answered for; one that nobody looked at is unknown. */
export function assessed({ catalogue, profile, overlays, standings, at }: OscalInput): Assessed[] {
  const known = new Map(standings.map((one) => [one.id, one]))
  return catalogue.in(profile, ...overlays).map((control) => {
    const standing = known.get(control.id) ?? unseen(control.id)
    const exception = standing.exceptions.find((one) => one.at <= at && at < one.until) ?? null
    return { control, standing, exception }
  })
}

function unseen(id: string): ControlStanding {
  const nothing = { attestations: [], exceptions: [], history: [] }
  return { id, state: 'unknown', says: 'nobody has looked', evidence: [], next: null, since: null, ...nothing }
}
