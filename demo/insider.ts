import type { App } from '../src/app.ts'
import type { Actor } from '../src/ledger/index.ts'
import { OPEN_ACTION } from '../src/weights/insider/index.ts'
import { OWN_CAMPAIGNS } from '../src/weights/insider/simulation/campaigns/registry.ts'
import { Simulation } from '../src/weights/insider/simulation/simulate.ts'
import { instant, lately, type Scene, type Stage, scene } from './stage.ts'

const BATCH = 2_000
const OPTIONS = { people: 6, days: 14, campaigns: 2 }

/**
 * What the people of a made-up laboratory did at their machines in the last weeks, brought in day by day as from another system, with two planted
 * campaigns among it; and what was made of the alerts.
 */
export function insiderScenes(stage: Stage, seed: number): Scene[] {
  const { insider } = stage.app
  const simulation = new Simulation({ seed, ...OPTIONS, kinds: OWN_CAMPAIGNS })
  const scenes: Scene[] = []
  const shiftMs = instant(OPTIONS.days, 0) - simulation.startMs
  for (const { day, activities } of simulation.days()) {
    const moved = activities.map((one) => ({ ...one, timeMs: one.timeMs + shiftMs }))
    scenes.push(
      scene(OPTIONS.days - day - 1, 0, async () => {
        for (let at = 0; at < moved.length; at += BATCH)
          await insider.imports.add('simulation', moved.slice(at, at + BATCH), stage.cast.actor('ivo'))
      }),
    )
  }
  return [...scenes, lately(5, () => look(stage))]
}

/** The watch has read all of it; one case is somebody's, one is closed. */
async function look({ app, cast }: Stage): Promise<void> {
  const { insider } = app
  while ((await insider.watching()).lag > 0) await new Promise((resolve) => setTimeout(resolve, 200))
  await insider.catchUp()
  const viewer = { personId: cast.get('dee').id, roles: cast.get('dee').roles, principals: [] }
  await drill(app, cast.actor('dee'))
  const { items } = await insider.cases.list(viewer, { limit: 50 })
  const [first, second] = items.filter(({ drill }) => !drill)
  if (first !== undefined) {
    await insider.cases.assign(first.id, true, viewer)
    const request = { action: OPEN_ACTION, payload: { case: first.id }, reason: 'It reads like a copy on its way out' }
    await app.staff.approvals.request({ ...request, requester: viewer.personId })
  }
  if (second !== undefined) {
    await insider.cases.assign(second.id, true, viewer)
    await insider.cases.close(second.id, 'benign', viewer)
  }
}

/** A drill, until it is over: the story goes on by minutes from scene to scene, and an alert that comes in the next one is too late. */
async function drill({ insider }: App, by: Actor): Promise<void> {
  const { id } = await insider.drills.start(by)
  const isOver = async () => (await insider.drills.list()).find((one) => one.id === id)?.ok !== null
  while (!(await isOver())) {
    await insider.look()
    await insider.catchUp()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
