import { createRoute, z } from '@hono/zod-openapi'
import {
  AUDIENCES,
  CARD_FORMATS,
  CardCheck,
  CardDiff,
  CardHead,
  CardStanding,
  CardVersion,
  MAX_CARD_BYTES,
} from '../../models/cards/index.ts'
import { ApprovalView, body, created, ok, PageQuery, pageOf, SECURITY, SECURITY_OPERATOR } from '../staff/index.ts'

/** Every character of a card may take six in JSON. */
export const MAX_CARD_BODY_BYTES = 6 * MAX_CARD_BYTES + 4_096
export const CARDS_PATH = '/api/v1/cards'

const security = SECURITY_OPERATOR
const Model = z.string().max(100)
const params = z.object({ model: Model })
const Version = z.string().max(20).meta({ description: '`draft`, `current`, or a number' })
const Text = z.string().max(MAX_CARD_BYTES).meta({ description: 'a card, YAML or JSON' })
const CardText = z.strictObject({ text: Text }).meta({ id: 'CardText' })
const Digest = z.string().regex(/^[0-9a-f]{64}$/)
const Audience = z.enum(AUDIENCES)

export const CardRowView = z
  .object({
    model: z.string(),
    title: z.string(),
    current: z.union([CardHead, z.null()]),
    draft: z.union([CardHead, z.null()]),
    standing: CardStanding,
  })
  .meta({ id: 'CardRow' })

/** A card that was made, for somebody to go on with. */
export const CardDraftView = z
  .object({
    text: z.string(),
    check: CardCheck,
    notes: z.array(z.string()).meta({ description: 'what was not understood' }),
  })
  .meta({ id: 'CardDraft' })

const Asking = z
  .strictObject({
    digest: Digest.meta({ description: 'of the draft that was read' }),
    reason: z.string().trim().min(1).max(1_000),
  })
  .meta({ id: 'CardAsking' })

export const listCards = createRoute({
  method: 'get',
  path: '/cards',
  operationId: 'listCards',
  summary: 'Every model line with its card, and whether that still holds',
  security,
  request: { query: PageQuery },
  responses: ok('One page', pageOf(CardRowView, 'CardPage')),
})
export const checkCard = createRoute({
  method: 'post',
  path: '/cards/lint',
  operationId: 'lintCard',
  summary: 'What there is to say about a card, line by line; keeps nothing',
  security,
  request: { body: body(CardText) },
  responses: ok('What was found', CardCheck),
})
export const newCard = createRoute({
  method: 'post',
  path: '/cards/new',
  operationId: 'newCard',
  summary: 'A card with everything that is on record; keeps nothing',
  security,
  request: {
    body: body(z.strictObject({ model: Model, deployment: Model.nullable().default(null) }).meta({ id: 'NewCard' })),
  },
  responses: ok('The card', CardDraftView),
})
export const renewCard = createRoute({
  method: 'post',
  path: '/cards/renew',
  operationId: 'renewCard',
  summary: 'The words of a card over what is on record now; keeps nothing',
  security,
  request: { body: body(CardText) },
  responses: ok('The card', CardDraftView),
})
export const importCard = createRoute({
  method: 'post',
  path: '/cards/import',
  operationId: 'importCard',
  summary: 'A card from a README of the Hugging Face hub; keeps nothing',
  security,
  request: { body: body(z.strictObject({ model: Model, text: Text }).meta({ id: 'CardImport' })) },
  responses: ok('The card, and what was not understood', CardDraftView),
})
export const getCard = createRoute({
  method: 'get',
  path: '/cards/{model}',
  operationId: 'getCard',
  summary: 'How the card of a model line stands, and its versions, newest first',
  security,
  request: { params },
  responses: ok('The card', CardRowView.extend({ versions: z.array(CardHead) }).meta({ id: 'CardOverview' })),
})
export const getCardVersion = createRoute({
  method: 'get',
  path: '/cards/{model}/versions/{version}',
  operationId: 'getCardVersion',
  summary: 'One version of a card with its text, and what lint says of it now',
  security,
  request: { params: params.extend({ version: Version }) },
  responses: ok('The version', CardVersion.extend({ check: CardCheck }).meta({ id: 'CardVersionWithCheck' })),
})
export const saveCard = createRoute({
  method: 'put',
  path: '/cards/{model}/draft',
  operationId: 'saveCard',
  summary: 'Keep a draft; refused when somebody else has saved meanwhile',
  security,
  request: {
    params,
    body: body(
      CardText.extend({
        revision: z.int().positive().nullable().optional().meta({
          description: 'of the draft that was edited; null = there was none; left out: whatever stands there',
        }),
      }).meta({ id: 'CardSave' }),
    ),
  },
  responses: ok('The draft', CardHead),
})
export const diffCard = createRoute({
  method: 'get',
  path: '/cards/{model}/diff',
  operationId: 'diffCards',
  summary: 'What has changed in meaning between two versions',
  security,
  request: { params, query: z.object({ from: Version, to: Version, audience: Audience.default('internal') }) },
  responses: ok('The changes', CardDiff),
})
export const exportCard = createRoute({
  method: 'get',
  path: '/cards/{model}/export',
  operationId: 'exportCard',
  summary: 'A card as a file that others read',
  security,
  request: {
    params,
    query: z.object({
      format: z.enum(CARD_FORMATS).default('json'),
      audience: Audience.default('public'),
      version: Version.default('current'),
    }),
  },
  responses: {
    ...ok('The file', z.string()),
    200: {
      description: 'The file',
      content: {
        'application/json': { schema: z.string() },
        'text/markdown': { schema: z.string() },
        'text/html': { schema: z.string() },
      },
    },
  },
})
export const proposeCard = createRoute({
  method: 'post',
  path: '/cards/{model}/proposal',
  operationId: 'proposeCard',
  summary: 'File the draft for publication; people then ask for it and agree, in the console',
  security,
  request: { params, body: body(Asking) },
  responses: ok('The draft', CardHead),
})
export const publishCard = createRoute({
  method: 'post',
  path: '/cards/{model}/publish',
  operationId: 'publishCard',
  summary: 'Ask that the draft be published; another person must agree, and lint must pass then too',
  security: SECURITY,
  request: { params, body: body(Asking) },
  responses: created('What was asked for', ApprovalView),
})
export const withdrawCard = createRoute({
  method: 'post',
  path: '/cards/{model}/versions/{version}/withdraw',
  operationId: 'withdrawCard',
  summary: 'Take a version back: it stays readable, marked so, and counts no more',
  security: SECURITY,
  request: {
    params: z.object({ model: Model, version: z.coerce.number().int().positive().max(1e8) }),
    body: body(z.strictObject({ reason: z.string().trim().min(1).max(1_000) }).meta({ id: 'CardWithdrawal' })),
  },
  responses: ok('The version', CardHead),
})
