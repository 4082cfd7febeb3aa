import { AppError } from '../../base/errors.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Refusal } from './dialect.ts'
import { invalid } from './request-fields.ts'

/** For dialects that answer with numbers. @throws {AppError} REQUEST_INVALID when a stream is asked for */
export function refuseStream({ stream }: JsonObject): void {
  if (stream === undefined || stream === null || stream === false) return
  throw invalid('stream', 'must be left out: this API answers in one piece')
}

export function neverStreams(): never {
  throw new AppError('REQUEST_INVALID', 'this API answers in one piece')
}

/** A refusal of OpenAI's where no answer can say it: the error that its own content filters send. */
export function contentFilterError({ explanation, decisionId }: Refusal): JsonObject {
  const error = { message: explanation, type: 'invalid_request_error', code: 'content_filter', param: null }
  return { error, request_id: decisionId }
}
