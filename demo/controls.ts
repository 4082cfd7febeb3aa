import { quarterOf, spanOf } from '../src/base/quarter.ts'
import { CONTROL_EXCEPTION_ACTION, documentDigest, type ReportKind } from '../src/controls/index.ts'
import type { PersonName } from './cast.ts'
import { lately, type Scene, type Stage, scene } from './stage.ts'

const DAY_MS = 86_400_000

/** What the people who answer for controls said of them, and when; what runs out soon, or has run out, is among it. */
const SAID: readonly (readonly [daysAgo: number, by: PersonName, control: string, statement: string])[] = [
  [141, 'cem', 'GOV-16', 'Counsel has read all agreements with staff again; none forbids it.'],
  [139, 'dee', 'SEC-20', 'Agents run on all hosts; the list is compared with the inventory weekly.'],
  [138, 'dee', 'SEC-22', 'All disks are encrypted; a script compares that with the inventory.'],
  [138, 'dee', 'SEC-13', 'Designs are reviewed before they are built: SD-4 to SD-19 (made up).'],
  [137, 'dee', 'SEC-16', 'Training, evaluation and serving are networks of their own.'],
  [136, 'dee', 'SEC-30', 'Configurations come from one repository; each change has two people.'],
  [135, 'dee', 'SEC-25', 'Who loses a device calls the rota; tried with a laptop left on a train.'],
  [133, 'bo', 'GOV-17', 'Four procedures, each with an owner and the page on which it stands.'],
  [130, 'bo', 'GOV-30', 'Two people and a tenth of the compute of a training run.'],
  [121, 'dee', 'SEC-08', 'The book of visitors was read against the doors: no difference.'],
  [118, 'dee', 'SEC-26', 'Three people take turns; whom to call is on the first page.'],
  [112, 'dee', 'SEC-06', 'Nothing that is reachable was older than fourteen days.'],
  [109, 'bo', 'DEP-14', 'orca and heron were trained to refuse; see Refusal.'],
  [97, 'dee', 'SEC-08', 'Read again: one name without a host, who was found.'],
  [90, 'dee', 'SEC-05', 'Two clouds and four vendors were gone through; one contract changed.'],
  [88, 'bo', 'GOV-24', 'Two experts from outside read the assessment of c7 (made up).'],
  [82, 'bo', 'GOV-18', 'Also a table-top of stolen weights, and one of a severe jailbreak.'],
  [77, 'dee', 'SEC-11', 'Flows are kept for ninety days and looked at by the rota.'],
  [71, 'bo', 'GOV-23', 'Three teams read the report on c7 before it was decided on.'],
  [60, 'dee', 'SEC-28', 'A scan each week; four findings, all mended within their time.'],
  [56, 'bo', 'GOV-28', 'Plans and what went wrong were published with the numbers (made up).'],
  [48, 'bo', 'GOV-12', 'Both concerns were looked into by somebody whom they are not about.'],
  [47, 'eva', 'GOV-13', 'Both who reported were asked in private: no disadvantage.'],
  [39, 'bo', 'GOV-14', 'The board saw the trend of concerns: two in a half-year.'],
  [33, 'bo', 'GOV-07', 'Nothing had to be reported at once; the board heard of what was open.'],
  [26, 'dee', 'SEC-09', 'All badges were compared with who belongs there; two were taken back.'],
]
/** On this control there was a bad day. */
const WATCHED = 'SEC-20'
/** Nobody can show it for a while, and two people accept that. */
const EXCEPTED = { control: 'SEC-32', days: 60 } as const
/** When somebody looks, in days ago: what the product does three times a minute, and a story of months now and then; runs of runbooks look besides. */
const LOOKS = [148, 125, 108, 53, 20, 1]
const LOOK_HOUR = 17
/** Around what changes within a day: a policy that cards didn't fit yet, and the bad day. */
const CLOSE_LOOKS = [
  [53, 9.75],
  [31, 10],
  [9, 14],
] as const

/** How the commitments stood over the months, what people said of them and agreed to, and what was reported of it to whom. */
export function controlScenes(stage: Stage): Scene[] {
  const { app, cast } = stage
  const { controls } = app
  const say = (by: PersonName, control: string, holds: boolean, statement: string) => {
    const { id: person, roles } = cast.get(by)
    return controls.attest(control, { holds, statement }, { person, roles })
  }
  return [
    ...[...LOOKS.map((daysAgo) => [daysAgo, LOOK_HOUR] as const), ...CLOSE_LOOKS].map(([daysAgo, hour]) =>
      scene(daysAgo, hour, () => controls.look()),
    ),
    ...SAID.map(([daysAgo, by, control, statement]) =>
      scene(daysAgo, 13, () => say(by, control, true, statement).then(() => {})),
    ),
    scene(52, 9, async () => {
      const reason = 'The review from outside is booked for January; those who did it last year have closed.'
      const mitigation = 'An internal review by people who built none of it, each month until then.'
      const payload = { ...EXCEPTED, reason, mitigation }
      await cast.agree('dee', { action: CONTROL_EXCEPTION_ACTION, payload, reason }, 'bo')
    }),
    scene(31, 9, async () => {
      await say('dee', WATCHED, false, 'Three hosts of the new evaluation cluster have had no agent since Monday.')
    }),
    scene(30, 14, async () => {
      await say('dee', WATCHED, true, 'Agents run on all hosts again. Hosts without one are now cut off by themselves.')
    }),
    ...reportScenes(stage),
    lately(25, () => controls.look()),
  ]
}

const WORDS: Readonly<Partial<Record<ReportKind, Readonly<Record<string, string>>>>> = {
  rso: {
    judgement:
      'The policy is kept where it matters most: nothing was deployed without an assessment, and both halts were obeyed within the hour. What worries me is how much rests on two people. (Made up, as all of this.)',
    remedies:
      'Suppliers: the chief information security officer, by the end of the year. Review from outside: January.',
  },
  board: {
    summary: 'One line was locked, one is assessed. No threshold was met. Four commitments need money or people.',
    decisions: 'Whether a third person joins the evaluation team. Without one, the next assessment will be late.',
  },
}

/** Of the last quarter that is over, both reports, signed and read; and the board's next one, as far as it is written. */
function reportScenes(stage: Stage): Scene[] {
  const { reports } = stage.app.controlEvidence
  const { cast } = stage
  const quarter = quarterOf(spanOf(quarterOf(Date.now())).fromMs - 1)
  const { untilMs } = spanOf(quarter)
  const drafts = new Map<ReportKind, string>()
  const after = (days: number, play: () => Promise<void>): Scene => ({ atMs: untilMs + days * DAY_MS, play })
  const reader = (name: PersonName) => ({ person: cast.get(name).id, roles: cast.get(name).roles })
  const write = async (kind: ReportKind, id: string, sections: readonly string[]) => {
    for (const section of sections)
      await reports.write(id, section, { text: WORDS[kind]?.[section] ?? '', was: null }, cast.actor('bo'))
  }
  const compiled = async (kind: ReportKind, about: string) => {
    const { id } = await reports.compile({ kind, quarter: about }, cast.actor('bo'))
    drafts.set(kind, id)
    return id
  }
  const signed = async (kind: ReportKind) => {
    const id = drafts.get(kind) ?? ''
    const digest = documentDigest(await reports.draft(id))
    await reports.sign(id, { digest, role: 'rso' }, reader('bo'))
  }
  const opened = (kind: ReportKind, by: PersonName) => async () => {
    await reports.open(drafts.get(kind) ?? '', reader(by))
  }
  return [
    after(11.4, async () => write('rso', await compiled('rso', quarter), ['judgement', 'remedies'])),
    after(12.6, () => signed('rso')),
    after(13.3, opened('rso', 'cem')),
    after(14.5, opened('rso', 'eva')),
    after(19.4, async () => write('board', await compiled('board', quarter), ['summary', 'decisions'])),
    after(20.6, () => signed('board')),
    after(22.4, opened('board', 'eva')),
    scene(1, 11, async () => {
      const running = quarterOf(stage.clock.now())
      if (running !== quarter) await write('board', await compiled('board', running), ['summary'])
    }),
  ]
}
