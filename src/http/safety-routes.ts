import type { Context } from 'hono'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { z } from 'zod'
import type { Principal } from '../accounts/index.ts'
import type { Clock } from '../base/clock.ts'
import { AppError, ERROR_CODES, type ErrorCode, toAppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { IntakeConfig } from '../base/intake-config.ts'
import type { Log } from '../base/log.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import { openaiError } from '../gateway/index.ts'
import { FlagInput, type Followed, type Intake, MessageInput, type Receipt, ReportInput } from '../intake/index.ts'
import { clientOf } from './address.ts'
import { FormLimiter } from './public-site/form-limiter.ts'
import { ReceiptLimiter } from './public-site/report-limits.ts'

/** What programs need to report. */
export interface SafetyDeps {
  readonly intake: Pick<Intake, 'reports'>
  readonly config: Pick<IntakeConfig, 'reportsPerHour'>
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** Whose key or token this is. @throws {AppError} UNAUTHENTICATED, and for a token what its issuer's check says */
  authenticate(secret: string): Promise<Principal>
  /** Takes one request out of a customer's rate limits; false when they are reached. */
  admit(principal: Principal): boolean
}

export const SAFETY_PREFIX = '/v1/safety/'
const RECEIPT_HEADER = 'x-safelevel-receipt'
const MOST_BODY_BYTES = 512 * 1024
const MOST_DEPTH = 4

/**
 * Reports by programs: with a customer's key in that customer's name, without one in nobody's; and flags, by which a product hands on that its user found
 * an answer harmful. Errors are as everywhere on the data plane's API, in OpenAI's form.
 */
export function safetyRoutes(deps: SafetyDeps): Hono {
  const { intake, clock, ids, log, config } = deps
  const app = new Hono()
  const limiter = new FormLimiter(clock, config.reportsPerHour)
  const receipts = new ReceiptLimiter(clock, config.reportsPerHour)
  const limit = bodyLimit({
    maxSize: MOST_BODY_BYTES,
    onError: () => {
      throw new AppError('REQUEST_TOO_LARGE', `the body is larger than ${MOST_BODY_BYTES} bytes`)
    },
  })

  app.use(async (c, next) => {
    c.header('cache-control', 'no-store')
    c.header('x-content-type-options', 'nosniff')
    await next()
  })
  app.onError((thrown, c) => {
    const error = toAppError(thrown)
    const requestId = ids.next('req')
    if (error.status >= 500) log.error({ err: error, requestId, path: c.req.path }, 'a report by API failed')
    const seconds = RETRY_AFTER_SECONDS[error.code]
    if (seconds !== undefined) c.header('retry-after', seconds)
    c.header('x-request-id', requestId)
    return c.json(openaiError(error, requestId).body, ERROR_CODES[error.code].status)
  })
  app.notFound((c) => {
    throw new AppError(METHODS.has(c.req.path) ? 'METHOD_NOT_ALLOWED' : 'NOT_FOUND', 'there is no such operation')
  })

  app.post(`${SAFETY_PREFIX}reports`, limit, async (c) => {
    const customer = await whoever(deps, c)
    const input = await bodyAs(ReportInput, c)
    // What is no report takes none of what an address may send: this path is tried, with nothing in it, to see that it answers.
    if (customer === null && !limiter.admit(clientOf(c).address)) throw tooMany()
    const by = customer === null ? ANONYMOUS : ({ type: 'key', id: customer.keyId } as const)
    const organisationId = customer?.organisationId ?? null
    const showing = idempotencyKey(c)
    const receipt = await intake.reports.submit(input, [], { channel: 'api', by, organisationId, showing })
    return c.json(receiptView(receipt), receipt.already ? 200 : 201)
  })
  app.post(`${SAFETY_PREFIX}flags`, limit, async (c) => {
    const customer = await whoever(deps, c)
    if (customer === null)
      throw new AppError('UNAUTHENTICATED', 'flags are sent with your API key: "authorization: Bearer sl_…"')
    const receipt = await intake.reports.flag(await bodyAs(FlagInput, c), customer)
    return c.json(receiptView(receipt), receipt.already ? 200 : 201)
  })

  const withCode = async (c: Context, work: (code: string) => Promise<Followed>) => {
    const { address } = clientOf(c)
    if (!receipts.admit(address)) throw tooMany()
    try {
      const followed = await work((c.req.header(RECEIPT_HEADER) ?? '').slice(0, 100))
      receipts.looked(address, true)
      return c.json(followedView(followed), 200)
    } catch (error) {
      receipts.looked(address, toAppError(error).code !== 'NOT_FOUND')
      throw error
    }
  }
  app.get(`${SAFETY_PREFIX}reports/status`, (c) => withCode(c, (code) => intake.reports.follow(code)))
  app.post(`${SAFETY_PREFIX}reports/messages`, limit, async (c) => {
    const { text } = await bodyAs(MessageInput, c)
    return await withCode(c, async (code) => {
      await intake.reports.write(code, text)
      return await intake.reports.follow(code)
    })
  })
  app.post(`${SAFETY_PREFIX}reports/withdraw`, limit, (c) =>
    withCode(c, async (code) => {
      await intake.reports.withdraw(code)
      return await intake.reports.follow(code)
    }),
  )
  return app
}

const IDEMPOTENCY_KEY = /^[A-Za-z0-9_-]{16,100}$/
const RETRY_AFTER_SECONDS: Readonly<Partial<Record<ErrorCode, string>>> = {
  RATE_LIMITED: '60',
  LEDGER_UNAVAILABLE: '5',
}
const ANONYMOUS = { type: 'anonymous', id: '-' } as const
const METHODS: ReadonlySet<string> = new Set(
  ['reports', 'flags', 'reports/status', 'reports/messages', 'reports/withdraw'].map(
    (path) => `${SAFETY_PREFIX}${path}`,
  ),
)

/** Whose key it carries; null without one: whoever has none may report all the same. @throws {AppError} UNAUTHENTICATED, RATE_LIMITED */
async function whoever({ authenticate, admit }: SafetyDeps, c: Context): Promise<Principal | null> {
  const secret = c.req.header('x-api-key') ?? c.req.header('authorization')?.replace(/^Bearer\s+/i, '')
  if (secret === undefined || secret === '') return null
  const principal = await authenticate(secret)
  if (!admit(principal))
    throw new AppError('RATE_LIMITED', 'the rate limit of your project is reached; wait for retry-after')
  return principal
}

/** What makes a report that is sent again the same one, so that it gets its receipt again. @throws {AppError} REQUEST_INVALID */
function idempotencyKey(c: Context): string | null {
  const key = c.req.header('idempotency-key')
  if (key === undefined) return null
  if (IDEMPOTENCY_KEY.test(key)) return key
  throw new AppError(
    'REQUEST_INVALID',
    'idempotency-key: 16 to 100 letters, digits, "-" and "_", which nobody can guess',
  )
}

/** @throws {AppError} REQUEST_INVALID */
async function bodyAs<T>(schema: z.ZodType<T>, c: Context): Promise<T> {
  const bytes = await c.req.arrayBuffer().catch((cause: unknown) => {
    if (cause instanceof AppError) throw cause
    throw new AppError('REQUEST_INVALID', 'the body broke off', { cause })
  })
  const body = parseStrictJson(Buffer.from(bytes), { maxDepth: MOST_DEPTH })
  const parsed = schema.safeParse(body)
  if (!parsed.success) throw new AppError('REQUEST_INVALID', z.prettifyError(parsed.error))
  return parsed.data
}

function receiptView({ id, code, already, receivedAt }: Receipt) {
  return { id, receipt: code, already_received: already, received_at: receivedAt }
}

/** What who reported may know: nothing of who looks into it. */
function followedView({ report, messages }: Followed) {
  const { id, kind, state, closedAs, receivedAt, answeredAt, confirmedAt, mitigatedAt, closedAt, erased } = report
  return {
    id,
    kind,
    state,
    closed_as: closedAs,
    received_at: receivedAt,
    answered_at: answeredAt,
    confirmed_at: confirmedAt,
    mitigated_at: mitigatedAt,
    closed_at: closedAt,
    erased,
    messages: messages.map(({ from, at, text }) => ({ from, at, text })),
  }
}

function tooMany(): AppError {
  return new AppError('RATE_LIMITED', 'too many of these came from your address; wait for retry-after')
}
