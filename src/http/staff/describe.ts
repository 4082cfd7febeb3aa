import type { z } from '@hono/zod-openapi'
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
export const done = { 204: { description: 'Done' }, default: problemResponse }
