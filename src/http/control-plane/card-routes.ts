import type { OpenAPIHono } from '@hono/zod-openapi'
import { AppError } from '../../base/errors.ts'
import {
  CARD_PUBLISH_ACTION,
  CARD_STYLE_HASH,
  type CardVersion,
  type ModelCard,
  printCard,
} from '../../models/cards/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import { actorOf, approvalView, identityOf, type RouteAction, type RouteActions } from '../staff/index.ts'
import * as api from './card-api.ts'
import type { ControlPlaneDeps } from './deps.ts'

const read: RouteAction = { action: 'models.read', operator: true }
const edit: RouteAction = { action: 'cards.edit', operator: true }

export const CARD_ACTIONS: RouteActions = new Map<string, RouteAction>([
  ['GET /api/v1/cards', read],
  ['POST /api/v1/cards/lint', edit],
  ['POST /api/v1/cards/new', edit],
  ['POST /api/v1/cards/renew', edit],
  ['POST /api/v1/cards/import', edit],
  ['GET /api/v1/cards/:model', read],
  ['GET /api/v1/cards/:model/versions/:version', read],
  ['PUT /api/v1/cards/:model/draft', edit],
  ['GET /api/v1/cards/:model/diff', read],
  ['GET /api/v1/cards/:model/export', read],
  ['POST /api/v1/cards/:model/proposal', edit],
  // Decisions: by people.
  ['POST /api/v1/cards/:model/publish', { action: 'cards.publish' }],
  ['POST /api/v1/cards/:model/versions/:version/withdraw', { action: 'cards.publish' }],
])

/** An export opens in a browser: its own style, the drawings in it, and no script, no source, no frame. */
const EXPORT_POLICY = `default-src 'none'; style-src 'sha256-${CARD_STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

/** Model cards. */
export function cardRoutes({ cards, staff, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  const head = ({ card: _, text: __, ...shown }: CardVersion) => shown
  const draft = async (card: ModelCard, notes: readonly string[] = []) => {
    const text = printCard(card)
    return { text, check: await cards.check(text), notes: [...notes] }
  }
  return createRouter(log)
    .openapi(api.listCards, async (c) => {
      const { items, next } = await cards.list(c.req.valid('query'))
      return c.json({ items: items.map((one) => ({ ...one })), next }, 200)
    })
    .openapi(api.checkCard, async (c) => c.json(await cards.check(c.req.valid('json').text), 200))
    .openapi(api.newCard, async (c) => {
      const { model, deployment } = c.req.valid('json')
      return c.json(await draft(await cards.new(model, deployment)), 200)
    })
    .openapi(api.renewCard, async (c) =>
      c.json(await draft(await cards.renew(cards.read(c.req.valid('json').text))), 200),
    )
    .openapi(api.importCard, async (c) => {
      const { model, text } = c.req.valid('json')
      const { card, notes } = await cards.import(text, model)
      return c.json(await draft(card, notes), 200)
    })
    .openapi(api.getCard, async (c) => {
      const { model } = c.req.valid('param')
      return c.json({ ...(await cards.row(model)), versions: await cards.versions(model) }, 200)
    })
    .openapi(api.getCardVersion, async (c) => {
      const { model, version } = c.req.valid('param')
      const found = await cards.get(model, version)
      return c.json({ ...found, check: await cards.check(found.text) }, 200)
    })
    .openapi(api.saveCard, async (c) => {
      const { text, revision } = c.req.valid('json')
      const { model } = cards.read(text).identity
      if (model !== c.req.valid('param').model)
        throw new AppError('REQUEST_INVALID', `body: the card is of ${model}, and the address says another model`)
      return c.json(head(await cards.save(text, actorOf(c), revision)), 200)
    })
    .openapi(api.diffCard, async (c) => {
      const { from, to, audience } = c.req.valid('query')
      return c.json(await cards.diff(c.req.valid('param').model, from, to, audience), 200)
    })
    .openapi(api.exportCard, async (c) => {
      const { format, audience, version } = c.req.valid('query')
      const file = await cards.export(await cards.get(c.req.valid('param').model, version), format, audience)
      const headers = { 'content-type': file.contentType, 'content-security-policy': EXPORT_POLICY }
      const isPage = file.contentType.startsWith('text/html')
      const disposition = `${isPage ? 'inline' : 'attachment'}; filename="${file.fileName}"`
      return c.body(file.body, 200, { ...headers, 'content-disposition': disposition })
    })
    .openapi(api.proposeCard, async (c) =>
      c.json(head(await cards.propose(c.req.valid('param').model, c.req.valid('json'), actorOf(c))), 200),
    )
    .openapi(api.publishCard, async (c) => {
      const payload = await cards.publication(c.req.valid('param').model, c.req.valid('json'))
      const requester = identityOf(c).person.id
      const { reason } = payload
      const approval = await staff.approvals.request({ action: CARD_PUBLISH_ACTION, payload, reason, requester })
      return c.json(await approvalView(staff, approval), 201)
    })
    .openapi(api.withdrawCard, async (c) => {
      const { model, version } = c.req.valid('param')
      return c.json(head(await cards.withdraw(model, version, c.req.valid('json').reason, actorOf(c))), 200)
    })
}
