import type { Probe } from '../probe.ts'
import { depProbes } from './dep/index.ts'
import { secProbes } from './sec/index.ts'
import type { World } from './world.ts'
import { xProbes } from './x/index.ts'

/** A probe for each control that can be looked at. */
export function allProbes(world: World): Probe[] {
  return [...depProbes(world), ...secProbes(world), ...xProbes(world)]
}
