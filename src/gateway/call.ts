import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Admission, Principal, Restriction } from '../accounts/index.ts'
import type { Config } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import type { RequestTrace } from '../base/trace.ts'
import type { Policy } from '../policy/index.ts'
import type { DecisionRecord } from './decision-record.ts'
import type { DecodedRequest, Dialect } from './dialects/dialect.ts'
import type { ModelSafeguards } from './intake.ts'
import type { ServedModel } from './model-directory.ts'
import type { Said } from './said.ts'
import type { Holder } from './standing.ts'

/** What of the configuration the gateway goes by. */
export type GatewayConfig = Pick<Config, 'streaming' | 'limits' | 'surfaces' | 'screen'>

/** One request on its way through the gateway, before its body is understood. */
export interface Call {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** Path without query. */
  readonly path: string
  readonly dialect: Dialect
  readonly record: DecisionRecord
  /** Fires when the client goes away, the time is up or the server stops. */
  readonly abort: AbortController
  /** Headers of every answer to this request. */
  readonly headers: Record<string, string>
  readonly startedMs: number
  /** What held when it came: it stays this one's to the end. */
  readonly config: GatewayConfig
  /** Where its time goes; null when it is not traced. */
  readonly trace: RequestTrace | null
  /** Where it came from; null when that is not known. */
  readonly address: string | null
  /** Whose it is, once that is known: a restriction finds the running requests by it. */
  holder?: Holder
}

/** A request that was understood and allowed in. */
export interface UnderstoodCall extends Call {
  readonly principal: Principal
  readonly request: DecodedRequest
  /** What holds for its sender while it runs; null for nothing. */
  readonly restriction: Restriction | null
  /** What holds for its model beyond the policy; absent or null for nothing. */
  readonly safeguards?: ModelSafeguards | null
  /** The policy that was in force when the request came: it stays this one's to the end. */
  readonly policy: Policy
  /** What is said, where somebody may have to look at it later; null where nothing is kept. */
  readonly said: Said | null
  /** Its surface is only observed: all is judged and recorded, nothing is refused. */
  readonly observed: boolean
}

/** One that a model answers. */
export interface JudgedCall extends UnderstoodCall {
  readonly admission: Admission
  readonly body: Buffer
  readonly model: ServedModel
}

/** The client went away: nobody is left to answer. */
export class ClientGone extends Error {
  override readonly name = 'ClientGone'
}

/** Ties `abort` to the client's connection and to the longest time that a request may take. */
export function abortWith(res: ServerResponse, timeoutMs: number): AbortController {
  const abort = new AbortController()
  const timer = setTimeout(() => {
    abort.abort(new AppError('UPSTREAM_TIMEOUT', `the request took longer than ${timeoutMs} ms`))
  }, timeoutMs)
  res.once('close', () => {
    clearTimeout(timer)
    if (!res.writableFinished) abort.abort(new ClientGone('the client closed the connection'))
  })
  return abort
}
