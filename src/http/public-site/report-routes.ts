import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { secureHeaders } from 'hono/secure-headers'
import { AppError } from '../../base/errors.ts'
import { MessageInput, MOST_CHARS, MOST_FILE_BYTES, MOST_FILES, ReportInput } from '../../intake/index.ts'
import { clientOf } from '../address.ts'
import { FormLimiter } from './form-limiter.ts'
import { adviceOn, fieldsOf, known, linesOf, sentence } from './plain-form.ts'
import type { ReportDeps } from './report-deps.ts'
import { EMPTY_REPORT, FILE_FIELD, HONEYPOT, type ReportDraft, reportForm } from './report-form.ts'
import { boundaryOf, type FormData, type FormLimits, FormReader } from './report-form-data.ts'
import { reportKeys } from './report-keys.ts'
import { ReceiptLimiter, UploadBudget } from './report-limits.ts'
import { disclosurePolicy } from './report-policy.ts'
import { followReportPage, reportReceived, reportStatus } from './report-status.ts'

const FRESH = { 'cache-control': 'no-store' }
const SHORT = { 'cache-control': 'public, max-age=60' }
const PLAIN = 'text/plain; charset=utf-8'
/** Of one report: reading what comes costs this much, keeping it the rest. */
const READING = 0.25
const BYTES_PER_CHAR = 4
const MOST_TEXT_FORM_BYTES = 160 * 1024
const BUDGET_BYTES = 128 * 1024 * 1024
/** What is still taken in and thrown away after a form is refused, so that a browser sees the answer. */
const MOST_DRAINED_BYTES = 32 * 1024 * 1024

const bytesFor = (chars: number) => chars * BYTES_PER_CHAR
const LIMITS: FormLimits = {
  totalBytes: MOST_FILES * MOST_FILE_BYTES + 640 * 1024,
  fieldBytes: {
    token: 200,
    kind: 40,
    story: bytesFor(MOST_CHARS.story),
    category: 40,
    decision: 400,
    model: 800,
    steps: bytesFor(MOST_CHARS.steps),
    output: bytesFor(MOST_CHARS.output),
    contact: bytesFor(MOST_CHARS.contact),
    credit: bytesFor(MOST_CHARS.credit),
    [HONEYPOT]: 1_000,
  },
  fileField: FILE_FIELD,
  files: MOST_FILES,
  fileBytes: MOST_FILE_BYTES,
}

/**
 * The pages under `/report`: the form, the page that a receipt code opens, keys, the disclosure policy. Scripts, cookies and sessions stand behind
 * none of them; headers and methods are set here, since these are the pages that take forms and files.
 */
export function reportSite(deps: ReportDeps, budget = new UploadBudget(BUDGET_BYTES)): Hono {
  const site = new Hono()
  site.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
      referrerPolicy: 'no-referrer',
      xFrameOptions: 'DENY',
      strictTransportSecurity: false,
    }),
  )
  formRoutes(site, deps, budget)
  statusRoutes(site, deps)
  site.get('/policy', (c) => c.html(disclosurePolicy(deps), 200, SHORT))
  site.get('/keys', (c) => c.html(reportKeys(deps), 200, SHORT))
  site.get('/age-recipient.txt', (c) =>
    c.body(`${deps.intake.keys.ageRecipient}\n`, 200, { ...SHORT, 'content-type': PLAIN }),
  )
  site.get('/pgp-key.asc', (c) => {
    const { pgp } = deps.intake.keys
    if (pgp === null) return c.text('OpenPGP is not offered here: see /report/keys.\n', 404)
    return c.body(pgp, 200, { ...SHORT, 'content-type': 'application/pgp-keys' })
  })
  return site
}

function formRoutes(site: Hono, deps: ReportDeps, budget: UploadBudget): void {
  const { config, intake, clock } = deps
  const limiter = new FormLimiter(clock, config.reportsPerHour)
  const fresh = (
    c: Context,
    status: 400 | 413 | 429 | 503,
    words: string,
    draft = EMPTY_REPORT,
    token = intake.tokens.issue(),
    lostFiles = false,
  ) => c.html(reportForm(deps, draft, token, { words, lostFiles }), status, FRESH)

  site.get('/', (c) => {
    const decision = (c.req.query('about') ?? '').slice(0, 100)
    return c.html(reportForm(deps, { ...EMPTY_REPORT, decision }, intake.tokens.issue(), null), 200, FRESH)
  })
  site.post('/', async (c) => {
    const { address } = clientOf(c)
    if (!limiter.admit(address, READING)) {
      c.header('retry-after', '3600')
      return fresh(c, 429, 'Too many reports came from your address. Try again in an hour, or write to us.')
    }
    let form: FormData
    try {
      form = await readForm(c, budget)
    } catch (thrown) {
      const error = known(thrown)
      return fresh(c, statusOf(error), sentence(error), EMPTY_REPORT, undefined, true)
    }
    const draft = draftOf(form.fields)
    const lostFiles = form.files.length > 0
    // A program that fills in every field gets an answer that tells it nothing.
    if ((form.fields.get(HONEYPOT) ?? '') !== '') return fresh(c, 400, 'Try again.')
    const token = form.fields.get('token') ?? ''
    const verdict = intake.tokens.check(token)
    if (verdict === 'too_soon') return fresh(c, 400, TOO_SOON, draft, token, lostFiles)
    if (verdict === 'too_old') return fresh(c, 400, TOO_OLD, draft, undefined, lostFiles)
    const input = inputOf(draft)
    if (!input.success) return fresh(c, 400, adviceOn(input.error, ADVICE), draft, token, lostFiles)
    if (!limiter.admit(address, 1 - READING)) {
      c.header('retry-after', '3600')
      return fresh(
        c,
        429,
        'Too many reports came from your address. Try again in an hour, or write to us.',
        draft,
        token,
        lostFiles,
      )
    }
    try {
      const by = { type: 'anonymous', id: '-' } as const
      const sender = { channel: 'form', by, organisationId: null, showing: verdict.showing } as const
      const receipt = await intake.reports.submit(input.data, form.files, sender)
      return c.html(reportReceived(deps, receipt), receipt.already ? 200 : 201, FRESH)
    } catch (thrown) {
      const error = known(thrown)
      const words = error.code === 'LEDGER_UNAVAILABLE' ? NOT_RECORDED : sentence(error)
      return fresh(c, statusOf(error), words, draft, token, lostFiles)
    }
  })
}

/** From the same form it counts once, and gets its code. */
const NOT_RECORDED = 'It could not be recorded just now. Send it again in a minute.'
const TOO_SOON = 'That was quicker than anybody writes. Look it over, and send it again.'
const TOO_OLD = 'The page had been open for more than a day, or came from a copy. Look it over, and send it again.'

function statusRoutes(site: Hono, deps: ReportDeps): void {
  const { intake, clock, config } = deps
  const receipts = new ReceiptLimiter(clock, config.reportsPerHour)
  const limit = bodyLimit({
    maxSize: MOST_TEXT_FORM_BYTES,
    onError: (c) => c.html(followReportPage(deps, 'That is more than this form takes.'), 413, FRESH),
  })
  const withCode = async (c: Context, show: (code: string, form: URLSearchParams) => Promise<Response>) => {
    const form = await fieldsOf(c)
    const { address } = clientOf(c)
    if (!receipts.admit(address)) {
      c.header('retry-after', '900')
      return c.html(
        followReportPage(deps, 'Too many tries from your address. Try again in a quarter of an hour.'),
        429,
        FRESH,
      )
    }
    try {
      const shown = await show((form.get('code') ?? '').slice(0, 100), form)
      receipts.looked(address, true)
      return shown
    } catch (thrown) {
      const error = known(thrown)
      receipts.looked(address, error.code !== 'NOT_FOUND')
      return c.html(followReportPage(deps, sentence(error)), error.code === 'NOT_FOUND' ? 404 : statusOf(error), FRESH)
    }
  }

  site.get('/status', (c) => c.html(followReportPage(deps, null), 200, FRESH))
  site.post('/status', limit, (c) =>
    withCode(c, async (code) => c.html(reportStatus(deps, await intake.reports.follow(code), code), 200, FRESH)),
  )
  site.post('/message', limit, (c) =>
    withCode(c, async (code, form) => {
      const followed = await intake.reports.follow(code)
      const input = MessageInput.safeParse({ text: linesOf(form.get('text')) })
      const problem = input.success ? await refused(() => intake.reports.write(code, input.data.text)) : MESSAGE_ADVICE
      if (problem !== null) return c.html(reportStatus(deps, followed, code, problem), 400, FRESH)
      return c.html(reportStatus(deps, await intake.reports.follow(code), code), 200, FRESH)
    }),
  )
  site.post('/withdraw', limit, (c) =>
    withCode(c, async (code, form) => {
      const followed = await intake.reports.follow(code)
      if (form.get('sure') !== 'yes')
        return c.html(reportStatus(deps, followed, code, 'Tick that you are sure.'), 400, FRESH)
      await intake.reports.withdraw(code)
      return c.html(reportStatus(deps, await intake.reports.follow(code), code), 200, FRESH)
    }),
  )
}

const MESSAGE_ADVICE = `Write something, in at most ${MOST_CHARS.story.toLocaleString('en')} characters.`

/** Why something was not done, in words for who asked; null when it was. */
async function refused(work: () => Promise<unknown>): Promise<string | null> {
  try {
    await work()
    return null
  } catch (thrown) {
    const error = known(thrown)
    if (error.code === 'NOT_FOUND' || error.status >= 500) throw error
    return sentence(error)
  }
}

/** @throws {AppError} REQUEST_INVALID, REQUEST_TOO_LARGE, OVERLOADED */
async function readForm(c: Context, budget: UploadBudget): Promise<FormData> {
  const body = c.req.raw.body?.getReader()
  let held = 0
  let drained = 0
  try {
    const reader = new FormReader(boundaryOf(c.req.header('content-type') ?? ''), LIMITS)
    for (;;) {
      const { done, value } = (await body?.read().catch(brokeOff)) ?? { done: true, value: undefined }
      if (done || value === undefined) return reader.end()
      if (!budget.take(value.length)) throw overloaded()
      held += value.length
      reader.push(value)
    }
  } catch (error) {
    for (;;) {
      const rest = await body?.read().catch(() => null)
      drained += rest?.value?.length ?? 0
      if (rest == null || rest.done || drained > MOST_DRAINED_BYTES) break
    }
    await body?.cancel().catch(() => {})
    throw error
  } finally {
    budget.giveBack(held)
  }
}

function brokeOff(cause: unknown): never {
  throw new AppError('REQUEST_INVALID', 'the form broke off', { cause })
}

function overloaded(): AppError {
  return new AppError('OVERLOADED', 'Too many files are on their way at the moment. Try again in a minute.')
}

function draftOf(form: FormData['fields']): ReportDraft {
  const field = (name: keyof ReportDraft) => linesOf(form.get(name)).trim()
  return {
    kind: field('kind'),
    story: field('story'),
    category: field('category'),
    decision: field('decision'),
    model: field('model'),
    steps: field('steps'),
    output: field('output'),
    contact: field('contact'),
    credit: field('credit'),
  }
}

/** What is left empty is not given. */
function inputOf(draft: ReportDraft): ReturnType<typeof ReportInput.safeParse> {
  return ReportInput.safeParse(Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== '')))
}

const ADVICE: Readonly<Record<string, string>> = {
  kind: 'Choose what it is.',
  story: `Say what happened, in at most ${MOST_CHARS.story.toLocaleString('en')} characters.`,
  decision: 'The number of the decision is not one; it may stay empty.',
  steps: `The prompt is longer than ${MOST_CHARS.steps.toLocaleString('en')} characters: send it as a file.`,
  output: `The answer is longer than ${MOST_CHARS.output.toLocaleString('en')} characters: shorten it, or send it as a file.`,
}

function statusOf({ status }: AppError): 400 | 413 | 429 | 503 {
  return status === 413 || status === 429 ? status : status < 500 ? 400 : 503
}
