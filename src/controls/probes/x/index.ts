import type { Probe } from '../../probe.ts'
import type { World } from '../world.ts'
import { accessProbes } from './access.ts'
import { trafficProbes } from './traffic.ts'

/** What the sources ask for at the next level: offered here already. */
export function xProbes(world: World): Probe[] {
  return [...accessProbes(world), ...trafficProbes(world)]
}
