import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { chunksOf } from '../../base/chunks.ts'
import { Name, NewUpload, Upload, VaultFile, VaultVersion } from '../../weights/vault/index.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import {
  actorOf,
  body,
  created,
  done,
  IdParam,
  listOf,
  ok,
  PageQuery,
  pageOf,
  type RouteActions,
  SECURITY,
  SECURITY_OPERATOR,
} from '../staff/index.ts'
import type { ControlPlaneDeps } from './deps.ts'

/** Where parts of uploads come in. */
export const UPLOADS_PATH = '/api/v1/weights/uploads'
/** The parts of a file of 16 TiB, of which a store of objects takes 10,000. */
export const MAX_PART_BYTES = 2 * 1024 * 1024 * 1024

/** Putting in is not opening: the operator's token may. */
export const WEIGHTS_VAULT_ACTIONS: RouteActions = new Map([
  ['GET /api/v1/weights/versions', { action: 'weights.read', operator: true }],
  ['GET /api/v1/weights/versions/:model/:version', { action: 'weights.read', operator: true }],
  ['GET /api/v1/weights/versions/:model/:version/files', { action: 'weights.read', operator: true }],
  [`POST ${UPLOADS_PATH}`, { action: 'weights.put', operator: true }],
  [`GET ${UPLOADS_PATH}/:id`, { action: 'weights.put', operator: true }],
  [`PUT ${UPLOADS_PATH}/:id/files/:file/parts/:part`, { action: 'weights.put', operator: true }],
  [`POST ${UPLOADS_PATH}/:id/seal`, { action: 'weights.put', operator: true }],
  [`DELETE ${UPLOADS_PATH}/:id`, { action: 'weights.put', operator: true }],
  ['POST /api/v1/weights/models/:model/key', { action: 'weights.rotate', operator: true }],
])

const security = SECURITY_OPERATOR
const path = (of: string) => `/weights/${of}`
/** Whether it is a decoy nobody learns who looks around. */
const ShownVersion = VaultVersion.omit({ decoy: true }).meta({ id: 'VaultVersion' })
const ShownFile = VaultFile.omit({ canary: true }).meta({ id: 'VaultFile' })
const versionParams = z.object({ model: Name, version: Name })
const Position = z.string().regex(/^\d{1,9}$/, 'a position from 0')
const Rotation = z
  .object({
    model: Name,
    keyVersion: z.int(),
    dataKeys: z.int().meta({ description: 'keys of files that were wrapped anew' }),
  })
  .meta({ id: 'VaultKeyRotation' })

const listVersions = createRoute({
  method: 'get',
  path: path('versions'),
  operationId: 'listVaultVersions',
  summary: 'What is in the vault, by model and version',
  security,
  request: { query: PageQuery.extend({ model: Name.optional() }) },
  responses: ok('One page', pageOf(ShownVersion, 'VaultVersionPage')),
})
const getVersion = createRoute({
  method: 'get',
  path: path('versions/{model}/{version}'),
  operationId: 'getVaultVersion',
  summary: 'One version',
  security,
  request: { params: versionParams },
  responses: ok('The version', ShownVersion),
})
const listFiles = createRoute({
  method: 'get',
  path: path('versions/{model}/{version}/files'),
  operationId: 'listVaultFiles',
  summary: 'The files of a version; none once it is erased',
  security,
  request: { params: versionParams },
  responses: ok('By position', listOf(ShownFile, 'VaultFileList')),
})
const beginUpload = createRoute({
  method: 'post',
  path: path('uploads'),
  operationId: 'beginVaultUpload',
  summary: 'Begin to put a version into the vault, or find the upload of the same files that was interrupted',
  security,
  request: { body: body(NewUpload) },
  responses: created('The upload, with the parts that are in', Upload),
})
const getUpload = createRoute({
  method: 'get',
  path: path('uploads/{id}'),
  operationId: 'getVaultUpload',
  summary: 'An upload, with the parts that are in',
  security,
  request: { params: IdParam },
  responses: ok('The upload', Upload),
})
const putPart = createRoute({
  method: 'put',
  path: path('uploads/{id}/files/{file}/parts/{part}'),
  operationId: 'putVaultPart',
  summary: 'Send one part of a file; it is encrypted and stored when this answers',
  security,
  request: {
    params: IdParam.extend({ file: Position, part: Position }),
    body: {
      required: true,
      content: { 'application/octet-stream': { schema: z.string().meta({ format: 'binary' }) } },
    },
  },
  responses: done,
})
const sealUpload = createRoute({
  method: 'post',
  path: path('uploads/{id}/seal'),
  operationId: 'sealVaultUpload',
  summary: 'Make a version of what is in, once every part is',
  security,
  request: { params: IdParam },
  responses: created('The version', ShownVersion),
})
const abandonUpload = createRoute({
  method: 'delete',
  path: path('uploads/{id}'),
  operationId: 'abandonVaultUpload',
  summary: 'Give an upload up; what is stored of it goes',
  security,
  request: { params: IdParam },
  responses: done,
})
const rotateKey = createRoute({
  method: 'post',
  path: path('models/{model}/key'),
  operationId: 'rotateVaultKey',
  summary: 'A new key for a model: keys of files are wrapped anew, no file is written anew',
  security: SECURITY,
  request: { params: z.object({ model: Name }) },
  responses: created('What was done', Rotation),
})

/** What is in the vault, and how it comes in. What is read of it leaves by a door of its own. */
export function weightsVaultRoutes({ weights: { vault }, log }: ControlPlaneDeps): OpenAPIHono<HttpEnv> {
  const idOf = ({ model, version }: z.infer<typeof versionParams>) => `${model}/${version}`
  return createRouter(log)
    .openapi(listVersions, async (c) => {
      const { items, next } = await vault.versions.list({ ...c.req.valid('query'), decoys: true })
      return c.json({ items: items.map((one) => ShownVersion.parse(one)), next }, 200)
    })
    .openapi(getVersion, async (c) =>
      c.json(ShownVersion.parse(await vault.versions.get(idOf(c.req.valid('param')))), 200),
    )
    .openapi(listFiles, async (c) => {
      const files = await vault.versions.files(idOf(c.req.valid('param')))
      return c.json({ items: files.map((file) => ShownFile.parse(file)) }, 200)
    })
    .openapi(beginUpload, async (c) => c.json(await vault.uploads.begin(c.req.valid('json'), actorOf(c)), 201))
    .openapi(getUpload, async (c) => c.json(await vault.uploads.get(c.req.valid('param').id), 200))
    .openapi(putPart, async (c) => {
      const { id, file, part } = c.req.valid('param')
      const { body: bytes } = c.req.raw
      // The one part of an empty file is empty; of any other the vault says that bytes are missing.
      const chunks = chunksOf(bytes ?? new Blob([]).stream())
      await vault.uploads.putPart(id, Number(file), Number(part), chunks)
      return c.body(null, 204)
    })
    .openapi(sealUpload, async (c) =>
      c.json(ShownVersion.parse(await vault.uploads.finish(c.req.valid('param').id, actorOf(c))), 201),
    )
    .openapi(abandonUpload, async (c) => {
      await vault.uploads.abandon(c.req.valid('param').id, actorOf(c))
      return c.body(null, 204)
    })
    .openapi(rotateKey, async (c) => {
      const { model } = c.req.valid('param')
      return c.json(Rotation.parse(await vault.rotateKey(model, actorOf(c))), 201)
    })
}
