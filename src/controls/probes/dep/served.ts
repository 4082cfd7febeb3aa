import type { Deployment } from '../../../models/registry/index.ts'
import { gatewayModelsOf, parseScalingConfig } from '../../../models/response/index.ts'
import { DECLARE } from '../commands.ts'
import { unknown } from '../findings.ts'
import type { World } from '../world.ts'

export type ServedWorld = Pick<World, 'registry' | 'response' | 'config'>

/** What somebody is served: neither withdrawn nor closed to everybody. One that only others serve counts, since nothing here can close it. */
export async function servedDeployments({ registry, response, config }: ServedWorld): Promise<Deployment[]> {
  const effects = new Map(response.intake().map(({ model, effect }) => [model, effect]))
  const isGated = parseScalingConfig(config().scaling).release === 'enforce'
  const isOpen = (name: string) => (effects.get(name) ?? (isGated ? 'nobody' : 'everybody')) !== 'nobody'
  const all = await registry.deployments.list()
  return all.filter((one) => {
    const names = gatewayModelsOf(one)
    return one.withdrawnAt === null && (names.length === 0 || names.some(isOpen))
  })
}

export function nothingServed(duty: string) {
  return unknown(`no deployment is declared and open: ${duty}`, DECLARE)
}
