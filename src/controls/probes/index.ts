import type { Probe } from '../probe.ts'
import type { World } from './world.ts'

/** A probe for each control that can be looked at. */
export function allProbes(_world: World): Probe[] {
  return []
}
