import { type Scene, type Stage, scene } from './stage.ts'

/** A 2d incident in one model that is deployed, the weights of another line locked (2c), and rehearsals of both. */
export function incidentScenes({ app, cast, clock }: Stage): Scene[] {
  const { response } = app.modelRooms
  const { incidents, drills, cases } = response
  const hoursAgo = (hours: number) => new Date(clock.now() - hours * 3_600_000).toISOString()
  let incident = ''
  return [
    scene(83, 10, async () => {
      await drills.run({ model: 'orca', reason: 'Quarterly rehearsal' }, [cast.taker('bo')], cast.actor('bo'))
    }),
    scene(20, 8.2, async () => {
      const reason = 'A copy of its weights turned up on a laptop'
      const by = { takers: [cast.taker('dee')], actor: cast.actor('dee'), approval: null, reason }
      await cases.take('training/kite', 'lock', by)
    }),
    scene(9, 12, async () => {
      const reason = 'Testers got it to finish a task of the cyber suite that it had failed in its evaluation'
      const halt = { model: 'heron', reason, awareAt: hoursAgo(5), observedAt: hoursAgo(30) }
      incident = (await incidents.halt(halt, [cast.taker('gus')], cast.actor('gus'))).id
    }),
    scene(9, 13, async () => {
      await incidents.assign(incident, 'deployment/heron-partner', cast.get('bo').id, cast.actor('bo'))
    }),
    scene(8, 15, async () => {
      const reason = 'One customer used it in just that way'
      const safeguards = { closed: { cyber_operations: 0.2 } }
      const given = { reason, safeguards }
      await incidents.emergency('deployment/heron-partner', given, [cast.taker('bo')], cast.actor('bo'))
    }),
    scene(7, 10, async () => {
      await drills.run({ model: 'orca', reason: 'Rehearsed again after heron' }, [cast.taker('cem')], cast.actor('cem'))
    }),
  ]
}
