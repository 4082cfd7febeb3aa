import type { Context, Hono } from 'hono'
import { z } from 'zod'
import { type AppError, toAppError } from '../../base/errors.ts'
import { NewConcern, type Noncompliance } from '../../intake/index.ts'
import { STYLE, STYLE_PATH } from '../public-site/style.ts'
import type { HttpEnv } from '../router.ts'
import {
  type ConcernDraft,
  concernFollow,
  concernForm,
  concernReceipt,
  concernStatus,
  EMPTY_CONCERN,
  type Offices,
} from './speak-up-pages.ts'

/** Of everybody together: no address is looked at, so that none can be told apart. */
const PER_HOUR = 240
const HOUR_MS = 3_600_000

export interface SpeakUpDeps {
  readonly noncompliance: Noncompliance
  readonly organisation: string
  readonly clock: { monotonic(): number }
}

const POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/**
 * Where staff report noncompliance without signing in: pages without script or cookie. No session stands behind the form, so a forged request
 * from another page could only file a report of its own.
 */
export function speakUp(app: Hono<HttpEnv>, { noncompliance, organisation, clock }: SpeakUpDeps): void {
  let level = PER_HOUR
  let atMs = clock.monotonic()
  const admit = (): boolean => {
    const now = clock.monotonic()
    level = Math.min(PER_HOUR, level + ((now - atMs) * PER_HOUR) / HOUR_MS)
    atMs = now
    if (level < 1) return false
    level -= 1
    return true
  }
  const offices = async (): Promise<Offices> => ({ organisation, held: await noncompliance.offices() })

  app.use('/speak-up/*', async (c, next) => {
    await next()
    c.header('content-security-policy', POLICY)
  })
  app.get(STYLE_PATH, (c) => c.body(STYLE, 200, { 'content-type': 'text/css; charset=utf-8' }))
  app.get('/speak-up', async (c) => {
    c.header('content-security-policy', POLICY)
    return c.html(concernForm(await offices(), EMPTY_CONCERN, null))
  })
  app.get('/speak-up/follow', async (c) => c.html(concernFollow(await offices(), null)))

  app.post('/speak-up', async (c) => {
    c.header('content-security-policy', POLICY)
    const form = await fields(c)
    const draft = draftOf(form)
    if ((form.get('website') ?? '') !== '')
      return c.html(concernForm(await offices(), EMPTY_CONCERN, 'Try again.'), 400)
    if (!admit())
      return c.html(concernForm(await offices(), draft, 'Too many came at once. Try again in some minutes.'), 429)
    const input = NewConcern.safeParse({ ...draft, name: draft.name === '' ? null : draft.name })
    if (!input.success) return c.html(concernForm(await offices(), draft, problemOf(input.error)), 400)
    try {
      const { code } = await noncompliance.file(input.data)
      return c.html(concernReceipt(await offices(), code), 201)
    } catch (thrown) {
      const error = known(thrown)
      const words = error.code === 'REQUEST_INVALID' ? ADVICE.readers : error.message
      return c.html(concernForm(await offices(), draft, words), error.status === 503 ? 503 : 400)
    }
  })
  app.post('/speak-up/follow', async (c) => {
    const code = ((await fields(c)).get('code') ?? '').slice(0, 200)
    if (!admit())
      return c.html(concernFollow(await offices(), 'Too many came at once. Try again in some minutes.'), 429)
    return follow(c, code, null)
  })
  app.post('/speak-up/write', async (c) => {
    const form = await fields(c)
    const code = (form.get('code') ?? '').slice(0, 200)
    if (!admit())
      return c.html(concernFollow(await offices(), 'Too many came at once. Try again in some minutes.'), 429)
    try {
      await noncompliance.write(code, lines(form.get('text') ?? ''))
    } catch (thrown) {
      if (thrown instanceof z.ZodError) return follow(c, code, problemOf(thrown))
      const error = known(thrown)
      if (error.code !== 'NOT_FOUND') return follow(c, code, error.message)
    }
    return follow(c, code, null)
  })

  async function follow(c: Context<HttpEnv>, code: string, problem: string | null): Promise<Response> {
    try {
      return await c.html(
        concernStatus(await offices(), code, await noncompliance.follow(code), problem),
        problem === null ? 200 : 400,
      )
    } catch (thrown) {
      const error = known(thrown)
      return c.html(concernFollow(await offices(), error.message), error.status === 404 ? 404 : 503)
    }
  }
}

async function fields(c: Context<HttpEnv>): Promise<URLSearchParams> {
  const type = c.req.header('content-type') ?? ''
  return new URLSearchParams(/^application\/x-www-form-urlencoded(;|$)/i.test(type) ? await c.req.text() : '')
}

function draftOf(form: URLSearchParams): ConcernDraft {
  return {
    topic: form.get('topic') ?? '',
    story: lines(form.get('story') ?? ''),
    recipients: form.getAll('recipients').slice(0, 10),
    about: form.getAll('about').slice(0, 10),
    name: (form.get('name') ?? '').trim(),
  }
}

/** Browsers send line ends as CRLF, whatever was typed. */
function lines(text: string): string {
  return text.replaceAll('\r\n', '\n')
}

const ADVICE = {
  topic: 'Choose what it is about.',
  story: 'Say what happened, in at most 20,000 characters.',
  recipients: 'Choose who should read it.',
  name: 'A name has at most 200 characters, on one line.',
  readers: 'Choose the board too, or an auditor and somebody who can act, and none of those whom it is about.',
} as const

function problemOf(error: z.ZodError): string {
  const named = error.issues.flatMap(({ path }) =>
    Object.entries(ADVICE).flatMap(([field, words]) => (field === path[0] ? words : [])),
  )
  return [...new Set(named)].join(' ') || 'Say it in at most 20,000 characters, without control characters.'
}

function known(thrown: unknown): AppError {
  const error = toAppError(thrown)
  if (error.status >= 500 && error.status !== 503) throw thrown
  return error
}
