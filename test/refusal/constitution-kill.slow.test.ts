import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { seededRandom } from '../../src/base/random.ts'
import { ScriptedServer, Workshop } from './constitution-world.ts'

/** CI runs a few; SAFELEVEL_TEST_KILLS=50 is what the figure in docs/guide/constitution.md comes from. */
const KILLS = Number(process.env.SAFELEVEL_TEST_KILLS ?? 8)
const HARMFUL = 40
const HELPFUL = 12
const CONCURRENCY = 6
const MOST_MS = 120_000 + KILLS * 90_000

it(
  `killed ${KILLS} times, a dataset is the one that was never interrupted, and no answer is asked for twice`,
  async () => {
    using workshop = new Workshop(HARMFUL, HELPFUL)
    await using server = await ScriptedServer.start()
    const generate = (out: string) => [
      ...['generate', '--prompts', workshop.path('harmful.jsonl'), '--helpful', workshop.path('helpful.jsonl')],
      ...[
        '--model',
        'scripted',
        '--base-url',
        server.url,
        '--out',
        workshop.path(out),
        '--name',
        'killed',
        '--seed',
        '7',
      ],
      ...['--rounds', '2', '--concurrency', String(CONCURRENCY), '--json'],
    ]
    const began = performance.now()
    const whole = await workshop.run(generate('whole'))
    const wholeMs = performance.now() - began
    expect(whole).toMatchObject({ code: 0, err: '' })
    const calls = server.seen.splice(0)
    expect(new Set(calls).size).toBe(calls.length)

    const random = seededRandom(20_261_122)
    const told = { kills: 0, endedFirst: 0, inFlight: 0, askedAgain: 0, askedThoughKept: 0 }
    let open = new Set<string>()
    while (told.kills < KILLS) {
      const before = kept(workshop.path('killed/work/calls.jsonl'))
      const child = workshop.start(generate('killed'))
      const ended = new Promise<NodeJS.Signals | null>((resolve) => child.on('exit', (_, signal) => resolve(signal)))
      const kill = () => child.kill('SIGKILL')
      // In the midst of questions, of which enough are left for the kills to come; what was under way at the last kill comes again first.
      let left = CONCURRENCY + Math.floor(random() * 1.6 * (calls.length / KILLS))
      const lateMs = random() * 12
      server.onRequest = () => {
        left -= 1
        if (left === 0) wait(lateMs).then(kill)
      }
      // Some while it starts, reads what stands there, or writes.
      if (random() < 0.25 || told.endedFirst > 0) wait(random() * wholeMs).then(kill)
      if ((await ended) === 'SIGKILL') told.kills += 1
      else told.endedFirst += 1
      server.onRequest = () => {}
      const asked = server.seen.splice(0)
      told.askedThoughKept += asked.filter((key) => before.has(key)).length
      told.askedAgain += asked.filter((key) => open.has(key)).length
      const now = kept(workshop.path('killed/work/calls.jsonl'))
      open = new Set([...open, ...asked].filter((key) => !now.has(key)))
      told.inFlight += asked.filter((key) => !now.has(key)).length
      process.stderr.write(`${JSON.stringify({ ...told, kept: now.size })}\n`)
    }
    const last = await workshop.run(generate('killed'))
    expect(last.code).toBe(0)
    told.askedAgain += server.seen.filter((key) => open.has(key)).length
    process.stderr.write(`${JSON.stringify({ ...told, calls: calls.length })}\n`)

    expect(workshop.dataset('killed')).toEqual(workshop.dataset('whole'))
    expect(kept(workshop.path('killed/work/calls.jsonl'))).toEqual(new Set(calls))
    expect(told.askedThoughKept).toBe(0)
    expect(told.askedAgain).toBeLessThanOrEqual(told.inFlight)
    expect(told.inFlight).toBeLessThanOrEqual(KILLS * CONCURRENCY)
  },
  MOST_MS,
)

/** Calls whose answers are on the disk. The last line may be half of one. */
function kept(path: string): Set<string> {
  if (!existsSync(path)) return new Set()
  const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
  return new Set(lines.map((line) => JSON.parse(line)).flatMap(({ said }) => said?.call ?? []))
}
