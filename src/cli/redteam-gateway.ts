import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { CreatedKey, Organisation, Project } from '../accounts/index.ts'
import type { AskedModel, ChatRequest, WireAnswer } from '../asking/index.ts'
import { systemClock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import { isJsonObject } from '../base/json.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import { RecordedDecision } from '../decisions/index.ts'
import type { Decided } from '../refusal/redteam/index.ts'
import { type ModelOptions, openAsked } from './asked-model.ts'
import type { OperatorClient } from './operator-client.ts'

/** Whose name attacks run under, so that they are told from customers' in every view. */
export const RED_TEAM = 'Red team'
/** Attacks are not to be slowed down: the limits of this project are as high as there are. */
const UNLIMITED = 1_000_000_000
const KEY_LIFE_MS = 24 * 60 * 60_000
const KEY_ENV = 'SAFELEVEL_RED_TEAM_KEY'

/** The model behind its gateway, asked as a customer asks it. */
export interface GatewayModel extends AskedModel {
  /** How often an action on the account has stopped the attacks, which went on under another key. */
  readonly accountStops: number
  /** What the records say of these and of what else was decided since, and by which policy; null: nobody here may read them. */
  decisions(since: string, wanted: readonly string[]): Promise<Recorded | null>
}

export interface Recorded {
  readonly decided: ReadonlyMap<string, Decided>
  readonly policy: { readonly version: string; readonly digest: string } | null
  readonly mode: 'enforce' | 'observe' | null
}

/** Where keys come from: made for this and revoked after, or one that somebody gave. */
export interface KeySource extends AsyncDisposable {
  readonly project: string | null
  next(): Promise<string>
  readonly canRenew: boolean
}

/** A key that the environment holds. */
export function givenKey(env: NodeJS.ProcessEnv, name: string): KeySource {
  const key = env[name]
  if (!key) throw new AppError('CONFIG_INVALID', `the environment has no ${name}`)
  return { project: null, canRenew: false, next: async () => key, [Symbol.asyncDispose]: async () => {} }
}

/** Keys of a project of their own, which are revoked when this is disposed. */
export async function madeKeys(client: OperatorClient): Promise<KeySource> {
  const project = await projectOf(client)
  const made: string[] = []
  return {
    project,
    canRenew: true,
    async next() {
      // Who is killed revokes nothing.
      const expiresAt = new Date(systemClock.now() + KEY_LIFE_MS).toISOString()
      const body = { projectId: project, name: 'red team', testString: false, expiresAt }
      const { id, key } = await client.request('POST', '/api/v1/keys', CreatedKey, body)
      made.push(id)
      return key
    },
    async [Symbol.asyncDispose]() {
      for (const id of made) await client.request('DELETE', `/api/v1/keys/${encodeURIComponent(id)}`, z.unknown())
    },
  }
}

async function projectOf(client: OperatorClient): Promise<string> {
  const organisation =
    (await find(client, '/api/v1/organisations', Organisation, ({ name }) => name === RED_TEAM)) ??
    (await client.request('POST', '/api/v1/organisations', Organisation, { name: RED_TEAM }))
  const { id } = organisation
  const isOurs = (one: z.infer<typeof Project>) => one.organisationId === id && one.name === RED_TEAM
  const limits = { requestsPerMinute: UNLIMITED, tokensPerMinute: UNLIMITED }
  const project =
    (await find(client, '/api/v1/projects', Project, isOurs)) ??
    (await client.request('POST', '/api/v1/projects', Project, { organisationId: id, name: RED_TEAM, ...limits }))
  return project.id
}

async function find<T>(
  client: OperatorClient,
  path: string,
  schema: z.ZodType<T>,
  isIt: (item: T) => boolean,
): Promise<T | null> {
  for await (const one of client.each(path, schema)) if (isIt(one)) return one
  return null
}

export interface GatewayOptions extends ModelOptions {
  readonly baseUrl: string
}

/** @throws {AppError} what the key's source throws */
export async function openGateway(
  options: GatewayOptions,
  { env, keys, client }: { env: NodeJS.ProcessEnv; keys: KeySource; client: OperatorClient | null },
): Promise<GatewayModel> {
  // Answers may still come by one that is used no more, so all are closed together.
  const all = new AsyncDisposableStack()
  all.use(keys)
  const opened = async (): Promise<AskedModel> => {
    const key = await keys.next()
    return all.use(openAsked({ ...options, apiKeyEnv: KEY_ENV }, { ...env, [KEY_ENV]: key }))
  }
  let behind = await opened()
  let renewing: Promise<void> | null = null
  let accountStops = 0
  const renew = async (used: AskedModel) => {
    if (used !== behind) return
    renewing ??= opened()
      .then((next) => {
        accountStops += 1
        behind = next
      })
      .finally(() => {
        renewing = null
      })
    await renewing
  }
  const { name, api, upstreamModel, server, isSandbox } = behind
  return {
    ...{ name, api, upstreamModel, server: `gateway ${server}`, isSandbox },
    get accountStops() {
      return accountStops
    },
    async send(request, signal) {
      const named = withEndUser(request)
      for (let renewals = 0; ; renewals++) {
        if (renewing !== null) await renewing
        const used = behind
        const answer = await used.send(named, signal)
        if (!keys.canRenew || renewals === MOST_RENEWALS || !isAccountStop(answer)) return answer
        await renew(used)
      }
    },
    decisions: async (since, wanted) =>
      client === null || keys.project === null ? null : decisionsOf(client, keys.project, since, wanted),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

/** For one question: a gateway that restricts every new key at once is left to do so. */
const MOST_RENEWALS = 2
const ACCOUNT_CODE = /"(?:code|type)"\s*:\s*"account_(?:suspended|banned|restricted)"/

/** Whether it was the account that was stopped, or what it may do that was narrowed, and not this question. */
function isAccountStop({ status, headers, body }: WireAnswer): boolean {
  if (status === 403 && ACCOUNT_CODE.test(body)) return true
  return /^(?:restrict|suspend|ban)\b/.test(headers['x-safelevel-standing'] ?? '')
}

/**
 * Each question from an end user of its own, as an attacker with many accounts has them: strikes then don't add up on one. What they do to the key
 * is counted.
 */
function withEndUser(request: ChatRequest): ChatRequest {
  const body = parseStrictJson(request.body, { maxDepth: 64 })
  if (!isJsonObject(body)) return request
  const user = `rt-${createHash('sha256').update(request.body).digest('hex').slice(0, 24)}`
  const named = request.api === 'anthropic-messages' ? { metadata: { user_id: user } } : { user }
  return { ...request, body: Buffer.from(JSON.stringify({ ...body, ...named })) }
}

/** Records are found a moment after they are made: longest time that they are waited for. */
const FOUND_WITHIN_MS = 20_000
const LOOK_AGAIN_MS = 500

async function decisionsOf(
  client: OperatorClient,
  project: string,
  since: string,
  wanted: readonly string[],
): Promise<Recorded> {
  const until = systemClock.monotonic() + FOUND_WITHIN_MS
  for (;;) {
    const recorded = await recordedOf(client, project, since)
    const isWhole = wanted.every((id) => recorded.decided.has(id))
    if (isWhole || systemClock.monotonic() > until) return recorded
    await wait(LOOK_AGAIN_MS)
  }
}

async function recordedOf(client: OperatorClient, project: string, since: string): Promise<Recorded> {
  const decided = new Map<string, Decided>()
  let policy: Recorded['policy'] = null
  let mode: Recorded['mode'] = null
  for await (const found of client.each('/api/v1/decisions', RecordedDecision, { project, since })) {
    const { id, prompt, completion, policyVersion, policyDigest, enforced } = found
    const side = prompt?.action === 'refuse' ? 'prompt' : completion?.action === 'refuse' ? 'completion' : null
    decided.set(id, { side })
    if (policyVersion !== null && policyDigest !== null) policy ??= { version: policyVersion, digest: policyDigest }
    if (prompt !== null) mode = mode === 'observe' || !enforced ? 'observe' : 'enforce'
  }
  return { decided, policy, mode }
}
