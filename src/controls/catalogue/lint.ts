import { ROLES } from '../../staff/index.ts'
import type { Catalogue } from './catalogue.ts'
import { type Control, type Lineage, POLICIES, type Profile, REGIMES, type RegimeText } from './schema.ts'

/** How many controls a family has in the sources; one that got lost is a fault, not a smaller catalogue. */
const COUNTS = { GOV: 32, EVL: 31, RSP: 15, SEC: 34, DEP: 22, WHC: 8, X: 13 } as const

const ORDER: readonly string[] = POLICIES

const GONE: ReadonlySet<Lineage['change']> = new Set<Lineage['change']>(['dropped', 'superseded'])

/** What is wrong with a catalogue, a line each; none when it is sound. */
export function lintCatalogue(catalogue: Catalogue): string[] {
  const faults = [...countFaults(catalogue), ...catalogue.controls.flatMap((one) => controlFaults(catalogue, one))]
  return [
    ...faults,
    ...catalogue.profiles.flatMap((one) => profileFaults(catalogue, one)),
    ...REGIMES.flatMap((id) => (catalogue.regimes.some((one) => one.id === id) ? [] : [`regimes: lack ${id}`])),
    ...catalogue.regimes.flatMap((one) => regimeFaults(catalogue, one)),
  ]
}

/** Nobody should have to guess whether a clause is covered: controls answer to it, or it says that none does. */
function regimeFaults(catalogue: Catalogue, { id, whole, criteria }: RegimeText): string[] {
  const rows = catalogue.regime(id)
  const listed = new Set(criteria.map((one) => one.id))
  return [
    ...(listed.size === criteria.length ? [] : [`${id}: lists a clause twice`]),
    ...rows.flatMap(({ clause, gap, controls }) => {
      if (controls.length === 0 && gap === null) return [`${id}: no control answers to ${clause}; say that none does`]
      if (controls.length > 0 && gap !== null) return [`${id}: ${clause} has a gap, and controls that answer to it`]
      return whole && !listed.has(clause) ? [`${id}: has no clause ${clause}, to which a control answers`] : []
    }),
  ]
}

/**
 * What a profile must consist of: the controls of its families that stand in one of its documents and had not been dropped by then, with what it takes
 * besides and without what it leaves out.
 */
export function derivedControls(catalogue: Catalogue, profile: Profile): string[] {
  const also = new Set(profile.also.map(({ control }) => control))
  const without = new Set(profile.without.map(({ control }) => control))
  return catalogue.controls
    .filter((control) => (also.has(control.id) || belongs(control, profile)) && !without.has(control.id))
    .map(({ id }) => id)
}

/** Whether an edition no longer asks for a control, and what it says of that; null while it does, or never did. */
export function goneBy(control: Control, policy: string): Lineage | null {
  const until = ORDER.indexOf(policy)
  const last = control.lineage.filter((one) => POLICIES.indexOf(one.policy) <= until).at(-1)
  return last !== undefined && GONE.has(last.change) ? last : null
}

function belongs(control: Control, { from, families }: Profile): boolean {
  if (!families.some((family) => control.id.startsWith(`${family}-`))) return false
  return control.sources.some(({ policy }) => from.includes(policy) && goneBy(control, policy) === null)
}

function countFaults({ families }: Catalogue): string[] {
  return families.flatMap(({ family, controls }) => {
    const ids = controls.map(({ id }) => id)
    const expected = Array.from({ length: COUNTS[family] }, (_, i) => `${family}-${String(i + 1).padStart(2, '0')}`)
    if (ids.join() === expected.join()) return []
    return [`${family}: must hold ${expected[0]} to ${expected.at(-1)}, each once and in this order`]
  })
}

function controlFaults(catalogue: Catalogue, { id, owner, lineage, sources }: Control): string[] {
  const order = lineage.map(({ policy }) => POLICIES.indexOf(policy))
  const clauses = sources.map(({ policy, clause }) => `${policy} ${clause}`)
  return [
    ...(ROLES.some((role) => role === owner) ? [] : [`${id}: no role of staff is called ${owner}`]),
    ...(new Set(clauses).size === clauses.length ? [] : [`${id}: names a source twice`]),
    ...(!id.startsWith('X-') && onlyFirst(sources) && lineage.length === 0
      ? [`${id}: stands in the first edition alone; what became of it?`]
      : []),
    ...(order.every((at, i) => i === 0 || at > (order[i - 1] ?? at))
      ? []
      : [`${id}: its lineage is not in order of time`]),
    ...lineage.flatMap((one) => lineageFaults(catalogue, id, one)),
  ]
}

/** Nobody should have to guess whether a duty of the first edition was forgotten or dropped. */
function onlyFirst(sources: Control['sources']): boolean {
  return sources.every(({ policy }) => policy === POLICIES[0])
}

function lineageFaults(catalogue: Catalogue, id: string, { policy, change, by, reason }: Lineage): string[] {
  const targets = by ?? []
  return [
    ...targets.flatMap((one) =>
      catalogue.has(one) && one !== id ? [] : [`${id}: nothing can be superseded by ${one}`],
    ),
    ...(change === 'superseded' && by === undefined ? [`${id}: ${policy} supersedes it, but by what?`] : []),
    ...(change !== 'superseded' && by !== undefined ? [`${id}: what is ${change} has nothing in its place`] : []),
    ...(GONE.has(change) && reason === undefined ? [`${id}: ${policy} has it ${change}, but why?`] : []),
  ]
}

function profileFaults(catalogue: Catalogue, profile: Profile): string[] {
  const { id, also, without, controls } = profile
  const unknown = [...also, ...without].map(({ control }) => control).filter((one) => !catalogue.has(one))
  const needless = [
    ...also.filter(({ control }) => catalogue.has(control) && belongs(catalogue.control(control), profile)),
    ...without.filter(({ control }) => catalogue.has(control) && !belongs(catalogue.control(control), profile)),
  ]
  const derived = derivedControls(catalogue, profile)
  return [
    ...unknown.map((one) => `${id}: there is no control ${one}`),
    ...needless.map(({ control }) => `${id}: its exception for ${control} changes nothing`),
    ...derived.filter((one) => !controls.includes(one)).map((one) => `${id}: lacks ${one}, which its sources have`),
    ...controls.filter((one) => !derived.includes(one)).map((one) => `${id}: has ${one}, which its sources lack`),
    ...(new Set(controls).size === controls.length ? [] : [`${id}: names a control twice`]),
  ]
}
