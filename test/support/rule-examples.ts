import { readdirSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import { type Activity, SOURCES } from '../../src/weights/insider/activity/index.ts'

/** One line of an example; `{n}` in its texts is the number of the repetition. */
const Step = z.strictObject({
  kind: z.string(),
  person: z.string().nullable().default('per_1'),
  source: z.enum(SOURCES).default('ledger'),
  ...{ host: z.string().nullable().default(null), grant: z.string().nullable().default(null) },
  version: z.string().nullable().default(null),
  bytes: z.int().default(0),
  outcome: z.enum(['success', 'failure']).default('success'),
  subject: z.string().default('thing/one'),
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  times: z.int().max(1_000).default(1),
  ...{ every: z.string().default('1s'), after: z.string().default('1s') },
})
export type Step = z.infer<typeof Step>

const Examples = z.record(
  z.string(),
  z.strictObject({ fires: z.array(z.array(Step)).min(2), quiet: z.array(z.array(Step)).min(2) }),
)
export type Example = z.infer<typeof Examples>[string]

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** What each rule must tell of, and must not: `rules/insider/tests`. */
export function readExamples(folder: string): Map<string, Example> {
  return new Map(
    readdirSync(`${folder}/tests`).flatMap((file) =>
      Object.entries(Examples.parse(parse(readFileSync(`${folder}/tests/${file}`, 'utf8')))),
    ),
  )
}

/** An example as activities, in order. */
export function* played(steps: readonly Step[]): Generator<Activity> {
  let timeMs = Date.UTC(2026, 5, 1)
  let count = 0
  for (const { times, every, after, subject, version, host, ...step } of steps) {
    for (let n = 0; n < times; n++) {
      const numbered = (text: string) => text.replace('{n}', String(n))
      const [type = '', id = ''] = numbered(subject).split('/')
      timeMs += span(n === 0 ? after : every)
      yield {
        ...{ ...step, id: `evt_${count++}`, timeMs, subject: { type, id }, file: null, start: null, place: null },
        version: version === null ? null : numbered(version),
        host: host === null ? null : numbered(host),
      }
    }
  }
}

/** Every activity of every example; of those that repeat, the first. */
export function exampleActivities(folder: string): Activity[] {
  return [...readExamples(folder).values()].flatMap(({ fires, quiet }) =>
    [...fires, ...quiet].flatMap((steps) => [...played(steps.map((step) => ({ ...step, times: 1 })))]),
  )
}

function span(text: string): number {
  return Number(text.slice(0, -1)) * (UNITS[text.slice(-1)] ?? Number.NaN)
}
