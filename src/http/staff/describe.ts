import { z } from '@hono/zod-openapi'
import { problemResponse } from '../router.ts'

/** Parts of route descriptions that come again and again. */
export const SECURITY = [{ staff: [] }]
/** Of routes that take a person and the operator's token alike. */
export const SECURITY_OPERATOR = [{ staff: [] }, { operator: [] }]

export const json = <S extends z.ZodType>(description: string, schema: S) => ({
  description,
  content: { 'application/json': { schema } },
})
export const body = <S extends z.ZodType>(schema: S) => ({
  required: true,
  content: { 'application/json': { schema } },
})
/** Answers with JSON of this shape, or with a problem. */
export const ok = <S extends z.ZodType>(description: string, schema: S) => ({
  200: json(description, schema),
  default: problemResponse,
})
/** The same where something was made. */
export const created = <S extends z.ZodType>(description: string, schema: S) => ({
  201: json(description, schema),
  default: problemResponse,
})
export const done = { 204: { description: 'Done' }, default: problemResponse }

export const IdParam = z.object({ id: z.string().max(100) })
export const PageQuery = z.object({
  after: z.string().max(100).optional().meta({ description: '`next` of the page before' }),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
/** All there are. @param id of the OpenAPI component */
export const listOf = <S extends z.ZodType>(item: S, id: string) => z.object({ items: z.array(item) }).meta({ id })
/** A page of a list that is read by keyset. @param id of the OpenAPI component */
export const pageOf = <S extends z.ZodType>(item: S, id: string) =>
  z
    .object({
      items: z.array(item),
      next: z.string().nullable().meta({ description: 'pass it as `after` for the next page; null at the end' }),
    })
    .meta({ id })

/** Server-sent events. */
export const eventStreamResponses = {
  200: { description: 'A stream', content: { 'text/event-stream': { schema: z.string() } } },
  default: problemResponse,
}
/** A proxy that would wait for more passes each event on (`x-accel-buffering` is nginx's word for it). */
export const EVENT_STREAM_HEADERS = { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' }
