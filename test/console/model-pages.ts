import type { Visitor } from '../support/browser.ts'
import type { CustomerPage } from './customers.ts'
import { customersOf } from './models-world.ts'
import type { ConsoleWorld } from './world.ts'

const HOUR_MS = 3_600_000

/** Pages about models after their history: one is halted in an emergency, and one was rehearsed with. */
export async function modelPages(
  world: ConsoleWorld,
  visitor: Visitor,
  personId: string,
  assessment: string,
): Promise<CustomerPage[]> {
  const { incidents, drills } = world.running.app.modelRooms.response
  await customersOf(world, 'borea-api')
  const takers = [{ id: personId, roles: new Set(['rso'] as const) }]
  const by = { type: 'staff', id: personId } as const
  const reason = 'Red-teamers got it to finish a task of the suite that b1 had failed'
  const awareAt = new Date(Date.now() - 30 * HOUR_MS).toISOString()
  const { id } = await incidents.halt({ model: 'borea', reason, awareAt }, takers, by)
  const safeguards = { closed: { cyber_operations: 0.2 } }
  await incidents.emergency('deployment/borea-api', { reason: 'A customer used it for that', safeguards }, takers, by)
  const drill = await drills.run({ model: 'atlas', reason: 'Quarterly rehearsal' }, takers, by)
  const at = `/scaling/assessments/${assessment}`
  return [
    { visitor, name: 'scaling', path: '/scaling', heading: 'Scaling' },
    { visitor, name: 'scaling-model', path: '/scaling/models/atlas', heading: 'atlas' },
    { visitor, name: 'assessments', path: '/scaling?tab=assessments', heading: 'Scaling' },
    { visitor, name: 'assessment', path: at, heading: 'Assessment of atlas/c11' },
    { visitor, name: 'decision-room', path: `${at}/decision`, heading: 'Decision on atlas/c11' },
    { visitor, name: 'incidents', path: '/incidents', heading: 'Incidents' },
    { visitor, name: 'response-cases', path: '/incidents?tab=cases', heading: 'Incidents' },
    { visitor, name: 'incident', path: `/incidents/${id}`, heading: 'borea halted' },
    { visitor, name: 'case-deployment', path: '/incidents/cases/deployment/borea-api', heading: /borea-api/ },
    { visitor, name: 'case-training', path: '/incidents/cases/training/atlas', heading: 'Training of atlas' },
    { visitor, name: 'case-locked', path: '/incidents/cases/training/cirrus', heading: 'Training of cirrus' },
    { visitor, name: 'drill', path: `/incidents/drills/${drill.id}`, heading: 'Drill: atlas' },
    { visitor, name: 'releases', path: '/releases', heading: 'Releases' },
    { visitor, name: 'release', path: '/releases/borea-api', heading: 'Release of borea-api' },
  ]
}
