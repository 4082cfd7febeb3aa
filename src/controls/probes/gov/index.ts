import type { Probe } from '../../probe.ts'
import { Programme } from '../evl/programme.ts'
import type { World } from '../world.ts'
import { decisionProbes } from './decisions.ts'
import { peopleProbes } from './people.ts'
import { publishedProbes } from './published.ts'

/** Governance: who must be there, who decides, who is told. */
export function govProbes(world: World): Probe[] {
  const programme = new Programme(world)
  return [...peopleProbes(world), ...decisionProbes(world, programme), ...publishedProbes(world, programme)]
}
