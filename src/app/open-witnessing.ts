import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../base/clock.ts'
import type { Config } from '../base/config.ts'
import { replaceDurably } from '../base/durable-file.ts'
import type { Egress } from '../base/egress.ts'
import { AppError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { type Ledger, parseTrustPolicy, TlogError, WITNESSED_FILE } from '../ledger/index.ts'
import { readText, type Send, Witnessing } from '../witness/index.ts'

interface WitnessingDeps {
  readonly config: Pick<Config, 'ledger' | 'dataDir'>
  readonly ledger: Ledger
  readonly egress: Egress
  readonly clock: Clock
  readonly log: Log
}

/**
 * Has the witnesses of `ledger.policy` asked; null when there is no policy.
 *
 * @throws {AppError} CONFIG_INVALID naming the line of the policy
 */
export async function openWitnessing(
  { config, ledger, egress, clock, log }: WitnessingDeps,
  resources: AsyncDisposableStack,
): Promise<Witnessing | null> {
  const { policy: given, witnesses } = config.ledger
  if (given === undefined) return null
  const inline = given.includes('\n')
  const file = inline ? Buffer.from(given) : await readPolicy(given)
  try {
    const send = sendThrough(egress, resources)
    const policy = parseTrustPolicy(file)
    return resources.use(new Witnessing({ policy, ledger, clock, log, ...witnesses, send, ...keptIn(config) }))
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause
    throw new AppError('CONFIG_INVALID', `ledger.policy${inline ? '' : ` (${given})`}: ${cause.message}`, { cause })
  }
}

/** Beside the public files, for commands that read the folder. A shared ledger has none: its readers ask a server. */
function keptIn({ ledger, dataDir }: WitnessingDeps['config']): { keep?: (note: string) => Promise<void> } {
  const file = join(dataDir, 'ledger', WITNESSED_FILE)
  return ledger.shared ? {} : { keep: (note) => replaceDurably(file, note, 0o644) }
}

async function readPolicy(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', `ledger.policy: ${path} can't be read`, { cause })
  }
}

/** By the way out that is configured for all: proxy and trust. */
function sendThrough(egress: Egress, resources: AsyncDisposableStack): Send {
  const dispatchers = new Map<string, ReturnType<Egress['open']>>()
  resources.defer(async () => void (await Promise.all([...dispatchers.values()].map((opened) => opened.destroy()))))
  return async (url, { method, body = null, timeoutMs, maxBytes }) => {
    const { origin, pathname, search } = new URL(url)
    const dispatcher = dispatchers.get(origin) ?? egress.open({ origin })
    dispatchers.set(origin, dispatcher)
    const signal = AbortSignal.timeout(timeoutMs)
    const headers = { 'content-type': 'text/plain; charset=utf-8' }
    const answer = await dispatcher.request({ origin, path: pathname + search, method, body, headers, signal })
    const type = answer.headers['content-type']
    const text = await readText(answer.body, maxBytes)
    return { status: answer.statusCode, type: typeof type === 'string' ? type : '', text }
  }
}
