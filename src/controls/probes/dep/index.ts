import type { Probe } from '../../probe.ts'
import type { World } from '../world.ts'
import { cardProbes } from './cards.ts'
import { misuseProbes } from './misuse.ts'
import { policyProbes } from './policy.ts'
import { reportingProbes } from './reporting.ts'
import { screeningProbes } from './screening.ts'
import { tuningProbes } from './tuning.ts'

/** Deployment: cards, policy, screening, what follows from misuse, reports, tuning and partners. */
export function depProbes(world: World): Probe[] {
  return [
    ...cardProbes(world),
    ...policyProbes(world),
    ...misuseProbes(world),
    ...reportingProbes(world),
    ...screeningProbes(world),
    ...tuningProbes(world),
  ]
}
