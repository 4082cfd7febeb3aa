import type { Probe } from '../../probe.ts'
import { attested } from '../findings.ts'
import type { World } from '../world.ts'
import { assessedProbes } from './assessed.ts'
import { dueProbes } from './due.ts'
import { outcomeProbes } from './outcome.ts'
import { Programme } from './programme.ts'
import { runProbes } from './runs.ts'
import { suiteProbes } from './suites.ts'

/** Evaluations: that they come when they must, are what they should be, and that what they find has its consequences. */
export function evlProbes(world: World): Probe[] {
  const programme = new Programme(world)
  return [
    ...dueProbes(world, programme),
    ...suiteProbes(world),
    ...runProbes(world, programme),
    ...assessedProbes(world, programme),
    ...outcomeProbes(world, programme),
    ...UNSEEN.map(({ control, missing }) => ({ control, look: () => attested(world, control, missing) })),
  ]
}

/** What nothing here does or sees: the word of whoever answers for it is all that there is. */
const UNSEEN = [
  {
    control: 'EVL-07',
    missing: 'suites are not staged here: nothing shows that a harder one runs only after an easier one has warned',
  },
  {
    control: 'EVL-27',
    missing:
      'nothing here caps the next increment of a model that came out just below: the RSO can order an evaluation, or pause',
  },
] as const
