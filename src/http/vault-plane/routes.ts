import { createRoute, z } from '@hono/zod-openapi'
import { Device, Draft, DraftProgress, Grant, NewDraft } from '../../weights/access/index.ts'
import { FileView, SessionView, TensorView } from '../../weights/reading/index.ts'
import { problemResponse } from '../router.ts'

const NewSession = z
  .strictObject({ grant: z.string().min(1).max(100).meta({ description: 'id of an active grant for this device' }) })
  .meta({ id: 'NewWeightsSession' })
const Files = z.object({ files: z.array(FileView) }).meta({ id: 'WeightsFiles' })
const Tensors = z
  .object({
    tensors: z.array(TensorView).nullable().meta({ description: 'null where the file is of no kind that has tensors' }),
  })
  .meta({ id: 'WeightsTensors' })

const Position = z.object({
  n: z
    .string()
    .regex(/^\d{1,7}$/, 'a position as the list of files has it')
    .transform(Number)
    .openapi({ type: 'integer', minimum: 0 }),
})
const json = <T extends z.ZodType>(description: string, schema: T) => ({
  description,
  content: { 'application/json': { schema } },
})
const binary = { 'application/octet-stream': { schema: z.string().openapi({ format: 'binary' }) } }
const BYTES = {
  200: { description: 'All of it', content: binary },
  206: { description: 'The range asked for', content: binary },
  304: { description: 'As it was' },
  416: { description: 'The range is not within it', content: problemResponse.content },
  default: problemResponse,
}

export const postSession = createRoute({
  method: 'post',
  path: '/sessions',
  operationId: 'startWeightsSession',
  summary: 'Begin to read under a grant, with a proof of the device’s key (DPoP, RFC 9449)',
  request: { body: { required: true, content: { 'application/json': { schema: NewSession } } } },
  responses: { 201: json('The session, good for a quarter of an hour', SessionView), default: problemResponse },
})

export const getDevice = createRoute({
  method: 'get',
  path: '/device',
  operationId: 'getOwnWeightsDevice',
  summary: 'What is known of the device whose key signs the request',
  responses: { 200: json('The device', Device), default: problemResponse },
})

export const postRequest = createRoute({
  method: 'post',
  path: '/requests',
  operationId: 'draftWeightsRequest',
  summary: 'Draft a request for this device, for its person to confirm in the console',
  request: { body: { required: true, content: { 'application/json': { schema: NewDraft } } } },
  responses: { 201: json('The draft', Draft), default: problemResponse },
})

export const getRequest = createRoute({
  method: 'get',
  path: '/requests/{id}',
  operationId: 'getDraftedWeightsRequest',
  summary: 'How a draft of this device fares: with its approval, and with the grant once there is one',
  request: { params: z.object({ id: z.string().min(1).max(100) }) },
  responses: { 200: json('The draft', DraftProgress), default: problemResponse },
})

const OwnGrant = z
  .object({
    grant: Grant,
    locked: z
      .string()
      .nullable()
      .meta({ description: 'why nothing of the model is opened; null when it is not locked' }),
  })
  .meta({ id: 'OwnWeightsGrant' })

export const getGrant = createRoute({
  method: 'get',
  path: '/grants/{id}',
  operationId: 'getOwnWeightsGrant',
  summary:
    'A grant of this device, in whatever state: what was opened under it may be worked with until it is revoked or expires',
  request: { params: z.object({ id: z.string().min(1).max(100) }) },
  responses: { 200: json('The grant', OwnGrant), default: problemResponse },
})

export const getFiles = createRoute({
  method: 'get',
  path: '/files',
  operationId: 'listWeightsFiles',
  summary: 'The files that the grant covers',
  responses: { 200: json('The files', Files), default: problemResponse },
})

export const getFile = createRoute({
  method: 'get',
  path: '/files/{n}',
  operationId: 'readWeightsFile',
  summary: 'Bytes of a file, all or a range (RFC 9110 §14)',
  request: { params: Position },
  responses: BYTES,
})

export const getPath = createRoute({
  method: 'get',
  path: '/paths/{path}',
  operationId: 'readWeightsPath',
  summary: 'The same by the file’s path, in which each slash is written %2F',
  request: { params: z.object({ path: z.string().min(1).max(2_048) }) },
  responses: BYTES,
})

export const getTensors = createRoute({
  method: 'get',
  path: '/files/{n}/tensors',
  operationId: 'listWeightsTensors',
  summary: 'The tensors of a file, as its header has them',
  request: { params: Position },
  responses: { 200: json('The tensors', Tensors), default: problemResponse },
})

export const getTensor = createRoute({
  method: 'get',
  path: '/tensors/{name}',
  operationId: 'readWeightsTensor',
  summary:
    'Bytes of one tensor, whichever file has it; the headers x-safelevel-dtype and x-safelevel-shape say what they are',
  request: { params: z.object({ name: z.string().min(1).max(2_048) }) },
  responses: BYTES,
})
