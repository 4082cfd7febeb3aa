import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { AppError } from '../../base/errors.ts'
import { LedgerEntry } from '../../ledger/index.ts'
import { createRouter, type HttpEnv, problemResponse } from '../router.ts'
import { ok, type RouteActions, SECURITY_OPERATOR as SECURITY } from '../staff/index.ts'
import { shown } from './concealed.ts'
import type { ControlPlaneDeps } from './deps.ts'
import { LedgerPage, LedgerProof } from './schema.ts'

const PositionParam = z.object({
  position: z
    .string()
    .regex(/^\d{1,15}$/, 'a position, counted from 0')
    .transform(Number),
})

export const LEDGER_ACTIONS: RouteActions = new Map([
  ['GET /api/v1/ledger/entries', { action: 'ledger.read', operator: true }],
  ['GET /api/v1/ledger/entries/:position', { action: 'ledger.read', operator: true }],
  ['GET /api/v1/ledger/checkpoint', { action: 'ledger.read', operator: true }],
  ['GET /api/v1/ledger/proof/:position', { action: 'ledger.read', operator: true }],
])
/** A proof waits for the next checkpoint, which comes within a second unless the ledger can't publish. */
const PROOF_TIMEOUT_MS = 5_000

const listEntries = createRoute({
  method: 'get',
  path: '/ledger/entries',
  operationId: 'listLedgerEntries',
  summary: 'Read ledger entries in order',
  security: SECURITY,
  request: {
    query: z.object({
      from: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
      limit: z.coerce.number().int().min(1).max(1000).default(100),
    }),
  },
  responses: ok('One page', LedgerPage),
})
const getEntry = createRoute({
  method: 'get',
  path: '/ledger/entries/{position}',
  operationId: 'getLedgerEntry',
  summary: 'Read one ledger entry',
  security: SECURITY,
  request: { params: PositionParam },
  responses: ok('The entry', LedgerEntry),
})
const getCheckpoint = createRoute({
  method: 'get',
  path: '/ledger/checkpoint',
  operationId: 'getLedgerCheckpoint',
  summary: 'Read the newest checkpoint, a C2SP signed note, with the cosignatures of witnesses where it has the quorum',
  security: SECURITY,
  responses: {
    200: { description: 'The checkpoint', content: { 'text/plain': { schema: z.string() } } },
    default: problemResponse,
  },
})
const getProof = createRoute({
  method: 'get',
  path: '/ledger/proof/{position}',
  operationId: 'proveLedgerEntry',
  summary: 'A proof of one entry that verifies offline; it discloses the event and its salt',
  security: SECURITY,
  request: { params: PositionParam },
  responses: ok('The proof', LedgerProof),
})

/** The ledger as staff may read it. */
export function ledgerRoutes({ ledger, log, witnessing = null }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  return createRouter(log)
    .openapi(listEntries, async (c) => {
      const { from, limit } = c.req.valid('query')
      const items = (await ledger.entries(from, limit)).map(shown)
      const end = from + items.length
      return c.json({ items, size: ledger.size, next: items.length > 0 && end < ledger.size ? end : null }, 200)
    })
    .openapi(getEntry, async (c) => c.json(shown(await ledger.entry(c.req.valid('param').position)), 200))
    .openapi(getCheckpoint, (c) => c.text(witnessing?.served() ?? ledger.checkpoint(), 200))
    .openapi(getProof, async (c) => {
      const { position } = c.req.valid('param')
      if (shown(await ledger.entry(position)).event === null)
        throw new AppError('LEDGER_ENTRY_NOT_FOUND', `nothing of ledger entry ${position} is told here`)
      const made = await withTimeout(ledger.proof(position))
      const proof = (await witnessing?.strengthen(made)) ?? made
      return c.json({ ...proof, inclusion: [...proof.inclusion] }, 200)
    })
}

async function withTimeout<T>(proof: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    reject(new AppError('LEDGER_UNAVAILABLE', 'no checkpoint covers this entry yet: see /readyz for the reason'))
  }, PROOF_TIMEOUT_MS)
  try {
    return await Promise.race([proof, late])
  } finally {
    clearTimeout(timer)
  }
}
