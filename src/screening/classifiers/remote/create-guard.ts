import type { Egress } from '../../../base/egress.ts'
import type { Ids } from '../../../base/ids.ts'
import type { GuardAdapter } from './adapter.ts'
import { graniteGuardian } from './adapters/granite-guardian.ts'
import { httpEndpoint } from './adapters/http-endpoint.ts'
import { llamaGuard } from './adapters/llama-guard.ts'
import { openaiModeration } from './adapters/openai-moderation.ts'
import { gptOssSafeguard, llmJudge } from './adapters/policy-judge.ts'
import { qwen3guard } from './adapters/qwen3guard.ts'
import { shieldGemma } from './adapters/shieldgemma.ts'
import { wildGuard } from './adapters/wildguard.ts'
import type { GuardConfig } from './config.ts'
import { GuardHttpClient } from './http-client.ts'
import { RemoteClassifier } from './remote-classifier.ts'

const MARK_KEY_BYTES = 32

/** The classifier that a configuration describes; connects at the first question. */
export function createGuard(
  config: GuardConfig,
  apiKey: string | undefined,
  ids: Ids,
  egress?: Pick<Egress, 'open'>,
): RemoteClassifier {
  const client = new GuardHttpClient({ ...config, egress, ...(apiKey === undefined ? {} : { apiKey }) })
  return new RemoteClassifier(config.id, adapterFor(config, ids), client, {
    maxChars: config.maxChars,
    contextChars: config.contextChars,
    overlapChars: config.overlapChars,
    maxViews: config.maxViews,
  })
}

function adapterFor(config: GuardConfig, ids: Ids): GuardAdapter {
  switch (config.kind) {
    case 'llama-guard':
      return llamaGuard({ model: config.model, logprobs: config.logprobs })
    case 'qwen3guard':
      return qwen3guard({
        model: config.model,
        logprobs: config.logprobs,
        controversialWeight: config.controversialWeight,
      })
    case 'granite-guardian':
      return graniteGuardian({ model: config.model, logprobs: config.logprobs, format: config.format })
    case 'shieldgemma':
      return shieldGemma({ model: config.model })
    case 'wildguard':
      return wildGuard({ model: config.model, logprobs: config.logprobs })
    case 'openai-moderation':
      return openaiModeration({ model: config.model })
    case 'gpt-oss-safeguard':
      return gptOssSafeguard({ ...judged(config, ids), model: config.model, reasoningEffort: config.reasoningEffort })
    case 'llm-judge':
      return llmJudge({ ...judged(config, ids), model: config.model, dialect: config.dialect })
    case 'http':
      return httpEndpoint({ path: config.path, labels: config.labels })
  }
}

function judged(config: Extract<GuardConfig, { readonly policy?: string | undefined }>, ids: Ids) {
  const markKey = ids.bytes(MARK_KEY_BYTES)
  return { labels: config.labels, markKey, ...(config.policy === undefined ? {} : { policy: config.policy }) }
}
