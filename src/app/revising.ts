import { chatApiOf, chatRequest, readReply, sendTo } from '../asking/index.ts'
import type { Config } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { ModelDirectory, RevisionPort } from '../gateway/index.ts'
import { AnswerReviser, type Speak } from '../refusal/revision/index.ts'

interface Deps {
  readonly config: Config
  readonly models: ModelDirectory
  readonly ids: Ids
}

/** Revises answers by the models that are served, asked past the gateway; undefined where the configuration doesn't say so. */
export function openRevision({ config, models, ids }: Deps): RevisionPort | undefined {
  const { revision } = config.refusal
  if (revision === undefined) return undefined
  const { timeoutMs, rounds, maxTokens, model = null } = revision
  const speak: Speak = async (name, asked, signal) => {
    const served = models.get(name)
    const api = served === undefined ? null : chatApiOf(served)
    if (served === undefined || api === null) throw new AppError('MODEL_NOT_FOUND', 'no such model speaks a chat')
    const reply = readReply(api, await sendTo(served, chatRequest(api, served.upstreamModel, asked), signal))
    if (reply.kind === 'said') return reply.said
    throw new AppError('UPSTREAM_UNAVAILABLE', reply.why)
  }
  return { reviser: new AnswerReviser({ rounds, maxTokens, model, speak, ids }), timeoutMs }
}
