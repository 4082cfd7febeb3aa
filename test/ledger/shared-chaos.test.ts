import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, it } from 'vitest'
import { postgresAvailable } from '../support/postgres.ts'
import { newEvent, type Replica, SharedWorld, type StepFault } from './shared-world.ts'

const STEPS = ['write', 'checkpoint', 'checkpoint done', 'drop'] as const

/** One thing that happens; `who` counts the replicas that are there. */
const Happening = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('append' as const),
      who: fc.nat(2),
      count: fc.integer({ min: 1, max: 300 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('again' as const),
      who: fc.nat(2),
      count: fc.integer({ min: 1, max: 5 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('line' as const),
      who: fc.nat(2),
      state: fc.constantFrom('cut' as const, 'silent' as const),
      ms: fc.integer({ min: 10, max: 700 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant('fail' as const), who: fc.nat(2), step: fc.constantFrom(...STEPS) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('sleep' as const),
      who: fc.nat(2),
      step: fc.constantFrom(...STEPS),
      ms: fc.integer({ min: 100, max: 900 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('crash' as const), who: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('stop' as const), who: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 400 }) }) },
)
type Happening = typeof Happening extends fc.Arbitrary<infer T> ? T : never

/** What befalls three replicas in some order, while they record. */
class Story {
  readonly acknowledged: string[] = []
  readonly #world: SharedWorld
  readonly #replicas: Replica[] = []
  readonly #running: Promise<unknown>[] = []

  constructor(world: SharedWorld) {
    this.#world = world
  }

  async begin(): Promise<void> {
    for (let i = 0; i < 3; i++) this.#replicas.push(await this.#world.replica())
  }

  async tell(happening: Happening): Promise<void> {
    if (happening.what === 'wait') return await sleep(happening.ms)
    const replica = this.#replicas[happening.who] as Replica
    switch (happening.what) {
      case 'append':
        for (let i = 0; i < happening.count; i++) this.#append(replica, newEvent())
        return await sleep(1)
      case 'again':
        for (const id of this.acknowledged.slice(-happening.count)) this.#append(replica, newEvent(id))
        return
      case 'line':
        replica.cable.set(happening.state)
        this.#running.push(sleep(happening.ms).then(() => replica.mend()))
        return
      case 'fail':
        replica.fault = once(happening.step, () => {
          throw new Error('EIO')
        })
        return
      case 'sleep':
        replica.fault = once(happening.step, () => sleep(happening.ms))
        return
      case 'crash':
        replica.crash()
        break
      case 'stop':
        await replica.ledger.close().catch(() => {})
        break
    }
    this.#replicas[happening.who] = await this.#world.replica()
  }

  /** Everything is whole again, and who appended has an answer. */
  async end(): Promise<void> {
    await Promise.all(this.#running)
    for (const replica of this.#replicas) {
      replica.fault = () => {}
      replica.mend()
    }
  }

  #append(replica: Replica, event: ReturnType<typeof newEvent>): void {
    const done = replica.ledger.append(event).then(
      () => this.acknowledged.push(event.id),
      () => {}, // rejected: it may be on the log, or not
    )
    this.#running.push(done)
  }
}

function once(step: (typeof STEPS)[number], fault: () => Promise<void> | void): StepFault {
  let done = false
  return (at) => {
    if (done || at !== step) return
    done = true
    return fault()
  }
}

describe.skipIf(!postgresAvailable('whatever befalls a shared ledger'))('whatever befalls replicas of a ledger', () => {
  it('leaves one log with each event once, and checkpoints that never went back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(Happening, { minLength: 6, maxLength: 24 }), async (happenings) => {
        await using world = await SharedWorld.open()
        const story = new Story(world)
        await story.begin()
        for (const happening of happenings) await story.tell(happening)
        await story.end()
        await world.check(story.acknowledged)
      }),
      { numRuns: Number(process.env.SAFELEVEL_CHAOS_RUNS ?? 6), endOnFailure: true },
    )
  }, 600_000)
})
