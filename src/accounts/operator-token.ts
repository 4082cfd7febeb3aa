import { createHmac, timingSafeEqual } from 'node:crypto'
import { chmodSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf } from '../base/error-code.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import { replacePrivateFile } from '../base/private-file.ts'
import { createSecret, hashSecret, OPERATOR_PREFIX } from './secret.ts'

const OPERATOR_PATTERN = /^sl_op_[0-9A-Za-z]{38}$/

function tokenFile(dataDir: string): string {
  return join(dataDir, 'operator-token')
}

/**
 * The token by which the machine's operator, and the CLI on this machine, talk to the control plane. Made at the first start, readable by
 * its owner alone. It starts, reads and configures; it takes no decisions that the policy reserves for people. The caller holds the data lock.
 *
 * @throws {AppError} CONFIG_INVALID when the file holds something else.
 */
export function openOperatorToken(dataDir: string, ids: Ids): string {
  const known = readOperatorToken(dataDir)
  if (known !== null) {
    tighten(tokenFile(dataDir))
    return known
  }
  const token = createSecret(OPERATOR_PREFIX, ids)
  replacePrivateFile(tokenFile(dataDir), `${token}\n`)
  return token
}

/** @returns null when there is none yet. @throws {AppError} CONFIG_INVALID when the file can't be read or holds something else. */
export function readOperatorToken(dataDir: string): string | null {
  const file = tokenFile(dataDir)
  let text: string
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null
    throw new AppError('CONFIG_INVALID', `${file} can't be read: run this as the user that runs Safelevel`, { cause })
  }
  if (OPERATOR_PATTERN.test(text)) return text
  throw new AppError('CONFIG_INVALID', `${file} holds no operator token: remove it and restart to get a new one`)
}

/** A file that was copied or restored may have become readable for others. */
function tighten(file: string): void {
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600)
}

/** Whether `given` is the token; takes the same time however much of it is right. */
export function isOperatorToken(given: string, token: string): boolean {
  return timingSafeEqual(Buffer.from(hashSecret(given)), Buffer.from(hashSecret(token)))
}

/**
 * What only the server that holds this token can answer. The CLI asks before it sends the token: the port that a stopped server wrote
 * down may belong to another program by now.
 */
export function proveServer(token: string, challenge: string): string {
  return createHmac('sha256', token).update(`safelevel control plane\n${challenge}`).digest('hex')
}
