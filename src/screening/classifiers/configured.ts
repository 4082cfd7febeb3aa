import { z } from 'zod'
import type { Clock } from '../../base/clock.ts'
import type { Config, Secrets } from '../../base/config.ts'
import type { Egress } from '../../base/egress.ts'
import { AppError } from '../../base/errors.ts'
import type { Ids } from '../../base/ids.ts'
import type { Log } from '../../base/log.ts'
import { type OpenClassifier, openBuiltIn } from './built-in.ts'
import type { Classifier } from './classifier.ts'
import { CircuitBreaker } from './remote/breaker.ts'
import { GuardConfig } from './remote/config.ts'
import { createGuard } from './remote/create-guard.ts'
import type { RemoteClassifier } from './remote/remote-classifier.ts'
import { withFallback } from './remote/with-fallback.ts'

interface Ground {
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly secrets: Secrets
  /** How guard models are reached; straight when absent. */
  readonly egress?: Egress
  /** The built-in classifier, on its way; absent = it is opened now. */
  readonly started?: Promise<OpenClassifier> | undefined
}

/**
 * Begins to open the built-in classifier, whose processes take a second in which the rest of the program can load. Undefined where it needs a
 * judge, which is reached by what loads later. Whoever takes it closes it.
 */
export function startConfigured(config: Config['classifier'], log: Log): Promise<OpenClassifier> | undefined {
  if (config.judge !== undefined) return undefined
  const started = openConfiguredBuiltIn(config, log, undefined)
  started.catch(() => {}) // whoever takes it meets it
  return started
}

/**
 * The classifier that the configuration asks for: the built-in one, with a guard model over it or a judge beside it.
 *
 * @throws {AppError} CONFIG_INVALID naming what is wrong with a guard, and what `openBuiltIn` throws
 */
export async function openConfigured(config: Config['classifier'], ground: Ground): Promise<OpenClassifier> {
  const { log, clock } = ground
  const guard = config.guard === undefined ? null : openGuard('guard', config.guard, ground)
  const judge = config.judge === undefined ? null : openGuard('judge', config.judge, ground)
  const builtIn = await (ground.started ?? openConfiguredBuiltIn(config, log, judge?.classifier))
  const close = async () => {
    await Promise.all([builtIn.close(), guard?.classifier.close(), judge?.classifier.close()])
  }
  const beside = judge?.classifier
  if (guard === null) return { ...builtIn, judge: beside, close }
  const breaker = new CircuitBreaker(guard.config.breaker, clock)
  const classifier: Classifier = withFallback(guard.classifier, builtIn.classifier, breaker, (err) =>
    log.error({ err, guard: guard.config.id }, 'the guard failed; the built-in classifier stands in'),
  )
  return { classifier, thresholds: builtIn.thresholds, judge: beside, close }
}

function openConfiguredBuiltIn(
  { mode, bandShift, fallback, judgeShare, maxQueue, timeoutMs, workers }: Config['classifier'],
  log: Log,
  judge: Classifier | undefined,
): Promise<OpenClassifier> {
  return openBuiltIn(mode, {
    ...{ bandShift, fallback, judgeShare },
    ...(judge === undefined ? {} : { judge }),
    encoder: { maxQueue, timeoutMs, ...(workers === undefined ? {} : { workers }) },
    onFailure: (stage, err) => log.error({ err, stage }, 'a stage of the classifier failed'),
  })
}

function openGuard(
  key: string,
  raw: Record<string, unknown>,
  { ids, secrets, egress }: Ground,
): { config: GuardConfig; classifier: RemoteClassifier } {
  const parsed = GuardConfig.safeParse(raw)
  if (!parsed.success) throw new AppError('CONFIG_INVALID', `classifier.${key}: ${z.prettifyError(parsed.error)}`)
  const config = parsed.data
  return { config, classifier: createGuard(config, secrets.guardKeys.get(key), ids, egress) }
}
