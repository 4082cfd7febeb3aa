import type { Policy, Side } from '../../../policy/index.ts'
import { HIGH_HARM } from '../../../policy/index.ts'
import { type Assessment, LABELS, type Label } from '../../../screening/index.ts'
import type { Finding, Probe } from '../../probe.ts'
import { LINT_POLICY } from '../commands.ts'
import { day, daysBetween, entryOf, fails, holds, listed, record, seen, stale, worstOf } from '../findings.ts'
import type { World } from '../world.ts'
import { type ScreeningWorld, screened } from './screening.ts'

export type PolicyWorld = ScreeningWorld & Pick<World, 'policies' | 'enforces' | 'entries'>

/** A policy that nobody has touched for so long is not maintained: the sources have it looked at every year. */
const OLDEST_DAYS = 400
const IN_FORCE = ['policy.took_effect', 'policy.genesis', 'policy.file_adopted'] as const
type Scores = Assessment['scores']
const SIDES: readonly Side[] = ['prompt', 'completion']

export function policyProbes(world: PolicyWorld): Probe[] {
  return [
    { control: 'DEP-06', look: () => maintained(world) },
    { control: 'DEP-07', look: async () => barsHighHarm(world) },
    { control: 'DEP-08', look: async () => enforced(world) },
  ]
}

async function maintained({ policies, entries, clock }: PolicyWorld): Promise<Finding> {
  const { inForce, problem } = policies.status()
  const versions = policies.versions()
  const evidence = [
    record('policy', inForce.version),
    ...entryOf((await entries.last(IN_FORCE, inForce.digest)) ?? (await entries.last(IN_FORCE))),
  ]
  if (problem !== null)
    return fails(`a version of the policy could not take effect: ${problem}`, 'safelevel policy versions', evidence)
  const [newest] = versions
  if (newest === undefined) return fails('the policy in force is no recorded version', 'safelevel policy versions')
  const age = daysBetween(Date.parse(newest.publishedAt), clock.now())
  const says = `version ${inForce.version} is in force, ${versions.length} recorded, the newest of ${day(newest.publishedAt)}`
  if (age <= OLDEST_DAYS) return holds(says, evidence)
  return stale(`${says}: nobody has published one for ${age} days`, 'console: /policy', evidence)
}

/** The policy in force is asked, as requests ask it, on every surface and for every tier that it tells apart. */
function barsHighHarm({ policies, models }: PolicyWorld): Finding {
  const policy = policies.current()
  const surfaces = [...new Set(models.list().map(({ surface }) => surface))]
  const tiers = [undefined, ...new Set(policy.view().overlays.flatMap(({ tiers = [] }) => tiers))]
  const open = surfaces.flatMap((surface) => tiers.flatMap((tier) => passes(policy, { surface, tier })))
  const evidence = [record('policy', policy.version)]
  if (open.length > 0) {
    const says = `policy ${policy.version} does not refuse outright: ${listed([...new Set(open)])}`
    return fails(says, LINT_POLICY, evidence)
  }
  const asked = seen(`asked about ${HIGH_HARM.length} grave harms on ${surfaces.length} surfaces, both sides`)
  const says = `policy ${policy.version} refuses ${HIGH_HARM.length} of ${HIGH_HARM.length} grave harms, judged or not`
  return holds(says, [...evidence, asked])
}

/** Grave harms that are let through, with all else judged harmless: a label that nobody has judged would be refused for that. */
function passes(policy: Policy, scope: Parameters<Policy['at']>[0]): string[] {
  const here = policy.at(scope)
  const asked = { media: [], testStringAllowed: true }
  const scored = (label: Label, own: Scores) => {
    const others = LABELS.flatMap((one) => (one === label ? [] : [[one, 0] as const]))
    return [
      { classifier: 'control', scores: { ...Object.fromEntries(others), ...own }, evidence: [], testString: false },
    ]
  }
  return SIDES.flatMap((side) =>
    HIGH_HARM.filter((label) => {
      const certain = here.decide({ ...asked, side, assessments: scored(label, { [label]: 1 }), unavailable: [] })
      const unjudged = here.decide({ ...asked, side, assessments: scored(label, {}), unavailable: [label] })
      return certain.action !== 'refuse' || unjudged.action !== 'refuse'
    }).map((label) => `${label} in the ${side}`),
  )
}

/** Withheld on every surface, and seen to be. */
function enforced(world: PolicyWorld): Finding {
  const surfaces = [...new Set(world.models.list().map(({ surface }) => surface))].sort()
  const observed = surfaces.filter((surface) => !world.enforces(surface))
  if (observed.length > 0) {
    const says = `only observed on ${listed(observed)}: what the policy refuses is recorded, and passed on all the same`
    return fails(says, 'mode: enforce for the surface in safelevel.yaml, then safelevel reload')
  }
  return worstOf([screened(world, world.canaries.list(), 'canaries')], holds('enforced'))
}
