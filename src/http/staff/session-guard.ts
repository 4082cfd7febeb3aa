import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context, MiddlewareHandler } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { matchedRoutes } from 'hono/route'
import { isOperatorToken } from '../../accounts/index.ts'
import { AppError } from '../../base/errors.ts'
import type { Actor } from '../../ledger/index.ts'
import {
  type Action,
  authorise,
  OPERATOR,
  type Origin,
  relyingParty,
  type Staff,
  type StaffIdentity,
  sourceOf,
  staffActor,
} from '../../staff/index.ts'
import type { HttpEnv } from '../router.ts'
import type { StaffDoorDeps } from './deps.ts'
import { STAFF_ROUTES } from './route-actions.ts'

export const CSRF_HEADER = 'x-safelevel-csrf'
const COOKIE = 'safelevel-session'
const CEREMONY_COOKIE = 'safelevel-oidc'
const CEREMONY_SECONDS = 600

type StaffContext = Context<HttpEnv>

const identities = new WeakMap<Request, StaffIdentity>()
const operators = new WeakSet<Request>()

/**
 * Lets pass who may take this route: by session cookie, and for a change also by the page's origin and its token, so that no page of
 * another site can make one. The operator's token opens the few routes that say so, and otherwise nothing here.
 */
export function requireStaff({ staff, operatorToken }: StaffDoorDeps): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const handler = matchedRoutes(c).findLast(({ method }) => method !== 'ALL')
    if (handler === undefined) return next()
    const route = STAFF_ROUTES.get(`${handler.method} ${handler.path}`)
    if (route === undefined) throw new AppError('FORBIDDEN', 'nobody may do this')
    const bearer = /^Bearer +(\S{1,200})$/i.exec(c.req.header('authorization') ?? '')?.[1]
    if (bearer !== undefined) {
      if (!isOperatorToken(bearer, operatorToken))
        throw new AppError('UNAUTHENTICATED', 'sign in with your security key')
      if (route.operator !== true)
        throw new AppError('FORBIDDEN', 'the operator token may not do this: it needs a person')
      operators.add(c.req.raw)
      return next()
    }
    if (isChange(c)) checkOrigin(c, staff)
    if (route.action === 'open') return next()
    await identify(c, staff, route.action)
    return next()
  }
}

/** For routes of other rooms on the control plane: a person who may do this, or nobody. */
export function requirePerson({ staff }: Pick<StaffDoorDeps, 'staff'>, action: Action): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    if (isChange(c)) checkOrigin(c, staff)
    await identify(c, staff, action)
    await next()
  }
}

/** Who sits at the other end of a route behind the guard. */
export function identityOf(c: StaffContext): StaffIdentity {
  const identity = identities.get(c.req.raw)
  if (identity === undefined) throw new AppError('FORBIDDEN', 'this needs a person')
  return identity
}

/** The person, or the operator where the route takes both. */
export function actorOf(c: StaffContext): Actor {
  return operators.has(c.req.raw) ? OPERATOR : staffActor(identityOf(c).person.id)
}

export function originOf(c: StaffContext, device: string): Origin {
  return { device, source: sourceOf(addressOf(c)) }
}

export function setSession(c: StaffContext, staff: Staff, token: string): void {
  const { name, secure } = cookie(staff, COOKIE)
  setCookie(c, name, token, { httpOnly: true, sameSite: 'Strict', secure, path: '/' })
}

export function clearSession(c: StaffContext, staff: Staff): void {
  const { name, secure } = cookie(staff, COOKIE)
  deleteCookie(c, name, { path: '/', secure })
}

/** Lax, not Strict: the provider sends the browser back from another site. It holds nothing but which sign-in was begun here. */
export function setCeremony(c: StaffContext, staff: Staff, id: string): void {
  const { name, secure } = cookie(staff, CEREMONY_COOKIE)
  setCookie(c, name, id, { httpOnly: true, sameSite: 'Lax', secure, path: '/', maxAge: CEREMONY_SECONDS })
}

export function takeCeremony(c: StaffContext, staff: Staff): string {
  const { name, secure } = cookie(staff, CEREMONY_COOKIE)
  const id = getCookie(c, name) ?? ''
  deleteCookie(c, name, { path: '/', secure })
  return id
}

async function identify(c: StaffContext, staff: Staff, action: Action): Promise<void> {
  const token = getCookie(c, cookie(staff, COOKIE).name)
  const identity = token === undefined ? null : await staff.sessions.authenticate(token)
  if (identity === null) throw new AppError('UNAUTHENTICATED', 'sign in with your security key')
  if (isChange(c) && c.req.header(CSRF_HEADER) !== identity.csrf) {
    throw new AppError('FORBIDDEN', `send the token of your session: ${CSRF_HEADER}`)
  }
  authorise(identity, action)
  identities.set(c.req.raw, identity)
}

/** Every browser names the origin of the page that makes a change. */
function checkOrigin(c: StaffContext, staff: Staff): void {
  if (c.req.header('origin') !== relyingParty(staff.context.config).origin) {
    throw new AppError('FORBIDDEN', 'changes are made from the console’s own pages alone')
  }
}

function isChange(c: StaffContext): boolean {
  return c.req.method !== 'GET' && c.req.method !== 'HEAD'
}

/** With TLS a cookie is bound to this very host by its name; browsers refuse that name over plain http. */
function cookie(staff: Staff, name: string): { name: string; secure: boolean } {
  const secure = relyingParty(staff.context.config).origin.startsWith('https:')
  return { name: secure ? `__Host-${name}` : name, secure }
}

function addressOf(c: StaffContext): string {
  // Without a socket (in tests) there is none: everybody then comes from one place.
  const env: unknown = c.env
  if (typeof env !== 'object' || env === null || !('incoming' in env)) return 'unknown'
  return getConnInfo(c).remote.address ?? 'unknown'
}
