import { loadCourses } from '../src/staff/index.ts'
import type { PersonName } from './cast.ts'
import { type Scene, type Stage, scene } from './stage.ts'

const DAY_MS = 86_400_000
/** Who took the courses at Example Labs, and when; the others had them elsewhere. */
const TOOK: readonly (readonly [daysAgo: number, who: PersonName])[] = [
  [149, 'bo'],
  [148, 'gus'],
  [148, 'hana'],
  [147, 'ivo'],
]
const ELSEWHERE: readonly PersonName[] = ['ada', 'cem', 'dee', 'eva', 'femi', 'june', 'kit', 'lia', 'mo']
/** Counts for half a year, so that it is to be taken again soon. */
const LONG_AGO = { who: 'lia', course: 'child-safety', daysAgo: 172 } as const
/** Roles that were given later, and whose courses nobody has taken since: one past its time, one within it. */
const GIVEN_LATER: readonly (readonly [daysAgo: number, who: PersonName, role: string, reason: string])[] = [
  [45, 'hana', 'child_safety', 'Lia is to have somebody beside her'],
  [12, 'gus', 'policy_editor', 'He is to write what reviewers propose'],
]

/** Everybody is trained within the first days: some by the courses that ship, the others elsewhere. Who was given a role later has one still before them. */
export function trainingScenes(stage: Stage): Scene[] {
  const { app, cast, clock } = stage
  const note = async (who: PersonName, daysAgo: number, courses?: readonly string[]) => {
    const at = new Date(clock.now() - daysAgo * DAY_MS).toISOString()
    await app.staff.people.recordTraining(cast.get(who).id, at, cast.actor(who === 'ada' ? 'dee' : 'ada'), courses)
  }
  return [
    scene(150, 9, async () => {
      for (const who of ELSEWHERE) await note(who, 0)
      await note(LONG_AGO.who, LONG_AGO.daysAgo - 150, [LONG_AGO.course])
    }),
    ...TOOK.map(([daysAgo, who]) => scene(daysAgo, 8.5, () => takeAll(stage, who))),
    ...GIVEN_LATER.map(([daysAgo, who, role, reason]) =>
      scene(daysAgo, 9, async () => {
        const payload = { personId: cast.get(who).id, role }
        await cast.agree('ada', { action: 'staff.grant_role', payload, reason }, 'dee')
      }),
    ),
  ]
}

/** Whatever their roles ask for, read and answered rightly. */
async function takeAll({ app, cast }: Stage, who: PersonName): Promise<void> {
  const { courses } = app.staff
  const { id } = cast.get(who)
  for (const { course } of await courses.of(id)) {
    const { questions } = loadCourses().get(course).course
    const attempt = await courses.begin(id, course)
    const answers = attempt.questions.map(({ ask, choices }) => {
      const right = questions.find((one) => one.ask === ask)?.choices.filter((choice) => choice.right) ?? []
      return right.map(({ says }) => choices.indexOf(says))
    })
    const { passed } = await courses.answer(id, attempt.id, { answers })
    if (!passed) throw new Error(`${who} did not pass ${course}`)
  }
}
