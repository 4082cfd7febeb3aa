import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../../base/errors.ts'
import type { ServeContext } from '../serve-context.ts'
import type { ScreenSession } from './session.ts'

const LOOK_EVERY_MS = 1_000
const CLOSE_LOOK_MS = 50

/** The answers that are being screened piece by piece: bounded in number, in all and for each project, and in time. */
export class ScreenSessions {
  readonly #context: ServeContext
  readonly #sessions = new Map<string, ScreenSession>()
  readonly #timer: NodeJS.Timeout

  constructor(context: ServeContext) {
    this.#context = context
    this.#timer = setInterval(() => void this.sweep(), LOOK_EVERY_MS).unref()
  }

  /** @throws {AppError} OVERLOADED, RATE_LIMITED */
  requireRoom(projectId: string): void {
    const { maxSessions, maxSessionsPerProject } = this.#context.config.screen
    this.#forgetEnded()
    if (this.#sessions.size >= maxSessions)
      throw new AppError('OVERLOADED', 'too many streamed answers are being screened; try again')
    let own = 0
    for (const session of this.#sessions.values()) if (session.projectId === projectId) own++
    if (own >= maxSessionsPerProject)
      throw new AppError('RATE_LIMITED', 'your project has too many sessions open: end those that are done')
  }

  add(session: ScreenSession): void {
    this.#sessions.set(session.id, session)
    this.#count()
  }

  /** One that is open and the project's own. */
  get(id: string, projectId: string): ScreenSession | undefined {
    const session = this.#sessions.get(id)
    return session === undefined || session.ended || session.projectId !== projectId ? undefined : session
  }

  /** Ends those from which nothing has come for too long, or that take too long in all. Never rejects. */
  async sweep(): Promise<void> {
    this.#forgetEnded()
    const now = this.#context.clock.monotonic()
    const due = [...this.#sessions.values()].filter((session) => session.isOverdue(now))
    await Promise.all(due.map((session) => session.abandon()))
    if (due.length > 0) this.#forgetEnded()
  }

  /** Lets them end for at most `graceMs`, then ends all. */
  async close(graceMs: number): Promise<void> {
    clearInterval(this.#timer)
    for (let waitedMs = 0; waitedMs < graceMs && this.#anyOpen(); waitedMs += CLOSE_LOOK_MS) await sleep(CLOSE_LOOK_MS)
    await Promise.all([...this.#sessions.values()].map((session) => session.abandon()))
    this.#sessions.clear()
    this.#count()
  }

  #anyOpen(): boolean {
    this.#forgetEnded()
    return this.#sessions.size > 0
  }

  #forgetEnded(): void {
    for (const [id, session] of this.#sessions) if (session.ended) this.#sessions.delete(id)
    this.#count()
  }

  #count(): void {
    this.#context.metrics.screenSessions.set(this.#sessions.size)
  }
}
