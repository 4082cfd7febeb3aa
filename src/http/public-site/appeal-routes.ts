import type { Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { AppealInput } from '../../accounts/redress/index.ts'
import type { AppError } from '../../base/errors.ts'
import { clientOf } from '../address.ts'
import {
  type AppealDraft,
  appealForm,
  EMPTY_DRAFT,
  followPage,
  HONEYPOT,
  receiptPage,
  statusPage,
} from './appeal-pages.ts'
import { decisionLookupPage, decisionPage, noDecisionPage } from './decision-page.ts'
import type { PublicSiteDeps, RedressDeps } from './deps.ts'
import { FormLimiter } from './form-limiter.ts'
import { adviceOn, fieldsOf, known, linesOf, sentence } from './plain-form.ts'

const MAX_FORM_BYTES = 64 * 1024
const FRESH = { 'cache-control': 'no-store' }
const NUMBER = /^(dec|act)_[0-9A-HJKMNP-TV-Z]{26}$/

/**
 * Statements of reasons, and appeals by form. No cookie and no session stands behind a form, so another site that made somebody's browser
 * send one would only send an appeal of its own: there is nothing here for a forged request to borrow, and no token against that.
 */
export function appealRoutes(site: Hono, { clock }: Pick<PublicSiteDeps, 'clock'>, deps: RedressDeps): void {
  const limiter = new FormLimiter(clock, deps.appealsPerHour)
  const limit = bodyLimit({
    maxSize: MAX_FORM_BYTES,
    onError: (c) => c.html(appealForm(deps, EMPTY_DRAFT, 'That is more than this form takes.'), 413, FRESH),
  })
  site.get('/decisions', (c) => {
    const id = (c.req.query('id') ?? '').trim().slice(0, 100)
    if (NUMBER.test(id)) return c.redirect(`/decisions/${id}`, 303)
    return c.html(decisionLookupPage(deps, id), id === '' ? 200 : 400, FRESH)
  })
  site.get('/decisions/:id', async (c) => {
    const found = await deps.redress.statements.find(c.req.param('id').slice(0, 100))
    if (found === null) return c.html(noDecisionPage(deps), 404, FRESH)
    return c.html(decisionPage(deps, found.statement, clock.now()), 200, FRESH)
  })

  site.get('/appeal', (c) => {
    const about = (c.req.query('about') ?? '').slice(0, 100)
    return c.html(appealForm(deps, { ...EMPTY_DRAFT, about }, null), 200, FRESH)
  })
  site.get('/appeal/:receipt', (c) => c.html(followPage(deps, c.req.param('receipt').slice(0, 100), null), 200, FRESH))

  site.post('/appeal', limit, async (c) => {
    const form = await fieldsOf(c)
    const draft = draftOf(form)
    if (!limiter.admit(clientOf(c).address)) {
      c.header('retry-after', '3600')
      return c.html(
        appealForm(deps, draft, 'Too many appeals came from your address. Try again in an hour.'),
        429,
        FRESH,
      )
    }
    // A program that fills in every field gets an answer that tells it nothing.
    if ((form.get(HONEYPOT) ?? '') !== '') return c.html(appealForm(deps, EMPTY_DRAFT, 'Try again.'), 400, FRESH)
    const input = AppealInput.safeParse({ ...draft, contact: draft.contact === '' ? null : draft.contact })
    if (!input.success) return c.html(appealForm(deps, draft, adviceOn(input.error, ADVICE)), 400, FRESH)
    try {
      const { appeal, secret } = await deps.redress.appeals.fileByForm(input.data)
      return c.html(receiptPage(deps, appeal, secret), 201, FRESH)
    } catch (thrown) {
      const error = known(thrown)
      return c.html(appealForm(deps, draft, sentence(error)), error.status === 404 ? 404 : conflictOr503(error), FRESH)
    }
  })

  site.post('/appeal/status', limit, (c) =>
    follow(c, deps, limiter, async (receipt, secret) => {
      const shown = await deps.redress.appeals.follow(receipt, secret)
      return c.html(statusPage(deps, shown, secret, clock.now()), 200, FRESH)
    }),
  )
  site.post('/appeal/withdraw', limit, (c) =>
    follow(c, deps, limiter, async (receipt, secret) => {
      await deps.redress.appeals.withdrawByForm(receipt, secret)
      const shown = await deps.redress.appeals.follow(receipt, secret)
      return c.html(statusPage(deps, shown, secret, clock.now()), 200, FRESH)
    }),
  )
}

async function follow(
  c: Context,
  deps: RedressDeps,
  limiter: FormLimiter,
  show: (receipt: string, secret: string) => Promise<Response>,
): Promise<Response> {
  const form = await fieldsOf(c)
  const receipt = (form.get('receipt') ?? '').trim().slice(0, 100)
  if (!limiter.admit(clientOf(c).address, 0.2)) {
    c.header('retry-after', '3600')
    return c.html(followPage(deps, receipt, 'Too many tries from your address. Try again in an hour.'), 429, FRESH)
  }
  try {
    return await show(receipt, form.get('secret') ?? '')
  } catch (thrown) {
    const error = known(thrown)
    return c.html(followPage(deps, receipt, sentence(error)), error.status === 404 ? 404 : conflictOr503(error), FRESH)
  }
}

function draftOf(form: URLSearchParams): AppealDraft {
  const field = (name: string) => linesOf(form.get(name))
  return { about: field('about').trim(), text: field('text'), contact: field('contact').trim() }
}

const ADVICE: Readonly<Record<string, string>> = {
  about: 'Give the number of the decision.',
  text: 'Say why it was wrong, in at most 5,000 characters.',
  contact: 'The e-mail address is not one; it may stay empty.',
}

function conflictOr503({ status }: AppError): 400 | 409 | 503 {
  return status === 409 ? 409 : status < 500 ? 400 : 503
}
