import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Admission, Principal } from '../accounts/index.ts'
import { originOf } from '../base/client-origin.ts'
import { AppError, toAppError } from '../base/errors.ts'
import { isJsonObject, type JsonObject } from '../base/json.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import { relayAnswer, upstreamFailure } from './answer.ts'
import { abortWith, type Call, ClientGone, type JudgedCall, type UnderstoodCall } from './call.ts'
import { serveCustomer } from './customer.ts'
import { DecisionRecord, type Outcome } from './decision-record.ts'
import type { DecodedRequest, Usage } from './dialects/dialect.ts'
import { DIALECTS } from './dialects/index.ts'
import { asItStands, isObserved, mustRefuse, observe } from './enforcement-mode.ts'
import { admit, authenticate, isOurs } from './entry.ts'
import { InFlight } from './in-flight.ts'
import { admitTo, downgraded } from './intake.ts'
import type { Judgement } from './judge.ts'
import { LoadGuard } from './load-guard.ts'
import { SANDBOX_MODEL, type ServedModel } from './model-directory.ts'
import { modelList, oneModel } from './model-list.ts'
import { moderate } from './moderations.ts'
import { sendRefusal } from './refusal.ts'
import { readBody, sendJson } from './replies.ts'
import { dialectOf, matchRoute, type Route } from './routes.ts'
import { Said } from './said.ts'
import { Screens } from './screen/screens.ts'
import type { DecidedCall, GatewayDeps, ServeContext } from './serve-context.ts'
import { endTrace, stageEnded } from './stages.ts'
import { cutRestricted, enterAs, requireStanding, trafficOf } from './standing.ts'
import { relayStream } from './stream-relay.ts'
import { checkAnswerType, renamed, upstreamHeaders } from './to-upstream.ts'
import { Unjudged } from './unjudged.ts'

/** Clients that were turned away together must not come back together. */
const RETRY_AFTER_SECONDS = [1, 2, 3, 4] as const

/** The data plane's API: one path for every dialect, route, role, turn and stream. */
export class Gateway implements ServeContext {
  /** For requests from now on. */
  config: GatewayDeps['config']
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
  readonly canary: GatewayDeps['canary']
  readonly probe: GatewayDeps['probe']
  readonly redress: GatewayDeps['redress']
  readonly enforcement: GatewayDeps['enforcement']
  readonly customer: GatewayDeps['customer']
  readonly publicUrl: GatewayDeps['publicUrl']
  readonly identity: GatewayDeps['identity']
  readonly tracer: GatewayDeps['tracer']
  readonly intake: GatewayDeps['intake']
  readonly revision: GatewayDeps['revision']
  readonly #unjudged: Unjudged
  readonly #load: LoadGuard
  readonly #screens: Screens
  readonly #calls = new InFlight()
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
    this.canary = deps.canary
    this.probe = deps.probe
    this.redress = deps.redress
    this.enforcement = deps.enforcement
    this.customer = deps.customer
    this.publicUrl = deps.publicUrl
    this.identity = deps.identity
    this.tracer = deps.tracer
    this.intake = deps.intake
    this.revision = deps.revision
    this.#unjudged = new Unjudged(deps.ledger, deps.clock, deps.ids, deps.log)
    this.#load = new LoadGuard(() => this.config.limits, deps.clock)
    this.#screens = new Screens(this)
    this.metrics.showInFlight(() => this.#calls.size)
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
    const leave = this.#calls.enter(call)
    try {
      await this.#serve(call, route)
    } catch (error) {
      await this.#fail(call, error)
    } finally {
      endTrace(this, call)
      leave()
      if (this.#calls.size === 0) this.#idle?.()
    }
  }

  /** Refuses new requests, lets the running ones end for at most `graceMs`, then breaks them off (recorded as such). */
  async drain(graceMs: number): Promise<void> {
    this.#draining = true
    const endMs = this.clock.monotonic() + graceMs
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
    await this.#screens.close(endMs - this.clock.monotonic())
    this.#load.close()
    await this.#unjudged.close()
  }

  #open(req: IncomingMessage, res: ServerResponse, path: string, route: Route | string): Call {
    const own = typeof route === 'object' && (route.kind === 'generate' || route.kind === 'screen')
    const dialect = DIALECTS[own ? route.dialect : dialectOf(path, req.headers)]
    const id = this.ids.next('dec')
    const name = typeof route === 'object' ? route.kind : 'denied'
    const startedMs = this.clock.monotonic()
    return {
      req,
      res,
      path,
      dialect,
      config: this.config,
      record: new DecisionRecord(id, name),
      abort: abortWith(res, this.config.limits.requestTimeoutMs),
      headers: { 'x-safelevel-decision': id, 'x-request-id': id, 'request-id': id },
      startedMs,
      trace: this.tracer?.begin(name, req.headers, startedMs) ?? null,
      address: originOf(req).address,
    }
  }

  async #serve(call: Call, route: Route | 'not found' | 'method not allowed'): Promise<void> {
    const appends = typeof route === 'object' && route.kind === 'screen' && route.session !== null
    if (!appends) this.#requireRoom(call)
    if (route === 'not found')
      throw new AppError('NOT_FOUND', `there is no route ${call.req.method} ${call.path.slice(0, 100)}`)
    if (route === 'method not allowed')
      throw new AppError('METHOD_NOT_ALLOWED', `${call.req.method} is not a method of ${call.path.slice(0, 100)}`)
    if (this.#draining && !appends) throw new AppError('SHUTTING_DOWN', 'the server is stopping; try again')
    const found = authenticate(this, call)
    const principal = found instanceof Promise ? await found : found
    // Who is suspended may still read why, and contest it.
    if (route.kind !== 'customer') requireStanding(this, call, principal)
    if (route.kind === 'screen' && route.session !== null) {
      // A piece of an answer whose request was counted when its session was opened.
      const { json } = await this.#readObject(call)
      return await this.#screens.append(call, principal, route.session, json)
    }
    const admission = admit(this, call, principal)
    if (route.kind === 'models') return this.#listModels(call, principal)
    if (route.kind === 'customer') return await serveCustomer(this, call, principal, route)
    if (!isOurs(principal)) this.redress?.requireAccepted(principal)
    const { body, json } = await this.#readObject(call)
    if (route.kind === 'moderations') return await moderate(this, call, principal, json)
    if (route.kind === 'screen') return await this.#screens.serve(call, principal, admission, route, json)
    await this.#generate(call, principal, admission, body, json)
  }

  /** @throws {AppError} REQUEST_TOO_LARGE, REQUEST_INVALID */
  async #readObject(call: Call): Promise<{ body: Buffer; json: JsonObject }> {
    const { maxBodyBytes, maxDepth, maxValues } = this.config.limits
    const body = await readBody(call.req, maxBodyBytes)
    call.record.digest('request', this.digest.of(body))
    const json = parseStrictJson(body, { maxDepth, maxValues })
    if (!isJsonObject(json)) throw new AppError('REQUEST_INVALID', 'the body must be a JSON object')
    return { body, json }
  }

  /** Before anything is done for it. @throws {AppError} OVERLOADED */
  #requireRoom(call: Call): void {
    const reason = this.#load.overload(this.#calls.size)
    if (reason === null) return
    this.metrics.shed.inc({ reason })
    const [byte = 0] = this.ids.bytes(1)
    call.headers['retry-after'] = String(RETRY_AFTER_SECONDS[byte % RETRY_AFTER_SECONDS.length])
    throw new AppError('OVERLOADED', 'there is more to do than this server can; wait for retry-after')
  }

  async #generate(
    call: Call,
    principal: Principal,
    admission: Admission,
    body: Buffer,
    json: JsonObject,
  ): Promise<void> {
    const startedMs = this.clock.monotonic()
    const judged = this.#decode(call, principal, admission, body, json)
    stageEnded(this, call, 'decode', startedMs)
    try {
      await this.#answer(judged)
    } finally {
      this.handOver(judged)
    }
  }

  async #answer(given: JudgedCall): Promise<void> {
    let judged = given
    const { principal, record, request } = judged
    const startedMs = this.clock.monotonic()
    const pending = this.judge.prompt(
      request.exchange,
      judged.policy,
      principal.testString,
      judged.abort.signal,
      judged.safeguards?.judge,
    )
    const judgement = asItStands(this, judged, pending instanceof Promise ? await pending : pending)
    stageEnded(this, judged, 'screen_prompt', startedMs)
    record.judgement('prompt', judgement)
    judged.said?.judged('prompt', judgement)
    if (judgement.decision.unevaluated.length > 0) this.metrics.unevaluated.inc({ side: 'prompt' })
    if (mustRefuse(judged, judgement)) return await this.refuse(judged, judgement, 'prompt')
    judged = downgraded(this, judged, judgement)
    const sentMs = this.clock.monotonic()
    const response = await judged.model.upstream.send({
      dialect: judged.dialect.id,
      path: judged.path,
      body: renamed(judged),
      model: judged.model.upstreamModel,
      stream: request.stream,
      headers: upstreamHeaders(judged, this.tracer),
      signal: judged.abort.signal,
    })
    stageEnded(this, judged, 'upstream', sentMs)
    if (response.status >= 400) throw await upstreamFailure(this, judged, response)
    checkAnswerType(response.headers['content-type'] ?? '', request.stream)
    if (request.stream) await relayStream(this, judged, response)
    else await relayAnswer(this, judged, response)
  }

  #decode(call: Call, principal: Principal, admission: Admission, body: Buffer, json: JsonObject): JudgedCall {
    const request = call.dialect.decodeRequest(json)
    const model = this.#model(call, request.model, principal)
    const { surface } = model
    call.record.request(call.dialect.id, request, model.name, surface)
    const admitted = admitTo(this, call, principal, request, model)
    return { ...this.understand(call, principal, request, surface), ...admitted, admission, body }
  }

  understand(call: Call, principal: Principal, given: DecodedRequest, surface: string): UnderstoodCall {
    if (given.exchange.turns.length > this.config.limits.maxTurns) {
      throw new AppError('REQUEST_INVALID', `the history is longer than ${this.config.limits.maxTurns} turns`)
    }
    // Whom a token names is certain; whom a request names is its sender's word.
    const request = principal.endUser === undefined ? given : { ...given, endUser: principal.endUser }
    const endUserId = request.endUser === null ? null : this.accounts.endUserId(principal, request.endUser)
    if (endUserId !== null) call.record.set('endUser', endUserId)
    const restriction = enterAs(this, call, principal, endUserId, request)
    // A canary asks whether what is harmful is found: it is refused even where nobody else is.
    const observed = isObserved(this.config, surface) && principal.canary !== true
    if (observed) observe(call)
    return {
      ...call,
      principal,
      request,
      restriction,
      policy: this.judge.currentPolicy().at({ surface, tier: principal.tier }),
      said: this.#gather(principal),
      observed,
    }
  }

  /** What is ours nobody looks at here: reproductions keep what they saw with their report. */
  #gather(principal: Principal): Said | null {
    const wanted = this.content?.gathers(principal.projectId) ?? 'nothing'
    return wanted === 'nothing' || isOurs(principal) ? null : new Said(wanted)
  }

  handOver(call: UnderstoodCall): void {
    const { content } = this
    if (call.said === null || content === undefined) return
    setImmediate(() => {
      try {
        const { endUser } = call.request
        const endUserId = endUser === null ? null : this.accounts.endUserId(call.principal, endUser)
        call.said?.handOver(content, call, endUserId, this.clock.now())
      } catch (error) {
        this.log.error({ err: error, decision: call.record.id }, 'what was said could not be handed over')
      }
    })
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

  #listModels(call: Call, principal: Principal): void {
    this.#unjudged.listed(principal.projectId)
    const name = call.path.slice('/v1/models/'.length)
    const anthropic = call.dialect.vendor === 'anthropic'
    const body =
      name === '' ? modelList(this.models.list(), anthropic) : oneModel(this.models.get(decodeName(name)), anthropic)
    sendJson(call.req, call.res, 200, body, call.headers)
  }

  async refuse(call: JudgedCall, judgement: Judgement, side: 'prompt' | 'completion'): Promise<void> {
    await this.recordOutcome(call, 'refuse')
    this.metrics.countRefusal(side, judgement.decision)
    await sendRefusal(this, call, judgement, side)
  }

  async recordOutcome(call: DecidedCall, outcome: Outcome): Promise<void> {
    const durationMs = this.clock.monotonic() - call.startedMs
    call.record.set('durationMs', Math.round(durationMs * 1_000) / 1_000)
    const event = call.record.event('gateway.decision', outcome, this.clock.now())
    const startedMs = this.clock.monotonic()
    await this.ledger.append(event)
    stageEnded(this, call, 'record', startedMs)
    call.record.decided = true
    const traffic = this.enforcement === undefined ? null : trafficOf(event, call)
    if (traffic !== null) this.enforcement?.observe(traffic)
    this.metrics.countDecision(call.record.route, outcome)
    if (call.record.route !== 'canary') this.metrics.countRequest(call.record, outcome)
    this.metrics.observeDuration(call.record.route, durationMs / 1_000)
  }

  settle({ admission }: Pick<JudgedCall, 'admission'>, usage: Usage | null): void {
    if (usage !== null) this.accounts.settle(admission, usage.inputTokens + usage.outputTokens)
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
      await this.recordOutcome(call, outcome)
    } catch (cause) {
      this.log.error({ err: cause, decision: call.record.id }, 'a failure could not be recorded')
    }
  }
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name // not percent-encoding: looked up as it stands, and not found
  }
}
