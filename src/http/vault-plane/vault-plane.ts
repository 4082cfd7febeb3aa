import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context, MiddlewareHandler } from 'hono'
import { AppError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { Access } from '../../weights/access/index.ts'
import { BudgetSpent, type CoveredFile, type ProvenRequest, type Reading } from '../../weights/reading/index.ts'
import { clientOf } from '../address.ts'
import { createRouter, type HttpEnv } from '../router.ts'
import { answerBytes } from './answer-bytes.ts'
import {
  getDevice,
  getFile,
  getFiles,
  getGrant,
  getPath,
  getRequest,
  getTensor,
  getTensors,
  postRequest,
  postSession,
} from './routes.ts'

export interface VaultPlaneDeps {
  readonly reading: Pick<Reading, 'start' | 'prove' | 'authenticate' | 'files' | 'file' | 'tensors' | 'tensor' | 'read'>
  readonly access: {
    readonly devices: Pick<Access['devices'], 'require'>
    readonly requests: Pick<Access['requests'], 'draft' | 'progress'>
    readonly grants: Pick<Access['grants'], 'get'>
    readonly locks: Pick<Access['locks'], 'reason'>
  }
  readonly log: Log
}

type VaultContext = Context<HttpEnv>

/**
 * The door for programs: bytes of weights over HTTP, by range or by the name of a tensor. A session is begun with a proof of the device's key
 * (RFC 9449), and every request in it carries token and proof. A device may also draft what it will ask for. No route of it takes a staff
 * session or the operator token.
 */
export function vaultPlane({ reading, access, log }: VaultPlaneDeps): OpenAPIHono<HttpEnv> {
  const app = createRouter(log)
  app.use('*', advise)
  const session = (c: VaultContext) => reading.authenticate(tokenOf(c), proven(c))
  const whole = (c: VaultContext, covered: CoveredFile) => {
    const { sizeBytes, sha256 } = covered.file
    return answerBytes(c, log, { start: 0, length: sizeBytes, etag: `"${sha256}"` }, (start, length) =>
      reading.read(covered, start, length),
    )
  }

  app.openapi(postSession, async (c) => c.json(await reading.start(c.req.valid('json').grant, proven(c)), 201))
  app.openapi(getDevice, async (c) => c.json(await access.devices.require(await reading.prove(proven(c))), 200))
  app.openapi(postRequest, async (c) => {
    const thumbprint = await reading.prove(proven(c))
    return c.json(await access.requests.draft(c.req.valid('json'), thumbprint), 201)
  })
  app.openapi(getRequest, async (c) => {
    const thumbprint = await reading.prove(proven(c))
    return c.json(await access.requests.progress(c.req.valid('param').id, thumbprint), 200)
  })
  app.openapi(getGrant, async (c) => {
    const thumbprint = await reading.prove(proven(c))
    const grant = await access.grants.get(c.req.valid('param').id)
    await access.devices.require(thumbprint)
    if (grant.thumbprint !== thumbprint) throw new AppError('NOT_FOUND', 'there is no such grant')
    const [model = ''] = grant.version.split('/')
    return c.json({ grant, locked: await access.locks.reason(model) }, 200)
  })
  app.openapi(getFiles, async (c) => c.json({ files: await reading.files(await session(c)) }, 200))
  app.openapi(getTensors, async (c) => {
    const { n } = c.req.valid('param')
    return c.json({ tensors: await reading.tensors(await session(c), { n }) }, 200)
  })
  app.openapi(getFile, async (c) => {
    const { n } = c.req.valid('param')
    return whole(c, await reading.file(await session(c), { n }))
  })
  app.openapi(getPath, async (c) => {
    const { path } = c.req.valid('param')
    return whole(c, await reading.file(await session(c), { path }))
  })
  app.openapi(getTensor, async (c) => {
    const { tensor, ...covered } = await reading.tensor(await session(c), c.req.valid('param').name)
    const { start, length, dtype, shape } = tensor
    c.header('x-safelevel-dtype', dtype)
    c.header('x-safelevel-shape', shape.join(','))
    const etag = `"${covered.file.sha256}-${start}-${length}"`
    return answerBytes(c, log, { start, length, etag }, (from, bytes) => reading.read(covered, from, bytes))
  })
  return app
}

function tokenOf(c: VaultContext): string {
  const token = /^DPoP +(\S{1,1024})$/i.exec(c.req.header('authorization') ?? '')?.[1]
  if (token === undefined)
    throw new AppError('UNAUTHENTICATED', 'begin a session and send its token: authorization: DPoP slw_…')
  return token
}

/** Behind a proxy that we trust, the address is the one that the client asked for. */
function proven(c: VaultContext): ProvenRequest {
  const { protocol, host, pathname } = new URL(c.req.url)
  const url = `${protocol}//${clientOf(c).host ?? host}${pathname}`
  return { proof: c.req.header('dpop') ?? '', method: c.req.method, url }
}

/** Says with a refusal what to do about it. */
const advise: MiddlewareHandler<HttpEnv> = async (c, next) => {
  await next()
  const { error } = c
  if (!(error instanceof AppError)) return
  if (error.code === 'UNAUTHENTICATED') c.header('www-authenticate', 'DPoP algs="EdDSA ES256"')
  if (error.code === 'OVERLOADED') c.header('retry-after', '1')
  if (error instanceof BudgetSpent && error.retryAfterSeconds !== null)
    c.header('retry-after', String(error.retryAfterSeconds))
}
