import type { NewRun, StepWork, Worker } from '../src/runbooks/index.ts'
import type { PersonName } from './cast.ts'
import { type Scene, type Stage, scene } from './stage.ts'

/** What somebody does in a run, so many days ago at an hour of that day; `look`: at these checks. */
type Act =
  | readonly [daysAgo: number, hour: number, by: PersonName, step: string, said: StepWork]
  | readonly [daysAgo: number, hour: number, by: PersonName, look: 'look', ...checks: string[]]

const done = (note: string): StepWork => ({ act: 'done', note })
const answer = (id: string): StepWork => ({ act: 'answer', answer: id })

interface Course {
  readonly run: NewRun
  readonly start: readonly [daysAgo: number, hour: number, by: PersonName]
  readonly acts: readonly Act[]
  /** Absent: it is under way. */
  readonly end?: {
    readonly at: readonly [daysAgo: number, hour: number, by: PersonName]
    readonly summary: string
    /** Said where a check does not hold at that time. */
    readonly despite: string
  }
}

/** An exercise, on paper. */
const EXERCISE: Course = {
  run: { runbook: 'outage', about: 'the classifier', drill: true },
  start: [66, 16, 'mo'],
  acts: [
    [66, 16.1, 'mo', 'see', done('Played: the classifier does not answer since four o’clock.')],
    [66, 16.2, 'mo', 'which', answer('classifier')],
    [66, 16.5, 'gus', 'unjudged', done('None, since it is an exercise. The list was found within two minutes.')],
    [66, 16.6, 'dee', 'stricter', answer('yes')],
    [66, 16.8, 'mo', 'mend', done('The restart was done on the standby only.')],
    [66, 16.9, 'mo', 'canaries', done('Sent on paper.')],
    [66, 17, 'gus', 'tell', done('The notice was written, and not sent.')],
  ],
  end: {
    at: [66, 17.2, 'dee'],
    summary: 'It took an hour. Nobody on the rota knew where the notice to customers lies; it is linked now (made up).',
    despite: 'An exercise on paper: no canary was sent, and nothing was to be proven by one.',
  },
}

/** The way around in a play, as it came in by a report. */
const JAILBREAK: Course = {
  run: { runbook: 'jailbreak', about: 'cyber_operations' },
  start: [33, 9.2, 'gus'],
  acts: [
    [33, 9.3, 'gus', 'look', 'covered'],
    [33, 9.8, 'hana', 'size', done('Four requests in two days, on orca-2 only, all of one organisation.')],
    [33, 10.4, 'gus', 'reproduce', done('Through the model and through the gateway, ten times each: see the report.')],
    [33, 10.6, 'bo', 'grave', answer('harmful')],
    [
      ...([33, 11, 'bo', 'restrict'] as const),
      { act: 'skip', reason: 'Nobody used it to do harm: who tried it wrote to us, and stopped when asked (made up).' },
    ],
    [33, 11.5, 'gus', 'regression', done('Made when the report was confirmed.')],
    [
      31,
      10,
      'femi',
      'tighten',
      done('No clause was missing: what let it through was a setting, which is being changed.'),
    ],
    [31, 14, 'gus', 'answer', done('Thanked, and asked whether to name her.')],
  ],
  end: {
    at: [30, 15.2, 'bo'],
    summary: 'A way around that one person reported, bounded, and tried by one organisation; the change follows.',
    despite: 'Canaries had a gap before, which is followed up apart from this.',
  },
}

/** Since testers got heron to do what it had failed at: part of it was late, and the assessment still is. */
const SURPRISE: Course = {
  run: { runbook: 'capability-surprise', about: 'heron' },
  start: [9, 11.9, 'gus'],
  acts: [
    [9, 12.1, 'gus', 'halt', done('Halted at noon.')],
    [9, 12.3, 'gus', 'look', 'opened'],
    [
      9,
      13.5,
      'dee',
      'elsewhere',
      done('Called at half past one; the marketplace has yet to confirm it in writing (made up).'),
    ],
    [8, 9.5, 'bo', 'assess', done('One deployment: what is dangerous there is what testers did, by anybody.')],
    [8, 11.5, 'bo', 'emergency', answer('yes')],
    [8, 15.1, 'bo', 'safeguards', done('Two hours late: the customer who used it in just that way was reached first.')],
    [8, 15.4, 'gus', 'look', 'told'],
    [7, 11, 'cem', 'report', done('Board and trust by letter; counsel was asked about the rest (made up).')],
    [3, 17.2, 'bo', 'look', 'safeguarded', 'closed-in', 'assessed'],
  ],
}

/** Three runs of runbooks: an exercise, one that was worked through with a step passed over, one under way in which a step is late. */
export function runbookScenes(stage: Stage): Scene[] {
  return [EXERCISE, JAILBREAK, SURPRISE].flatMap((course) => play(stage, course))
}

function play({ app, cast }: Stage, { run, start, acts, end }: Course): Scene[] {
  const { controls, runbooks } = app
  const worker = (who: PersonName) => ({ actor: cast.actor(who), roles: cast.get(who).roles })
  let id = ''
  // What a served product has done within the last half-minute.
  const lookAt = async (checks: readonly string[], by: Worker) => {
    await controls.look()
    for (const check of checks) await runbooks.look(id, check, by)
  }
  const [daysAgo, hour, by] = start
  const scenes = [
    scene(daysAgo, hour, async () => {
      id = (await runbooks.start(run, worker(by))).id
    }),
    ...acts.map(([day, time, who, first, ...rest]) =>
      scene(day, time, async () => {
        const [said] = rest
        if (typeof said === 'object') await runbooks.work(id, first, said, worker(who))
        else
          await lookAt(
            rest.filter((one) => typeof one === 'string'),
            worker(who),
          )
      }),
    ),
  ]
  if (end === undefined) return scenes
  const { at, summary, despite } = end
  const close = scene(at[0], at[1], async () => {
    await controls.look()
    await runbooks.close(id, { outcome: 'finished', summary, despite }, worker(at[2]))
  })
  return [...scenes, close]
}
