import type { Evidence, Finding } from '../probe.ts'
import type { EntryNote, World } from './world.ts'

const DAY_MS = 86_400_000
/** More would fill a screen without telling more. */
const MOST_EVIDENCE = 12
const MOST_NAMED = 3

export function holds(says: string, evidence: readonly Evidence[] = []): Finding {
  return { state: 'holds', says, evidence: evidence.slice(0, MOST_EVIDENCE) }
}

/** @param next what mends it */
export function fails(says: string, next: string, evidence: readonly Evidence[] = []): Finding {
  return { state: 'fails', says, next, evidence: evidence.slice(0, MOST_EVIDENCE) }
}

export function stale(says: string, next: string, evidence: readonly Evidence[] = []): Finding {
  return { state: 'stale', says, next, evidence: evidence.slice(0, MOST_EVIDENCE) }
}

/** Nobody can say, and why. */
export function unknown(says: string, next?: string, evidence: readonly Evidence[] = []): Finding {
  const found = { state: 'unknown' as const, says, evidence: evidence.slice(0, MOST_EVIDENCE) }
  return next === undefined ? found : { ...found, next }
}

export function seen(says: string): Evidence {
  return { kind: 'seen', says }
}

export function record(type: string, id: string): Evidence {
  return { kind: 'record', type, id }
}

/** As evidence; nothing where there is no such entry. */
export function entryOf(note: EntryNote | null): Evidence[] {
  return note === null ? [] : [{ kind: 'entry', entry: note.entry, event: note.event, at: note.at }]
}

const WORST = ['fails', 'unknown', 'stale', 'holds'] as const

/** Several as one: the worst of them, in the words of all that are as bad, with the evidence of those. @param none where there are none */
export function worstOf(findings: readonly Finding[], none: Finding): Finding {
  const state = WORST.find((one) => findings.some((found) => found.state === one))
  const worst = findings.filter((found) => found.state === state)
  const [first] = worst
  if (first === undefined) return none
  const evidence = worst.flatMap((one) => one.evidence).slice(0, MOST_EVIDENCE)
  const words = [...new Set(worst.map(({ says }) => says))]
  return { ...first, says: listed(words, '; '), evidence }
}

/** `a, b, c and 4 more`. */
export function listed(names: readonly string[], between = ', '): string {
  const shown = names.slice(0, MOST_NAMED).join(between)
  return names.length <= MOST_NAMED ? shown : `${shown} and ${names.length - MOST_NAMED} more`
}

/** `1 run`, `3 runs`. @param many where an `s` does not do */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`
}

/** Whole days from one instant to another. */
export function daysBetween(fromMs: number, toMs: number): number {
  return Math.floor((toMs - fromMs) / DAY_MS)
}

/** `2026-03-01`. */
export function day(iso: string): string {
  return iso.slice(0, 10)
}

/**
 * What people answer for where software can't see it: the newest attestation that still counts.
 *
 * @param seen what was looked at besides
 * @param missing what nobody has said yet
 */
export async function attested(
  { attestations }: Pick<World, 'attestations'>,
  control: string,
  missing: string,
  shown: readonly Evidence[] = [],
): Promise<Finding> {
  const note = await attestations.fresh(control)
  const how = `safelevel controls attest ${control}`
  if (note === null) return unknown(missing, how, shown)
  const evidence = [...shown, record('attestation', note.id)]
  if (!note.holds) return fails(`who answers for it said on ${day(note.at)} that it does not hold`, how, evidence)
  return holds(`attested on ${day(note.at)}, until ${day(note.until)}`, evidence)
}
