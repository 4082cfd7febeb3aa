import { OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { AppError, ERROR_CODES, type ErrorCode, toAppError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'

export interface HttpEnv {
  Variables: {
    /** Names this request in answers and logs. */
    requestId: string
  }
}

/** An error on the wire: RFC 9457 problem details, `application/problem+json`. */
export const Problem = z
  .object({
    type: z.string().meta({ description: 'URI of the kind of problem' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'what happened, for people; holds no content' }),
    code: z.string().meta({ description: 'stable; programs act on this' }),
    requestId: z.string().meta({ description: 'quote it to support; the log has it too' }),
  })
  .meta({ id: 'Problem' })
export type Problem = z.infer<typeof Problem>

const DETAIL_MAX_CHARS = 1_000

/**
 * A router whose every failure is a problem document: what zod refuses becomes REQUEST_INVALID, what is thrown its code, and what is no
 * AppError is logged and answered as INTERNAL without a word about its cause.
 */
export function createRouter(log: Log): OpenAPIHono<HttpEnv> {
  const router = new OpenAPIHono<HttpEnv>({
    defaultHook: (result) => {
      if (result.success) return
      const where = result.target === 'json' ? 'body' : result.target
      throw new AppError('REQUEST_INVALID', `${where}: ${z.prettifyError(result.error)}`)
    },
  })
  router.onError((thrown, c) => {
    const error = thrown instanceof HTTPException ? fromHttpException(thrown) : toAppError(thrown)
    if (error.status >= 500) {
      log.error({ err: error, requestId: c.get('requestId'), method: c.req.method, code: error.code }, 'request failed')
    }
    return problem(c, error)
  })
  router.notFound((c) => problem(c, new AppError('NOT_FOUND', 'there is nothing at this path')))
  return router
}

/** The answer to a failed request. */
export function problem(c: Context<HttpEnv>, error: AppError): Response {
  const { status } = ERROR_CODES[error.code]
  const body: Problem = {
    type: `urn:safelevel:problem:${error.code.toLowerCase().replaceAll('_', '-')}`,
    title: titleOf(error.code),
    status,
    detail: error.message.slice(0, DETAIL_MAX_CHARS),
    code: error.code,
    requestId: c.get('requestId') ?? '',
  }
  if (error.code === 'UNAUTHENTICATED') c.header('www-authenticate', 'Bearer realm="safelevel"')
  c.header('content-type', 'application/problem+json')
  return c.newResponse(JSON.stringify(body), status)
}

/** `REQUEST_TOO_LARGE` -> `Request too large`. */
function titleOf(code: ErrorCode): string {
  const words = code.toLowerCase().replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** Hono's own refusals, such as a body that is no JSON. */
function fromHttpException(exception: HTTPException): AppError {
  if (exception.status >= 500) return new AppError('INTERNAL', 'internal error', { cause: exception })
  return new AppError('REQUEST_INVALID', exception.message || 'the request is not valid')
}

/** What an operation can answer besides success, for its OpenAPI description. */
export const problemResponse = {
  description: 'A problem (RFC 9457)',
  content: { 'application/problem+json': { schema: Problem } },
}
