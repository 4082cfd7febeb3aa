import { readFile } from 'node:fs/promises'
import { InvalidArgumentError } from 'commander'
import { AppError } from '../base/errors.ts'
import {
  KnownLogs,
  type NoteVerifier,
  parseGivenKey,
  parseTrustPolicy,
  parseVkey,
  TlogError,
  type TrustPolicy,
} from '../ledger/index.ts'

export const UNWITNESSED = 'unwitnessed: only the operator vouches that everybody is shown this same log'

export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

export function count(entries: number): string {
  return entries === 1 ? '1 entry' : `${entries} entries`
}

export function parsePosition(text: string): number {
  if (!/^[0-9]{1,15}$/.test(text)) throw new InvalidArgumentError('a whole number, 0 or more')
  return Number(text)
}

/** What the log's own library finds is the answer "no", not a failure of ours. */
export async function verified<T>(read: () => T | Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof TlogError)) throw error
    throw new AppError('VERIFICATION_FAILED', error.message, { cause: error })
  }
}

/** The answer "no" is printed and exits 1; every other failure is the caller's to report. */
export function notVerified(error: unknown, json: boolean | undefined): void {
  if (!(error instanceof AppError) || error.code !== 'VERIFICATION_FAILED') throw error
  print(json ? JSON.stringify({ verified: false, reason: error.message }) : `NOT VERIFIED: ${error.message}`)
  process.exitCode = 1
}

/** @throws {AppError} NOT_FOUND */
export function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new AppError('NOT_FOUND', `${file} can't be read`, { cause })
  })
}

/** @throws {AppError} NOT_FOUND, REQUEST_INVALID naming the line */
export async function readTrustPolicy(file: string | undefined): Promise<TrustPolicy | undefined> {
  if (file === undefined) return undefined
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new AppError('NOT_FOUND', `${file} can't be read`, { cause })
  })
  try {
    return parseTrustPolicy(bytes)
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause
    throw new AppError('REQUEST_INVALID', `${file}: ${cause.message}`, { cause })
  }
}

/** The key of a log: given, or pinned. @throws {AppError} REQUEST_INVALID */
export async function keyOf(origin: string, given: string | undefined): Promise<NoteVerifier> {
  if (given !== undefined) return parseGivenKey(given)
  const known = (await KnownLogs.open()).byOrigin(origin)
  if (known === null)
    throw new AppError(
      'REQUEST_INVALID',
      `no key of ${origin} is pinned: give it with --key, or run "safelevel ledger verify" first`,
    )
  return parseVkey(known.vkey)
}
