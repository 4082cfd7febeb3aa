import type { AppError } from '../../base/errors.ts'
import type { ErrorBody } from './dialect.ts'

/** An error as both of OpenAI's dialects have it. @see https://platform.openai.com/docs/guides/error-codes */
export function openaiError(error: AppError, requestId: string): ErrorBody {
  const { status, message } = error
  return {
    status,
    body: {
      error: { message, type: typeOf(status), code: error.code.toLowerCase(), param: null },
      request_id: requestId,
    },
  }
}

function typeOf(status: number): string {
  if (status === 401) return 'authentication_error'
  if (status === 403) return 'permission_error'
  if (status === 429) return 'rate_limit_error'
  return status < 500 ? 'invalid_request_error' : 'server_error'
}
