import type { Admission, Principal } from '../../accounts/index.ts'
import { AppError } from '../../base/errors.ts'
import type { JsonObject } from '../../base/json.ts'
import { toSegment } from '../answer.ts'
import type { Call, UnderstoodCall } from '../call.ts'
import { asItStands, mustRefuse } from '../enforcement-mode.ts'
import { type Judgement, withSeams } from '../judge.ts'
import { sendJson } from '../replies.ts'
import type { ServeContext } from '../serve-context.ts'
import { stageEnded } from '../stages.ts'
import { portkeyVerdict, readPortkeyHook, STREAM_NOT_SEEN } from './portkey.ts'
import { readScreenRequest, readSessionRequest, type ScreenRequest } from './request.ts'
import type { ScreenRoute } from './route.ts'
import { ScreenSession } from './session.ts'
import { ScreenSessions } from './sessions.ts'
import { allowance, refusalVerdict } from './verdict.ts'

/**
 * `POST /v1/screen`: the decision alone, for gateways that people already run. What is handed in goes the way of every request: the same
 * decoders, screen, policy, customers and records; only the model is somebody else's.
 */
export class Screens {
  readonly #context: ServeContext
  readonly #sessions: ScreenSessions

  constructor(context: ServeContext) {
    this.#context = context
    this.#sessions = new ScreenSessions(context)
  }

  /** @throws {AppError} what every request may meet, and OVERLOADED or RATE_LIMITED where there are too many sessions */
  async serve(
    call: Call,
    principal: Principal,
    admission: Admission,
    route: ScreenRoute,
    body: JsonObject,
  ): Promise<void> {
    if (route.operation === 'authorize') return await this.#authorize(call, principal, body)
    const answer =
      route.operation === 'open'
        ? await this.#open(call, principal, admission, body)
        : route.operation === 'webhook'
          ? await this.#webhook(call, principal, body)
          : await this.#decide(call, principal, readScreenRequest(body))
    sendJson(call.req, call.res, 200, answer, call.headers)
  }

  /** A piece of an answer. @throws {AppError} NOT_FOUND, CONFLICT, REQUEST_INVALID, REQUEST_TOO_LARGE, POLICY_UNDECIDED, … */
  async append(call: Call, principal: Principal, id: string, body: JsonObject): Promise<void> {
    const session = this.#sessions.get(id, principal.projectId)
    if (session === undefined) {
      throw new AppError('NOT_FOUND', 'there is no such session here: it has ended, or another replica holds it')
    }
    Object.assign(call.headers, session.headers)
    sendJson(call.req, call.res, 200, await session.append(body), call.headers)
  }

  /** Lets what is open end for at most `graceMs`, then ends it; recorded as unfinished. */
  async close(graceMs: number): Promise<void> {
    await this.#sessions.close(graceMs)
  }

  /**
   * A request as Envoy's ext_authz and its like ask about it: its own body at its own path. They let through on 200 and hand their client
   * whatever else comes, so a refusal is an error here, in the client's dialect.
   */
  async #authorize(call: Call, principal: Principal, body: JsonObject): Promise<void> {
    const { dialect } = call
    const { 'x-safelevel-surface': surface } = call.req.headers
    const asked = { dialect: dialect.id, request: body, ...(typeof surface === 'string' ? { surface } : {}) }
    const verdict = await this.#decide(call, principal, readScreenRequest(asked))
    if (verdict.decision === 'allow') return sendJson(call.req, call.res, 200, {}, call.headers)
    const refused = dialect.error(new AppError('CONTENT_REFUSED', String(verdict.wording)), call.record.id)
    sendJson(call.req, call.res, refused.status, refused.body, call.headers)
  }

  async #webhook(call: Call, principal: Principal, body: JsonObject): Promise<JsonObject> {
    const { searchParams } = new URL(call.req.url ?? '/', 'http://localhost')
    const asked = readPortkeyHook(body, searchParams)
    return asked === null ? STREAM_NOT_SEEN : portkeyVerdict(await this.#decide(call, principal, asked))
  }

  async #decide(call: Call, principal: Principal, asked: ScreenRequest): Promise<JsonObject> {
    const understood = this.#understand(call, principal, asked)
    try {
      return await this.#judge(understood, asked)
    } finally {
      this.#context.handOver(understood)
    }
  }

  async #judge(call: UnderstoodCall, asked: ScreenRequest): Promise<JsonObject> {
    const prompt = asked.sides === 'completion' ? null : await this.#judgePrompt(call)
    if (prompt !== null && mustRefuse(call, prompt)) return await this.#refuse(call, asked, 'prompt', prompt)
    const completion =
      asked.response === null || asked.sides === 'prompt' ? null : await this.#judgeResponse(call, asked.response)
    if (completion !== null && mustRefuse(call, completion))
      return await this.#refuse(call, asked, 'completion', completion)
    await this.#context.recordOutcome(call, call.record.through)
    call.said?.releasedAll()
    return allowance(call, { prompt, completion })
  }

  async #open(call: Call, principal: Principal, admission: Admission, body: JsonObject): Promise<JsonObject> {
    const asked = readSessionRequest(body)
    this.#sessions.requireRoom(principal.projectId)
    const understood = this.#understand(call, principal, asked)
    call.record.set('stream', true)
    let session: ScreenSession | null = null
    try {
      const prompt = asked.sides === 'completion' ? null : await this.#judgePrompt(understood)
      if (prompt !== null && mustRefuse(understood, prompt))
        return { ...(await this.#refuse(understood, asked, 'prompt', prompt)), session: null }
      session = new ScreenSession(this.#context, { ...understood, admission }, asked.form, asked.feed)
      await session.begin()
      this.#sessions.add(session)
      return { ...allowance(understood, { prompt, completion: null }), session: session.view() }
    } finally {
      if (session === null) this.#context.handOver(understood)
    }
  }

  /** A surface may be named; else it is that of the model, where that is served here too. */
  #understand(call: Call, principal: Principal, { form, request, surface }: ScreenRequest): UnderstoodCall {
    const { models, config } = this.#context
    const served = models.get(request.model)
    const known =
      surface === null ||
      Object.hasOwn(config.surfaces, surface) ||
      models.list().some((model) => model.surface === surface)
    if (!known)
      throw new AppError('REQUEST_INVALID', 'surface: there is none of this name; see `surfaces` and `models`')
    const chosen = surface ?? served?.surface ?? 'api'
    call.record.request(form.id, request, served?.name ?? null, chosen)
    call.record.set('source', 'screen')
    return this.#context.understand(call, principal, request, chosen)
  }

  async #judgePrompt(call: UnderstoodCall): Promise<Judgement> {
    const { judge, metrics } = this.#context
    const { request, policy, principal, abort, record, said } = call
    const startedMs = this.#context.clock.monotonic()
    const judgement = asItStands(
      this.#context,
      call,
      await judge.prompt(request.exchange, policy, principal.testString, abort.signal),
    )
    stageEnded(this.#context, call, 'screen_prompt', startedMs)
    record.judgement('prompt', judgement)
    said?.judged('prompt', judgement)
    if (judgement.decision.unevaluated.length > 0) metrics.unevaluated.inc({ side: 'prompt' })
    return judgement
  }

  async #judgeResponse(call: UnderstoodCall, response: NonNullable<ScreenRequest['response']>): Promise<Judgement> {
    const { request, policy, principal, abort, record, said } = call
    const startedMs = this.#context.clock.monotonic()
    const judgement = asItStands(
      this.#context,
      call,
      await this.#context.judge.completion(
        withSeams(response.texts.map(toSegment)),
        response.media,
        request.exchange,
        policy,
        principal.testString,
        abort.signal,
      ),
    )
    stageEnded(this.#context, call, 'screen_completion', startedMs)
    record.judgement('completion', judgement)
    record.usage(response.usage)
    said?.add(response.texts)
    said?.judged('completion', judgement)
    return judgement
  }

  async #refuse(
    call: UnderstoodCall,
    { form }: ScreenRequest,
    side: 'prompt' | 'completion',
    judgement: Judgement,
  ): Promise<JsonObject> {
    await this.#context.recordOutcome(call, 'refuse')
    this.#context.metrics.countRefusal(side, judgement.decision)
    return refusalVerdict(this.#context, call, form, side, judgement)
  }
}
