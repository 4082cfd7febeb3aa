import type { Context } from 'hono'
import type { z } from 'zod'
import { type AppError, toAppError } from '../../base/errors.ts'

/** What a browser sends of a form without files; anything else, or what broke off, counts as empty. */
export async function fieldsOf(c: Context): Promise<URLSearchParams> {
  const type = c.req.header('content-type') ?? ''
  return new URLSearchParams(
    /^application\/x-www-form-urlencoded(;|$)/i.test(type) ? await c.req.text().catch(() => '') : '',
  )
}

/** Browsers send line ends as CRLF, whatever was typed. */
export function linesOf(text: string | null | undefined): string {
  return (text ?? '').replaceAll('\r\n', '\n')
}

/** What to do about a form that was filled in wrongly. @param advice by the names of its fields */
export function adviceOn(error: z.ZodError, advice: Readonly<Record<string, string>>): string {
  const words = error.issues.map(({ path }) => advice[String(path[0])] ?? 'Something here can’t be read.')
  return [...new Set(words)].join(' ')
}

/** What is not ours to explain goes on to whoever deals with failures. */
export function known(thrown: unknown): AppError {
  const error = toAppError(thrown)
  if (error.code === 'INTERNAL') throw thrown
  return error
}

/** An error in words for a page. */
export function sentence({ message }: AppError): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1)
  return /[.!?]$/.test(text) ? text : `${text}.`
}
