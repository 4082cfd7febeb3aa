import { setTimeout as wait } from 'node:timers/promises'
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { toAppError } from '../../base/errors.ts'
import { Name, type Vault, type VaultFinding } from '../../weights/vault/index.ts'
import { createRouter, type HttpEnv, problemResponse } from '../router.ts'
import { actorOf, body, listOf, ok, type RouteActions, SECURITY_OPERATOR } from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'

export const WEIGHTS_CHECK_ACTIONS: RouteActions = new Map([
  ['POST /api/v1/weights/checks', { action: 'weights.rotate', operator: true }],
  ['POST /api/v1/weights/recoveries', { action: 'weights.rotate', operator: true }],
  ['POST /api/v1/weights/root-key', { action: 'weights.rotate', operator: true }],
  ['GET /api/v1/weights/versions/:model/:version/signature', { action: 'weights.read', operator: true }],
  ['GET /api/v1/weights/versions/:model/:version/bom', { action: 'weights.read', operator: true }],
  ['GET /api/v1/weights/signing-key', { action: 'weights.read', operator: true }],
])

const TELL_MS = 1_000
/** A JSON value a line. */
const LINES: string = 'application/x-ndjson'
const security = SECURITY_OPERATOR
const path = (of: string) => `/weights/${of}`
const versionParams = z.object({ model: Name, version: Name })
const NewCheck = z
  .strictObject({
    model: Name.optional(),
    version: z.string().max(200).optional().meta({ description: '`model/version`' }),
    deep: z.boolean().default(false).meta({ description: 'decrypt everything, and compare it with what was sealed' }),
  })
  .meta({ id: 'NewVaultCheck' })
/** One line of a check's answer. The last one is `done` or `failed`; an answer without either broke off. */
type CheckLine =
  | { readonly type: 'progress'; readonly bytes: number }
  | ({ readonly type: 'finding' } & VaultFinding)
  | { readonly type: 'done'; readonly findings: number; readonly bytes: number }
  | { readonly type: 'failed'; readonly code: string; readonly says: string }
const Recovered = z
  .object({ version: z.string(), outcome: z.enum(['restored', 'known', 'failed']), says: z.string() })
  .meta({ id: 'VaultRecovery' })
const SigningKey = z.object({ pem: z.string() }).meta({ id: 'VaultSigningKey' })
const Rewrapped = z.object({ models: z.int() }).meta({ id: 'VaultRewrap' })
const Bundle = z.record(z.string(), z.unknown())

const check = createRoute({
  method: 'post',
  path: path('checks'),
  operationId: 'checkVault',
  summary: 'Look whether all that was sealed is there and as it was: a JSON value a line, as it is found',
  security,
  request: { body: body(NewCheck) },
  responses: {
    200: {
      description:
        'Lines of `type` finding (version, position of the file, problem, says), progress (bytes compared), and at last done (findings, bytes) or failed (code, says)',
      content: { [LINES]: { schema: z.string() } },
    },
    default: problemResponse,
  },
})
const recover = createRoute({
  method: 'post',
  path: path('recoveries'),
  operationId: 'recoverVault',
  summary: 'After the database was lost: make the vault’s records anew out of its store; what is known stays',
  security,
  responses: ok('What became of each version in the store', listOf(Recovered, 'VaultRecoveryList')),
})
const rewrap = createRoute({
  method: 'post',
  path: path('root-key'),
  operationId: 'rewrapVault',
  summary: 'Wrap every model’s key by the root key that is configured now',
  security,
  responses: ok('Of how many models', Rewrapped),
})
const getSignature = createRoute({
  method: 'get',
  path: path('versions/{model}/{version}/signature'),
  operationId: 'getVaultSignature',
  summary: 'A version signed, as OpenSSF model signing has it; made of stored digests',
  security,
  request: { params: versionParams },
  responses: ok('A Sigstore bundle', Bundle),
})
const getBom = createRoute({
  method: 'get',
  path: path('versions/{model}/{version}/bom'),
  operationId: 'getVaultBom',
  summary: 'What a version consists of: a machine-learning bill of materials, CycloneDX 1.6',
  security,
  request: { params: versionParams },
  responses: ok('The bill of materials', Bundle),
})
const getSigningKey = createRoute({
  method: 'get',
  path: path('signing-key'),
  operationId: 'getVaultSigningKey',
  summary: 'The public key by which signatures of versions are checked',
  security,
  responses: ok('PEM', SigningKey),
})

/** Whether what is kept is whole, and what others can check of it. */
export function weightsCheckRoutes({ weights: { vault }, stopping, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  const idOf = ({ model, version }: z.infer<typeof versionParams>) => `${model}/${version}`
  return createRouter(log)
    .openapi(check, (c) => {
      const signal = AbortSignal.any([c.req.raw.signal, ...(stopping === undefined ? [] : [stopping])])
      const lines = linesOf(vault, { ...c.req.valid('json'), by: actorOf(c), signal })
      return c.body(asBody(lines), 200, { 'content-type': LINES })
    })
    .openapi(recover, async (c) => c.json({ items: await vault.recover(actorOf(c)) }, 200))
    .openapi(rewrap, async (c) => c.json({ models: await vault.rewrap(actorOf(c)) }, 200))
    .openapi(getSignature, async (c) =>
      c.json(Bundle.parse(JSON.parse(await vault.signature(idOf(c.req.valid('param'))))), 200),
    )
    .openapi(getBom, async (c) => c.json(Bundle.parse(await vault.bom(idOf(c.req.valid('param')))), 200))
    .openapi(getSigningKey, (c) => c.json({ pem: vault.signingKey }, 200))
}

/** Findings as they are made, and now and then how far it is; what fails is the last line, since the answer has begun. */
async function* linesOf(
  vault: Vault,
  options: Parameters<Vault['fsck']>[0],
): AsyncGenerator<CheckLine, void, undefined> {
  let bytes = 0
  let findings = 0
  const onProgress = (more: number) => {
    bytes += more
  }
  const found = vault.fsck({ ...options, onProgress })
  try {
    for (let next = found.next(); ; ) {
      const result = await Promise.race([next, wait(TELL_MS, null, { ref: false })])
      if (result === null) {
        yield { type: 'progress', bytes }
        continue
      }
      if (result.done === true) break
      findings += 1
      yield { type: 'finding', ...result.value }
      next = found.next()
    }
    yield { type: 'done', findings, bytes }
  } catch (error) {
    const { code, message } = toAppError(error)
    yield { type: 'failed', code, says: message }
  } finally {
    await found.return()
  }
}

/** One line at a time, as they are taken; who goes away ends the work. */
function asBody(lines: AsyncGenerator<CheckLine, void, undefined>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    pull: async (controller) => {
      const { done, value } = await lines.next()
      if (done === true) controller.close()
      else controller.enqueue(encoder.encode(`${JSON.stringify(value)}\n`))
    },
    cancel: async () => void (await lines.return()),
  })
}
