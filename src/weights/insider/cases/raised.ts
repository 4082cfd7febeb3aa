import type { Level } from '../config.ts'
import type { EvidenceRef, Reason } from './schema.ts'

/** An alert as the watch hands it on. The same alert has the same id, whoever finds it and however often. */
export interface RaisedAlert {
  readonly id: string
  /** As the source names them: nobody's name is made of it before the case is opened. */
  readonly person: string
  readonly timeMs: number
  /** Nats. */
  readonly risk: number
  readonly level: Level
  readonly reasons: readonly Reason[]
  /** What gave signals lately, oldest first. */
  readonly evidence: readonly EvidenceRef[]
}

/** People who don't exist, for drills: what is raised about them is marked, and nothing is done to anybody. */
export const DRILL_PREFIX = 'drill_'

export function isDrill(person: string): boolean {
  return person.startsWith(DRILL_PREFIX)
}
