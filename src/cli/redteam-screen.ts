import { systemClock } from '../base/clock.ts'
import { loadConfig } from '../base/config.ts'
import { Egress } from '../base/egress.ts'
import { systemIds } from '../base/ids.ts'
import { createLog } from '../base/log.ts'
import { Judge } from '../gateway/index.ts'
import { builtInPolicyPath, Policy, readPolicyFile } from '../policy/index.ts'
import type { AttackScript, Screen } from '../refusal/redteam/index.ts'
import { type Exchange, openConfigured, type Segment } from '../screening/index.ts'

const PATIENCE_MS = 10 * 60_000

/** The classifier and the policy of the configuration, as a gateway uses them. */
export interface OpenScreen extends AsyncDisposable {
  readonly screen: Screen
  readonly policy: { readonly version: string; readonly digest: string }
}

/**
 * Judges in this process, by the same code as the gateway: what nobody could judge counts as the policy says.
 *
 * @param surface of the model that is attacked: overlays of the policy that name it hold
 * @throws {AppError} CONFIG_INVALID, POLICY_INVALID
 */
export async function openScreen(env: NodeJS.ProcessEnv, surface: string, signal: AbortSignal): Promise<OpenScreen> {
  await using resources = new AsyncDisposableStack()
  const { config, secrets } = loadConfig(env)
  const log = createLog('error')
  const egress = resources.use(new Egress(config.egress, secrets.proxies))
  // Nobody waits for an answer here, and what is late would be judged by less than the gateway has.
  const open = await openConfigured(
    { ...config.classifier, timeoutMs: PATIENCE_MS },
    { clock: systemClock, ids: systemIds, log, secrets, egress },
  )
  resources.defer(() => open.close())
  const path = config.policy ?? builtInPolicyPath()
  const loaded = Policy.load(readPolicyFile(path), { calibratedThresholds: open.thresholds, source: path })
  const policy = loaded.at({ surface })
  const judge = new Judge(
    open.classifier,
    () => policy,
    (err) => log.error({ err }, 'the classifier failed'),
  )
  const done = resources.move()
  return {
    screen: {
      prompt: async (pitch) =>
        (await judge.prompt(exchangeOf(pitch), policy, true, signal)).decision.action === 'allow',
      completion: async (pitch, answer) => {
        const judged = await judge.completion([answerOf(answer)], [], exchangeOf(pitch), policy, true, signal)
        return judged.decision.action === 'allow'
      },
    },
    policy: { version: policy.version, digest: policy.digest },
    [Symbol.asyncDispose]: () => done.disposeAsync(),
  }
}

/** As the gateway would decode what is sent. */
function exchangeOf({ system, turns }: AttackScript): Exchange {
  const told = system === null ? [] : [{ role: 'system' as const, text: system }]
  return {
    turns: [...told, ...turns].map(({ role, text }, at) => ({
      role,
      parts: [{ kind: role === 'tool' ? 'tool_result' : 'text', text, pointer: `/messages/${at}/content` }],
    })),
  }
}

function answerOf(text: string): Segment {
  return { text, role: 'assistant', kind: 'text', source: 'choice 0 text', offset: 0 }
}
