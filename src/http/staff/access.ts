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
import { clientOf } from '../address.ts'
import type { HttpEnv } from '../router.ts'
import type { StaffDoorDeps } from './deps.ts'
import type { RouteActions } from './route-actions.ts'

export const CSRF_HEADER = 'x-safelevel-csrf'
const COOKIE = 'safelevel-session'
const CEREMONY_COOKIE = 'safelevel-oidc'
const CEREMONY_SECONDS = 600

type StaffContext = Context<HttpEnv>

const identities = new WeakMap<Request, StaffIdentity>()
const operators = new WeakSet<Request>()

/**
 * Lets pass who may take a route: a person by session cookie, and for a change also by the page's origin and its token, so that no page of
 * another site can make one; the operator's token where the table says so. What is not listed is open to nobody.
 */
export function requireAccess(deps: StaffDoorDeps, routes: RouteActions): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const handler = matchedRoutes(c).findLast(({ method }) => method !== 'ALL')
    const route = handler === undefined ? undefined : routes.get(`${handler.method} ${handler.path}`)
    const token = /^Bearer +(\S{1,200})$/i.exec(c.req.header('authorization') ?? '')?.[1]
    if (token !== undefined) checkOperatorToken(token, deps.operatorToken)
    if (handler === undefined) return next() // nothing is there: not found
    if (route === undefined) {
      if (token === undefined && (await personOf(c, deps.staff)) === null) throw unknownCaller()
      throw new AppError('FORBIDDEN', 'nobody may do this')
    }
    if (token !== undefined) {
      if (route.operator !== true)
        throw new AppError('FORBIDDEN', 'the operator token may not do this: it needs a person')
      operators.add(c.req.raw)
      return next()
    }
    if (route.action !== 'open') await identify(c, deps.staff, route.action)
    else if (isChange(c)) checkOrigin(c, deps.staff)
    return next()
  }
}

/** Who sits at the other end of a route behind the guard. */
export function identityOf(c: StaffContext): StaffIdentity {
  const identity = identities.get(c.req.raw)
  if (identity === undefined) throw new AppError('FORBIDDEN', 'this needs a person')
  return identity
}

/** Whether it is the operator's token that came, on a route behind the guard. */
export function isOperator(c: StaffContext): boolean {
  return operators.has(c.req.raw)
}

/** The person, or the operator where the route takes both. */
export function actorOf(c: StaffContext): Actor {
  return operators.has(c.req.raw) ? OPERATOR : staffActor(identityOf(c).person.id)
}

export function originOf(c: StaffContext, device: string): Origin {
  return { device, source: sourceOf(clientOf(c).address) }
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
  const identity = await personOf(c, staff)
  if (identity === null) throw unknownCaller()
  if (isChange(c)) checkOrigin(c, staff)
  if (isChange(c) && c.req.header(CSRF_HEADER) !== identity.csrf) {
    throw new AppError('FORBIDDEN', `send the token of your session: ${CSRF_HEADER}`)
  }
  authorise(identity, action)
  identities.set(c.req.raw, identity)
}

async function personOf(c: StaffContext, staff: Staff): Promise<StaffIdentity | null> {
  const token = getCookie(c, cookie(staff, COOKIE).name)
  return token === undefined ? null : await staff.sessions.authenticate(token)
}

function checkOperatorToken(given: string, token: string): void {
  if (isOperatorToken(given, token)) return
  const hint = given.startsWith('sl_live_') ? 'a customer key opens nothing here; ' : ''
  throw new AppError('UNAUTHENTICATED', `${hint}this is not the operator token of this installation`)
}

function unknownCaller(): AppError {
  return new AppError(
    'UNAUTHENTICATED',
    'sign in with your security key, or send the operator token: authorization: Bearer sl_op_…',
  )
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
