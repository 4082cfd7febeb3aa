import type { Probe } from '../probe.ts'
import { depProbes } from './dep/index.ts'
import { evlProbes } from './evl/index.ts'
import { govProbes } from './gov/index.ts'
import { rspProbes } from './rsp/index.ts'
import { secProbes } from './sec/index.ts'
import { whcProbes } from './whc/index.ts'
import type { World } from './world.ts'
import { xProbes } from './x/index.ts'

/** A probe for each control that can be looked at. */
export function allProbes(world: World): Probe[] {
  return [govProbes, evlProbes, rspProbes, secProbes, depProbes, whcProbes, xProbes].flatMap((family) => family(world))
}
