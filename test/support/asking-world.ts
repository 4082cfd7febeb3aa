import { type AskedModel, Asker, Budget, CallJournal, type Limits, Pace } from '../../src/asking/index.ts'
import { ManualClock } from '../../src/base/clock.ts'
import { seededIds } from '../../src/base/ids.ts'

const NO_LIMITS: Limits = { requests: null, tokens: null, money: null, price: null }

export interface AskerOptions {
  /** Its waits are leaps of this clock. */
  readonly clock?: ManualClock
  readonly signal?: AbortSignal
  readonly retries?: number
  readonly concurrency?: number
  readonly limits?: Partial<Limits>
}

/** Who asks a model of a test, on a journal of its own; both are closed together. @param path of the journal */
export async function openAsker(model: AskedModel, path: string, options: AskerOptions = {}) {
  const { clock = new ManualClock(), signal = new AbortController().signal } = options
  const { retries = 1, concurrency = 4, limits } = options
  const journal = await CallJournal.open(path)
  const asker = new Asker(model, {
    ...{ journal, clock, signal, retries, concurrency },
    budget: new Budget({ ...NO_LIMITS, ...limits }, journal.spent),
    pace: new Pace({ clock, ids: seededIds(clock, 3), sleep: async (ms) => clock.advance(ms) }),
  })
  return {
    asker,
    async [Symbol.asyncDispose]() {
      await asker[Symbol.asyncDispose]()
      await journal[Symbol.asyncDispose]()
    },
  }
}
