import type { PersonName } from './cast.ts'
import { type Scene, type Stage, scene } from './stage.ts'

/** Two concerns of staff about noncompliance: one that two people closed after a corrective action, one about the officer that the board looks into. */
export function concernScenes({ app, cast, clock }: Stage): Scene[] {
  const { noncompliance } = app.disclosure
  const viewer = (name: PersonName) => ({ personId: cast.get(name).id, roles: cast.get(name).roles })
  const newest = async (name: PersonName) => (await noncompliance.list(viewer(name), { limit: 1 })).items[0]?.id ?? ''
  const inDays = (days: number) => new Date(clock.now() + days * 86_400_000).toISOString().slice(0, 10)
  let code = ''
  return [
    scene(64, 18, async () => {
      const story = 'The log of the night shift in April was filled in a week later, from memory. (Made up.)'
      await noncompliance.file({ topic: 'evaluation', story, recipients: ['rso', 'board'] })
    }),
    scene(62, 9, async () => {
      const id = await newest('bo')
      await noncompliance.take(id, viewer('bo'))
      await noncompliance.answer(id, viewer('bo'), 'Thank you. Which week was it?')
      const action = { words: 'Logs are signed at the end of each shift', owner: cast.get('bo').id, dueOn: inDays(14) }
      await noncompliance.setAction(id, action, viewer('bo'))
    }),
    scene(50, 9, async () => {
      const id = await newest('bo')
      await noncompliance.finishAction(id, 1, viewer('bo'))
      const conclusion = 'It was so. Shifts sign their logs now.'
      await noncompliance.propose(id, { outcome: 'substantiated', conclusion }, viewer('bo'))
    }),
    scene(49, 16, async () => {
      await noncompliance.agree(await newest('eva'), viewer('eva'))
    }),
    scene(13, 21, async () => {
      const story = 'The officer let the report on c10 go out before the second reader had signed it. (Made up.)'
      const filed = await noncompliance.file({
        topic: 'disclosure',
        story,
        recipients: ['board', 'ceo'],
        about: ['rso'],
      })
      code = filed.code
    }),
    scene(11, 10, async () => {
      const id = await newest('eva')
      await noncompliance.take(id, viewer('eva'))
      await noncompliance.answer(id, viewer('eva'), 'The board looks into it. Do you know who the second reader was?')
      const action = { words: 'Read the report again, by somebody else', owner: cast.get('cem').id, dueOn: inDays(9) }
      await noncompliance.setAction(id, action, viewer('eva'))
    }),
    scene(10, 22, () => noncompliance.write(code, 'It was to be somebody from security.')),
  ]
}
