import { firstItem } from '../../../base/page.ts'
import type { Finding, Probe } from '../../probe.ts'
import { DECLARE, RECORD_CHECKPOINT } from '../commands.ts'
import { attested, fails, holds, record, unknown, worstOf } from '../findings.ts'
import type { World } from '../world.ts'
import { type ServedWorld, servedDeployments } from './served.ts'

export type TuningWorld = ServedWorld & Pick<World, 'refusal' | 'release' | 'attestations'>

const COMPARE = 'safelevel refusal compare BASE TUNED --out FOLDER --record'

export function tuningProbes(world: TuningWorld): Probe[] {
  return [
    { control: 'DEP-20', look: () => ofTuned(world, ({ id }) => filtered(world, id)) },
    { control: 'DEP-21', look: () => ofTuned(world, (one) => compared(world, one)) },
    { control: 'DEP-22', look: () => partners(world) },
  ]
}

interface Tuned {
  /** `model/checkpoint` */
  readonly id: string
  readonly parent: string
}

async function ofTuned(world: TuningWorld, look: (tuned: Tuned) => Promise<Finding>): Promise<Finding> {
  const served = await servedDeployments(world)
  const checkpoints = await world.registry.checkpoints.many(served.map(({ checkpoint }) => checkpoint))
  const tuned = [...checkpoints.values()].flatMap(({ id, parent }) => (parent === null ? [] : [{ id, parent }]))
  const none = 'nothing that is served was tuned on from another checkpoint, as far as the registry knows'
  return worstOf(await Promise.all(tuned.map(look)), unknown(none, `${RECORD_CHECKPOINT} --parent MODEL/CHECKPOINT`))
}

/** The filter runs where the data lies, and its report stays there: only people can say what it was run on. */
function filtered(world: TuningWorld, id: string): Promise<Finding> {
  const missing = `nothing here shows what ${id} was tuned with, nor that it was filtered (safelevel constitution filter DATASET)`
  return attested(world, 'DEP-20', missing, [record('checkpoint', id)])
}

async function compared({ refusal }: TuningWorld, { id, parent }: Tuned): Promise<Finding> {
  const found = await firstItem(
    (page) => refusal.records.comparisons(page),
    ({ head, fixture }) => !fixture && head.tuned.checkpoint === id && head.base.checkpoint === parent,
  )
  if (found === undefined)
    return fails(`${id} was tuned on from ${parent}, and no comparison of how they refuse is on record`, COMPARE, [
      record('checkpoint', id),
    ])
  const evidence = [record('refusal comparison', found.id)]
  const { verdict } = found.head
  const says = `${id} against ${parent}: ${verdict.replaceAll('-', ' ')}`
  if (verdict === 'degraded') return fails(says, COMPARE, evidence)
  if (verdict === 'too-few') return unknown(`${says}: more items would tell`, COMPARE, evidence)
  return holds(says, evidence)
}

async function partners({ registry, release }: TuningWorld): Promise<Finding> {
  const all = await registry.deployments.list()
  const shared = all.filter(
    ({ withdrawnAt, surfaces }) => withdrawnAt === null && surfaces.some(({ kind }) => kind === 'partner'),
  )
  const findings = shared.map(async (deployment) => {
    const { met, says } = await release.partners.finding(deployment)
    const evidence = [record('deployment', deployment.id)]
    return met
      ? holds(`${deployment.id}: ${says}`, evidence)
      : fails(`${deployment.id}: ${says}`, 'console: /releases', evidence)
  })
  const none = unknown('no deployment is on a partner’s surface', DECLARE)
  return worstOf(await Promise.all(findings), none)
}
