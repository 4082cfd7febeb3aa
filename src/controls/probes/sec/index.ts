import type { Probe } from '../../probe.ts'
import type { World } from '../world.ts'
import { detectionProbes } from './detection.ts'
import { insiderProbes } from './insider.ts'
import { peopleProbes } from './people.ts'
import { spokenForProbes } from './spoken-for.ts'
import { weightsProbes } from './weights.ts'

/** Security: weights, who may open them, people and their keys, what is watched, and what only people can speak for. */
export function secProbes(world: World): Probe[] {
  return [
    ...weightsProbes(world),
    ...insiderProbes(world),
    ...peopleProbes(world),
    ...detectionProbes(world),
    ...spokenForProbes(world),
  ]
}
