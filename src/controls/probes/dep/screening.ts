import type { CanaryView } from '../../../canaries/index.ts'
import type { Finding, Probe } from '../../probe.ts'
import { count, fails, holds, listed, record, seen, unknown, worstOf } from '../findings.ts'
import type { World } from '../world.ts'
import { type ServedWorld, servedDeployments } from './served.ts'

export type ScreeningWorld = Pick<World, 'canaries' | 'models' | 'clock'>
export type SurfacesWorld = ScreeningWorld & ServedWorld & Pick<World, 'release'>

const NEXT = 'safelevel doctor canary'
const NAMED = 3

/** What a canary shows of screening, it shows by having been refused: nothing that is configured counts. */
export function screeningProbes(world: SurfacesWorld): Probe[] {
  const side = (which: CanaryView['side']) => world.canaries.list().filter((one) => one.side === which)
  return [
    { control: 'DEP-15', look: async () => screened(world, side('prompt'), 'canaries in prompts') },
    { control: 'DEP-16', look: async () => screened(world, side('completion'), 'canaries in answers') },
    { control: 'DEP-17', look: () => everySurface(world) },
  ]
}

/** @param what canaries, as people read it */
export function screened(
  { clock }: Pick<ScreeningWorld, 'clock'>,
  canaries: readonly CanaryView[],
  what: string,
): Finding {
  const passed = canaries.filter(({ state }) => state === 'missed' || state === 'silent')
  const evidence = (of: readonly CanaryView[]) =>
    of.slice(0, NAMED).flatMap(({ decision }) => (decision === null ? [] : [record('decision', decision)]))
  const [first] = passed
  if (first !== undefined) {
    const says = `${passed.length} of ${canaries.length} ${what} not refused: ${listed(passed.map(({ id }) => id))} (${first.detail})`
    return fails(says, NEXT, evidence(passed))
  }
  const waiting = canaries.filter(({ state }) => state === 'waiting')
  if (canaries.length === 0 || waiting.length > 0) {
    const says = `${count(waiting.length, 'canary', 'canaries')} not back yet: nothing has shown that what they carry is refused`
    return unknown(canaries.length === 0 ? 'no model is served that a canary could be sent to' : says, NEXT)
  }
  const times = canaries.flatMap(({ lastRefusedAt }) => (lastRefusedAt === null ? [] : [Date.parse(lastRefusedAt)]))
  const oldest = Math.max(0, Math.round((clock.now() - Math.min(...times)) / 1_000))
  const says = `${canaries.length} of ${canaries.length} ${what} were refused, the oldest ${oldest} s ago`
  return holds(says, [...evidence(canaries), seen(says)])
}

/** Every surface that the gateway has, and every one on which something is deployed. */
async function everySurface(world: SurfacesWorld): Promise<Finding> {
  const sent = world.canaries.list()
  const surfaces = [...new Set(world.models.list().map(({ surface }) => surface))].sort()
  const own = surfaces.map((surface) => {
    const here = sent.filter((one) => one.surface === surface)
    if (here.length === 0) return fails(`no canary is sent on the surface ${surface}`, NEXT)
    return screened(world, here, `canaries on ${surface}`)
  })
  const served = await servedDeployments(world)
  const found = await Promise.all(served.map((deployment) => elsewhere(world, deployment)))
  const all = [...own, ...found.flat()]
  const worst = worstOf(all, unknown('nothing is served', NEXT))
  if (worst.state !== 'holds') return worst
  return holds(`canaries are refused on all ${count(surfaces.length, 'surface')}: ${listed(surfaces)}`, worst.evidence)
}

/** What is deployed where the gateway can't look: a partner's is bound to screen it, one's own must come through the gateway. */
async function elsewhere(
  { release, models }: SurfacesWorld,
  deployment: Awaited<ReturnType<typeof servedDeployments>>[number],
): Promise<Finding[]> {
  const absent = deployment.surfaces.filter(
    ({ kind, gatewayModels }) => kind !== 'partner' && !gatewayModels.some((name) => models.get(name) !== undefined),
  )
  const faults = absent.map(({ name }) =>
    fails(
      `${deployment.id} is on ${name}, which does not come through the gateway: nobody screens it`,
      `name its model of the gateway: safelevel release declare ${deployment.id} --checkpoint ${deployment.checkpoint} --serves NAME`,
      [record('deployment', deployment.id)],
    ),
  )
  const { met, says } = await release.partners.finding(deployment)
  if (met) return faults
  return [...faults, fails(`${deployment.id}: ${says}`, 'console: /releases', [record('deployment', deployment.id)])]
}
