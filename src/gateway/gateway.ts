import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Admission, type Principal, rateLimitHeaders } from '../accounts/index.ts'
import { AppError, toAppError } from '../base/errors.ts'
import { isJsonObject, type JsonObject } from '../base/json.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import { relayAnswer, upstreamFailure } from './answer.ts'
import { abortWith, type Call, ClientGone, type JudgedCall } from './call.ts'
import { serveCustomer } from './customer.ts'
import { DecisionRecord, type Outcome } from './decision-record.ts'
import type { Usage } from './dialects/dialect.ts'
import { DIALECTS } from './dialects/index.ts'
import { unlessExempt } from './exempt.ts'
import { assertDecided, type Judgement } from './judge.ts'
import { SANDBOX_MODEL, type ServedModel } from './model-directory.ts'
import { modelList, oneModel } from './model-list.ts'
import { moderate } from './moderations.ts'
import { sendRefusal } from './refusal.ts'
import { readBody, sendJson } from './replies.ts'
import { dialectOf, matchRoute, type Route } from './routes.ts'
import { Said } from './said.ts'
import type { GatewayDeps, ServeContext } from './serve-context.ts'
import { cutRestricted, enterAs, requireStanding, strictly, trafficOf } from './standing.ts'
import { relayStream } from './stream-relay.ts'
import { Unjudged } from './unjudged.ts'

const FORWARDED_HEADERS = ['anthropic-version', 'anthropic-beta', 'openai-beta', 'user-agent'] as const
const BYTES_PER_TOKEN = 4
const CANARY: Principal = {
  keyId: 'key_canary',
  projectId: 'prj_canary',
  organisationId: 'org_canary',
  testString: true,
  canary: true,
}

/** The data plane's API: one path for every dialect, route, role, turn and stream. */
export class Gateway implements ServeContext {
  readonly config: GatewayDeps['config']
  readonly accounts: GatewayDeps['accounts']
  readonly judge: GatewayDeps['judge']
  readonly ledger: GatewayDeps['ledger']
  readonly models: GatewayDeps['models']
  readonly digest: GatewayDeps['digest']
  readonly metrics: GatewayDeps['metrics']
  readonly clock: GatewayDeps['clock']
  readonly ids: GatewayDeps['ids']
  readonly log: GatewayDeps['log']
  readonly content: GatewayDeps['content']
  readonly canary: NonNullable<GatewayDeps['canary']>
  readonly redress: GatewayDeps['redress']
  readonly enforcement: GatewayDeps['enforcement']
  readonly customer: GatewayDeps['customer']
  readonly publicUrl: GatewayDeps['publicUrl']
  readonly #unjudged: Unjudged
  readonly #calls = new Set<Call>()
  #draining = false
  #idle: (() => void) | null = null

  constructor(deps: GatewayDeps) {
    this.config = deps.config
    this.accounts = deps.accounts
    this.judge = deps.judge
    this.ledger = deps.ledger
    this.models = deps.models
    this.digest = deps.digest
    this.metrics = deps.metrics
    this.clock = deps.clock
    this.ids = deps.ids
    this.log = deps.log
    this.content = deps.content
    this.canary = deps.canary ?? { owns: () => false }
    this.redress = deps.redress
    this.enforcement = deps.enforcement
    this.customer = deps.customer
    this.publicUrl = deps.publicUrl
    this.#unjudged = new Unjudged(deps.ledger, deps.clock, deps.ids, deps.log)
    deps.enforcement?.onChange(() => cutRestricted(this, this.#calls))
  }

  get draining(): boolean {
    return this.#draining
  }

  /** Serves one request of `/v1/…`. Never rejects. */
  async handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const path = (req.url ?? '/').split('?', 1)[0] ?? '/'
    const route = matchRoute(req.method ?? '', path)
    const call = this.#open(req, res, path, route)
    this.#calls.add(call)
    this.metrics.inFlight.set(this.#calls.size)
    try {
      await this.#serve(call, route)
    } catch (error) {
      await this.#fail(call, error)
    } finally {
      this.#calls.delete(call)
      this.metrics.inFlight.set(this.#calls.size)
      if (this.#calls.size === 0) this.#idle?.()
    }
  }

  /** Refuses new requests, lets the running ones end for at most `graceMs`, then breaks them off (recorded as such). */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true
    if (this.#calls.size > 0) {
      const ended = new Promise<void>((resolve) => {
        this.#idle = resolve
      })
      const stop = setTimeout(() => {
        for (const call of this.#calls) call.abort.abort(new AppError('SHUTTING_DOWN', 'the server is stopping'))
      }, graceMs)
      await ended
      clearTimeout(stop)
    }
    await this.#unjudged.close()
  }

  #open(req: IncomingMessage, res: ServerResponse, path: string, route: Route | string): Call {
    const dialect =
      DIALECTS[typeof route === 'object' && route.kind === 'generate' ? route.dialect : dialectOf(path, req.headers)]
    const id = this.ids.next('dec')
    return {
      req,
      res,
      path,
      dialect,
      record: new DecisionRecord(id, typeof route === 'object' ? route.kind : 'denied'),
      abort: abortWith(res, this.config.limits.requestTimeoutMs),
      headers: { 'x-safelevel-decision': id, 'x-request-id': id, 'request-id': id },
      startedMs: this.clock.monotonic(),
    }
  }

  async #serve(call: Call, route: Route | 'not found' | 'method not allowed'): Promise<void> {
    if (route === 'not found')
      throw new AppError('NOT_FOUND', `there is no route ${call.req.method} ${call.path.slice(0, 100)}`)
    if (route === 'method not allowed')
      throw new AppError('METHOD_NOT_ALLOWED', `${call.req.method} is not a method of ${call.path.slice(0, 100)}`)
    if (this.#draining) throw new AppError('SHUTTING_DOWN', 'the server is stopping; try again')
    const principal = this.#authenticate(call)
    // Who is suspended may still read why, and contest it.
    if (route.kind !== 'customer') requireStanding(this, call, principal)
    if (this.#calls.size > this.config.limits.maxConcurrent) {
      throw new AppError('OVERLOADED', 'too many requests are being served; try again')
    }
    const admission = this.#admit(call, principal)
    if (route.kind === 'models') return this.#listModels(call, principal)
    if (route.kind === 'customer') return await serveCustomer(this, call, principal, route)
    this.redress?.requireAccepted(principal)
    const body = await readBody(call.req, this.config.limits.maxBodyBytes)
    call.record.digest('request', this.digest.of(body))
    const json = parseStrictJson(body, { maxDepth: this.config.limits.maxDepth })
    if (!isJsonObject(json)) throw new AppError('REQUEST_INVALID', 'the body must be a JSON object')
    if (route.kind === 'moderations') return await moderate(this, call, principal, json)
    await this.#generate(call, principal, admission, body, json)
  }

  async #generate(
    call: Call,
    principal: Principal,
    admission: Admission,
    body: Buffer,
    json: JsonObject,
  ): Promise<void> {
    const judged = this.#decode(call, principal, admission, body, json)
    try {
      await this.#answer(judged)
    } finally {
      if (judged.said !== null) setImmediate(() => this.#handOver(judged))
    }
  }

  async #answer(judged: JudgedCall): Promise<void> {
    const { principal, record, request, body } = judged
    const startedMs = this.clock.monotonic()
    const pending = this.judge.prompt(request.exchange, judged.policy, principal.testString, judged.abort.signal)
    const judgement = strictly(judged, unlessExempt(this, judged, pending instanceof Promise ? await pending : pending))
    this.metrics.promptJudging.observe((this.clock.monotonic() - startedMs) / 1_000)
    record.judgement('prompt', judgement)
    judged.said?.judged('prompt', judgement)
    if (judgement.decision.unevaluated.length > 0) this.metrics.unevaluated.inc({ side: 'prompt' })
    assertDecided(judgement)
    if (judgement.decision.action === 'refuse') return await this.refuse(judged, judgement, 'prompt')
    const response = await judged.model.upstream.send({
      dialect: judged.dialect.id,
      path: judged.path,
      body,
      headers: upstreamHeaders(judged.req, request.stream),
      signal: judged.abort.signal,
    })
    if (response.status >= 400) throw await upstreamFailure(this, judged, response)
    checkAnswerType(response.headers['content-type'] ?? '', request.stream)
    if (request.stream) await relayStream(this, judged, response)
    else await relayAnswer(this, judged, response)
  }

  #decode(call: Call, principal: Principal, admission: Admission, body: Buffer, json: JsonObject): JudgedCall {
    const request = call.dialect.decodeRequest(json)
    if (request.exchange.turns.length > this.config.limits.maxTurns) {
      throw new AppError('REQUEST_INVALID', `the history is longer than ${this.config.limits.maxTurns} turns`)
    }
    const model = this.#model(call, request.model, principal)
    call.record.request(call.dialect.id, request, model.surface)
    const endUserId = request.endUser === null ? null : this.accounts.endUserId(principal, request.endUser)
    if (endUserId !== null) call.record.set('endUser', endUserId)
    const restriction = enterAs(this, call, principal, endUserId, request)
    return {
      ...call,
      principal,
      admission,
      body,
      request,
      model,
      restriction,
      policy: this.judge.currentPolicy().at({ surface: model.surface, tier: principal.tier }),
      said: this.#gather(principal),
    }
  }

  /** Canaries are ours: of them there is nothing to look at. */
  #gather(principal: Principal): Said | null {
    const wanted = this.content?.gathers(principal.projectId) ?? 'nothing'
    return wanted === 'nothing' || principal.canary === true ? null : new Said(wanted)
  }

  /** After the request was dealt with: what fails here is no failure of its. */
  #handOver(call: JudgedCall): void {
    if (this.content === undefined) return
    try {
      const { endUser } = call.request
      const endUserId = endUser === null ? null : this.accounts.endUserId(call.principal, endUser)
      call.said?.handOver(this.content, call, endUserId, this.clock.now())
    } catch (error) {
      this.log.error({ err: error, decision: call.record.id }, 'what was said could not be handed over')
    }
  }

  #model(call: Call, name: string, principal: Principal): ServedModel {
    const model = this.models.get(name)
    if (model === undefined) {
      throw new AppError(
        'MODEL_NOT_FOUND',
        'the model does not exist or is not open to you; GET /v1/models lists those that are',
      )
    }
    if (!model.dialects.has(call.dialect.id)) {
      throw new AppError('MODEL_NOT_FOUND', `the model is not served on ${call.path}; it speaks another API`)
    }
    const sandbox = principal.canary === true ? this.models.get(SANDBOX_MODEL) : undefined
    return sandbox === undefined ? model : { ...model, upstream: sandbox.upstream, upstreamId: sandbox.upstreamId }
  }

  #authenticate(call: Call): Principal {
    const { authorization, 'x-api-key': apiKey } = call.req.headers
    const secret = typeof apiKey === 'string' ? apiKey : authorization?.replace(/^Bearer\s+/i, '')
    if (!secret) {
      throw new AppError('UNAUTHENTICATED', 'send your API key as "authorization: Bearer sl_…" or "x-api-key: sl_…"')
    }
    const principal = this.canary.owns(secret) ? CANARY : this.accounts.authenticate(secret)
    if (principal === null)
      throw new AppError('UNAUTHENTICATED', 'the API key is not valid: it is mistyped, expired or revoked')
    call.record.by(principal)
    if (principal.canary === true) call.record.markCanary()
    return principal
  }

  #admit(call: Call, principal: Principal): Admission {
    const tokens = Math.ceil(Number(call.req.headers['content-length'] ?? 0) / BYTES_PER_TOKEN)
    const admission = this.accounts.admit(principal, { tokens })
    const style = call.dialect.id === 'anthropic-messages' ? 'anthropic' : 'openai'
    Object.assign(call.headers, rateLimitHeaders(admission, style, this.clock.now()))
    if (!admission.admitted) {
      const why =
        admission.refusedBy === 'too_large'
          ? 'the request alone is larger than your project’s tokens per minute: send less, or ask for a higher limit'
          : 'the rate limit of your project is reached; wait for retry-after'
      throw new AppError('RATE_LIMITED', why)
    }
    return admission
  }

  #listModels(call: Call, principal: Principal): void {
    this.#unjudged.listed(principal.projectId)
    const name = call.path.slice('/v1/models/'.length)
    const anthropic = call.dialect.id === 'anthropic-messages'
    const body =
      name === '' ? modelList(this.models.list(), anthropic) : oneModel(this.models.get(decodeName(name)), anthropic)
    sendJson(call.req, call.res, 200, body, call.headers)
  }

  async refuse(call: JudgedCall, judgement: Judgement, side: 'prompt' | 'completion'): Promise<void> {
    await this.recordOutcome(call, 'refuse', true)
    this.metrics.refusals.inc({
      side,
      label: judgement.decision.label ?? 'none',
      test_string: String(judgement.decision.testString),
    })
    await sendRefusal(this, call, judgement, side)
  }

  async recordOutcome(call: Call, outcome: Outcome, enforced: boolean): Promise<void> {
    const durationMs = this.clock.monotonic() - call.startedMs
    call.record.set('durationMs', Math.round(durationMs * 1_000) / 1_000)
    const event = call.record.event('gateway.decision', outcome, enforced, this.clock.now())
    await this.ledger.append(event)
    call.record.decided = true
    const traffic = this.enforcement === undefined ? null : trafficOf(event, call)
    if (traffic !== null) this.enforcement?.observe(traffic)
    this.metrics.countDecision(call.record.route, outcome)
    this.metrics.observeDuration(call.record.route, durationMs / 1_000)
  }

  settle(call: JudgedCall, usage: Usage | null): void {
    if (usage !== null) this.accounts.settle(call.admission, usage.inputTokens + usage.outputTokens)
  }

  /** The one place where a failed request is answered and recorded. */
  async #fail(call: Call, thrown: unknown): Promise<void> {
    const reason: unknown = call.abort.signal.aborted ? call.abort.signal.reason : thrown
    const gone = reason instanceof ClientGone
    const error = toAppError(gone ? new AppError('REQUEST_INVALID', 'the client closed the connection') : reason)
    if (error.code === 'INTERNAL')
      this.log.error({ err: error.cause, decision: call.record.id }, 'a request failed in the gateway')
    await this.#recordFailure(call, gone ? 'cancel' : 'error', error)
    if (gone || call.res.headersSent) {
      call.res.destroy()
      return
    }
    const { status, body } = call.dialect.error(error, call.record.id)
    sendJson(call.req, call.res, status, body, call.headers)
  }

  async #recordFailure(call: Call, outcome: Outcome, error: AppError): Promise<void> {
    if (call.record.decided) return
    if (!call.record.wasJudged) {
      this.metrics.countDecision(call.record.route, 'reject')
      return await this.#unjudged.record(call.record, error.code)
    }
    try {
      call.record.set('code', error.code)
      await this.recordOutcome(call, outcome, true)
    } catch (cause) {
      this.log.error({ err: cause, decision: call.record.id }, 'a failure could not be recorded')
    }
  }
}

function upstreamHeaders(req: IncomingMessage, stream: boolean): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: stream ? 'text/event-stream' : 'application/json',
    'accept-encoding': 'identity',
  }
  for (const name of FORWARDED_HEADERS) {
    const value = req.headers[name]
    if (typeof value === 'string') headers[name] = value
  }
  return headers
}

function checkAnswerType(contentType: string, stream: boolean): void {
  const expected = stream ? 'text/event-stream' : 'application/json'
  if (!contentType.toLowerCase().startsWith(expected)) {
    throw new AppError('UPSTREAM_UNAVAILABLE', `the model server answered with something other than ${expected}`)
  }
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name // not percent-encoding: looked up as it stands, and not found
  }
}
