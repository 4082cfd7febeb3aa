import { Chores } from '../../base/chores.ts'
import type { Clock } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { AccessPort, ReadingGrant } from './ports.ts'

const LOOK_MS = 250
/** Nothing more is given out when nobody could say for so long that the grant stands. */
const UNSURE_MS = 1_000

/** A grant under which something is open. */
export interface Held extends Disposable {
  /** Fires, with the reason, when nobody may read under it any more. */
  readonly signal: AbortSignal
  /** Whether it was looked at within the last second; where not, looks. @throws the reason when it doesn't hold */
  sure(): Promise<void>
}

interface Watched {
  readonly grant: ReadingGrant
  readonly ending: AbortController
  holders: number
  confirmedMs: number
  looking: Promise<void> | null
}

/** Looks four times a second whether the grants under which something is open still stand, whoever took one back, and where. */
export class Watch implements AsyncDisposable {
  readonly #access: Pick<AccessPort, 'requireActive'>
  readonly #clock: Clock
  readonly #watched = new Map<string, Watched>()
  readonly #chores: Chores

  constructor({ access, clock, log }: { access: Pick<AccessPort, 'requireActive'>; clock: Clock; log: Log }) {
    this.#access = access
    this.#clock = clock
    this.#chores = new Chores(log)
    this.#chores.every(LOOK_MS, 'grants in use not looked at', async () => this.look())
  }

  /** @param grant was found to stand just now */
  hold(grant: ReadingGrant): Held {
    const { id } = grant
    const known = this.#watched.get(id)
    const watched = known ?? { grant, ending: new AbortController(), holders: 0, confirmedMs: 0, looking: null }
    watched.holders += 1
    watched.confirmedMs = this.#clock.monotonic()
    this.#watched.set(id, watched)
    let isHeld = true
    return {
      signal: watched.ending.signal,
      sure: async () => {
        watched.ending.signal.throwIfAborted()
        if (this.#unsureMs(watched) < UNSURE_MS) return
        await this.#confirm(watched)
        watched.ending.signal.throwIfAborted()
        if (this.#unsureMs(watched) >= UNSURE_MS) throw unsure()
      },
      [Symbol.dispose]: () => {
        if (!isHeld) return
        isHeld = false
        watched.holders -= 1
        if (watched.holders === 0 && this.#watched.get(id) === watched) this.#watched.delete(id)
      },
    }
  }

  /** Begins a look at every grant in use, and ends what nobody has been sure of for a second. Runs four times a second. */
  look(): void {
    for (const watched of this.#watched.values()) {
      if (this.#unsureMs(watched) >= UNSURE_MS) this.#end(watched, unsure())
      else void this.#confirm(watched)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chores.close()
    const reason = new AppError('SHUTTING_DOWN', 'the server is stopping')
    for (const watched of [...this.#watched.values()]) this.#end(watched, reason)
  }

  #unsureMs({ confirmedMs }: Watched): number {
    return this.#clock.monotonic() - confirmedMs
  }

  /** Looks once at a time. Never rejects: what it can't find out it leaves as it was. */
  #confirm(watched: Watched): Promise<void> {
    watched.looking ??= this.#ask(watched).finally(() => {
      watched.looking = null
    })
    return watched.looking
  }

  async #ask(watched: Watched): Promise<void> {
    const askedMs = this.#clock.monotonic()
    const { id, thumbprint } = watched.grant
    try {
      await this.#access.requireActive(id, thumbprint)
      watched.confirmedMs = Math.max(watched.confirmedMs, askedMs)
    } catch (error) {
      if (error instanceof AppError && error.status < 500) this.#end(watched, error)
    }
  }

  #end(watched: Watched, reason: AppError): void {
    if (this.#watched.get(watched.grant.id) === watched) this.#watched.delete(watched.grant.id)
    watched.ending.abort(reason)
  }
}

function unsure(): AppError {
  return new AppError('INTERNAL', 'nobody can say now whether the grant still stands')
}
