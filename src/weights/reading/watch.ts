import { Chores } from '../../base/chores.ts'
import type { Clock } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { AccessPort, ReadingGrant } from './ports.ts'

const LOOK_MS = 250
/** What was found out longer ago says nothing: until somebody can say again that the grant stands, nothing more leaves. */
const SURE_MS = 750
/** Who could not be sure for so long is cut off. */
const UNSURE_MS = 10_000

/** A grant under which something is open. */
export interface Held extends Disposable {
  /** Fires, with the reason, when nobody may read under it any more. */
  readonly signal: AbortSignal
  /** Resolves at once where the grant was seen to stand within the last 750 ms, else when it is again. @throws the reason why it doesn't */
  sure(): Promise<void>
}

interface Watched {
  readonly grant: ReadingGrant
  readonly ending: AbortController
  holders: number
  /** When the question was asked that was last answered with yes; monotonic. */
  seenMs: number
  isAsking: boolean
  /** Who waits to be sure. */
  waiting: (() => void)[]
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
    const watched = this.#watched.get(id) ?? this.#watch(grant)
    watched.holders += 1
    let isHeld = true
    return {
      signal: watched.ending.signal,
      sure: () => this.#sure(watched),
      [Symbol.dispose]: () => {
        if (!isHeld) return
        isHeld = false
        watched.holders -= 1
        if (watched.holders === 0 && this.#watched.get(id) === watched) this.#watched.delete(id)
      },
    }
  }

  /** Asks anew of every grant in use, and ends those of which nobody can say anything. Runs four times a second. */
  look(): void {
    for (const watched of this.#watched.values()) {
      if (this.#clock.monotonic() - watched.seenMs < UNSURE_MS) void this.#ask(watched)
      else this.#end(watched, new AppError('INTERNAL', 'nobody can say now whether the grant still stands'))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#chores.close()
    const reason = new AppError('SHUTTING_DOWN', 'the server is stopping')
    for (const watched of [...this.#watched.values()]) this.#end(watched, reason)
  }

  #watch(grant: ReadingGrant): Watched {
    const seenMs = this.#clock.monotonic()
    const watched = { grant, ending: new AbortController(), holders: 0, seenMs, isAsking: false, waiting: [] }
    this.#watched.set(grant.id, watched)
    return watched
  }

  async #sure(watched: Watched): Promise<void> {
    watched.ending.signal.throwIfAborted()
    const sinceMs = this.#clock.monotonic()
    // An answer to a question that was asked since is good, however long it took: a slow database slows readers down and stops none.
    while (sinceMs - watched.seenMs >= SURE_MS) {
      const told = new Promise<void>((resolve) => watched.waiting.push(resolve))
      void this.#ask(watched)
      await told
      watched.ending.signal.throwIfAborted()
    }
  }

  /** One question at a time. Never rejects: what it can't find out it leaves as it was, for the next look. */
  async #ask(watched: Watched): Promise<void> {
    if (watched.isAsking) return
    watched.isAsking = true
    const askedMs = this.#clock.monotonic()
    try {
      await this.#access.requireActive(watched.grant.id, watched.grant.thumbprint)
      watched.seenMs = askedMs
      wake(watched)
    } catch (error) {
      if (error instanceof AppError && error.status < 500) this.#end(watched, error)
    } finally {
      watched.isAsking = false
    }
  }

  #end(watched: Watched, reason: AppError): void {
    if (this.#watched.get(watched.grant.id) === watched) this.#watched.delete(watched.grant.id)
    watched.ending.abort(reason)
    wake(watched)
  }
}

function wake(watched: Watched): void {
  for (const resolve of watched.waiting.splice(0)) resolve()
}
