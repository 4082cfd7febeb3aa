import { AppError } from '../../base/errors.ts'
import type { JsonObject } from '../../base/json.ts'
import type { DecodedCompletion, DecodedRequest, DialectId, Refusal, StreamReader } from '../dialects/dialect.ts'
import { DIALECTS } from '../dialects/index.ts'
import { decodeNeutralAnswer, decodeNeutralRequest } from './neutral.ts'

/** In whose words an exchange is handed in. */
export type FormId = DialectId | 'neutral'

/** How an exchange is read that was handed in, and how its refusal is said. */
export interface ScreenForm {
  readonly id: FormId
  /** @throws {AppError} REQUEST_INVALID */
  readonly decodeRequest: (body: JsonObject) => DecodedRequest
  /** @throws {AppError} REQUEST_INVALID */
  readonly decodeResponse: (body: JsonObject) => DecodedCompletion
  /** What a client of that dialect must be sent in place of the answer; null where there is no such thing. */
  readonly refusal: ((refusal: Refusal, request: DecodedRequest) => JsonObject) | null
  /** HTTP status of that. */
  readonly refusalStatus: number
  /** Reads a streamed answer; null where answers don't stream. */
  readonly reader: (() => StreamReader) | null
}

const NEUTRAL: ScreenForm = {
  id: 'neutral',
  decodeRequest: decodeNeutralRequest,
  decodeResponse: decodeNeutralAnswer,
  refusal: null,
  refusalStatus: 200,
  reader: null,
}

const FORMS: ReadonlyMap<string, ScreenForm> = new Map([
  ['neutral', NEUTRAL],
  ...Object.values(DIALECTS).map((dialect): [string, ScreenForm] => [
    dialect.id,
    {
      id: dialect.id,
      // A hook may have the messages alone: which model they go to is nothing that is judged.
      decodeRequest: (body) => dialect.decodeRequest({ model: '-', ...body }),
      decodeResponse: (body) => asRequest(() => dialect.decodeCompletion(body)),
      refusal: (refusal, request) => dialect.refusal(refusal, request),
      refusalStatus: dialect.refusalStatus,
      reader: dialect.refusalStatus === 200 ? () => dialect.createStreamReader() : null,
    },
  ]),
])

/** @throws {AppError} REQUEST_INVALID */
export function formOf(name: string): ScreenForm {
  const form = FORMS.get(name)
  if (form === undefined) throw new AppError('REQUEST_INVALID', `dialect: one of ${[...FORMS.keys()].join(', ')}`)
  return form
}

/** An answer that can't be read is here the caller's mistake, not the model server's. */
export function asRequest<T>(read: () => T): T {
  try {
    return read()
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== 'UPSTREAM_UNAVAILABLE') throw thrown
    throw new AppError('REQUEST_INVALID', 'what was handed in as the answer is not one of this dialect', {
      cause: thrown,
    })
  }
}
