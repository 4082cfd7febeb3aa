import type { Probe } from '../../probe.ts'
import type { World } from '../world.ts'
import { deploymentProbes } from './deployments.ts'
import { trainingProbes } from './training.ts'

/** What follows when a threshold is met: shown by what is under way, else by the newest rehearsal and by the guards of the machines. */
export function rspProbes(world: World): Probe[] {
  return [...trainingProbes(world), ...deploymentProbes(world)]
}
