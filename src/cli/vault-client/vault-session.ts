import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { AppError, type ErrorCode } from '../../base/errors.ts'
import { FileView, type SessionView } from '../../weights/reading/index.ts'
import type { VaultClient } from './vault-client.ts'

const Files = z.object({ files: z.array(FileView) })

/** So much is asked for at once: as much as the server counts at once. */
const RANGE_BYTES = 64 * 1024 * 1024
const RANGE_TIMEOUT_MS = 600_000
/** A connection that breaks is taken up again so often in a row. */
const TRIES = 5
const RETRY_MS = 250
const PASSING: readonly ErrorCode[] = ['UPSTREAM_UNAVAILABLE', 'OVERLOADED', 'SHUTTING_DOWN']

/** Reading under one grant. The session is begun anew when it has ended, for as long as the grant lets it. */
export class VaultSession {
  readonly #client: Pick<VaultClient, 'request' | 'open'>
  readonly #begin: () => Promise<SessionView>
  #view: SessionView

  constructor(client: Pick<VaultClient, 'request' | 'open'>, begin: () => Promise<SessionView>, view: SessionView) {
    this.#client = client
    this.#begin = begin
    this.#view = view
  }

  /** What it reads, and how many bytes were left when it began. */
  get view(): SessionView {
    return this.#view
  }

  /** The files that the grant covers. */
  async files(): Promise<readonly FileView[]> {
    return await this.#within(async (token) => (await this.#client.request('GET', '/files', Files, { token })).files)
  }

  /**
   * Bytes of a file, in order. What breaks off is taken up where it broke off.
   *
   * @throws {AppError} as the server says; UPSTREAM_UNAVAILABLE when it stays away
   */
  async *read(file: FileView, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    let at = 0
    for (let failures = 0; at < file.sizeBytes; ) {
      const from = at
      try {
        for await (const chunk of await this.#range(file, at, signal)) {
          at += chunk.length
          yield chunk
        }
        if (at === from) throw new AppError('UPSTREAM_UNAVAILABLE', 'the server sent nothing')
        failures = 0
      } catch (error) {
        signal.throwIfAborted()
        failures = at > from ? 1 : failures + 1
        const passes = !(error instanceof AppError) || PASSING.includes(error.code)
        if (!passes || failures >= TRIES) throw lost(error)
        await wait(RETRY_MS * 2 ** failures)
      }
    }
  }

  async #range(file: FileView, at: number, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const end = Math.min(file.sizeBytes, at + RANGE_BYTES) - 1
    const headers = { range: `bytes=${at}-${end}`, 'if-range': `"${file.sha256}"` }
    const timeout = AbortSignal.any([signal, AbortSignal.timeout(RANGE_TIMEOUT_MS)])
    const response = await this.#within((token) =>
      this.#client.open('GET', `/files/${file.n}`, { token, headers, signal: timeout }),
    )
    const isThatRange = response.headers.get('content-range') === `bytes ${at}-${end}/${file.sizeBytes}`
    if (response.status === 206 && isThatRange && response.body !== null) return response.body
    await response.body?.cancel()
    throw new AppError('VERIFICATION_FAILED', 'the server did not answer with the range of the file that was asked for')
  }

  /** Once more in a new session when the old one has ended. */
  async #within<T>(work: (token: string) => Promise<T>): Promise<T> {
    try {
      return await work(this.#view.token)
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'UNAUTHENTICATED') throw error
      this.#view = await this.#begin()
      return await work(this.#view.token)
    }
  }
}

function lost(error: unknown): AppError {
  if (error instanceof AppError) return error
  return new AppError('UPSTREAM_UNAVAILABLE', 'the connection broke off, and again after each try', { cause: error })
}
