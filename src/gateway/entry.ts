import { type Admission, type Principal, rateLimitHeaders } from '../accounts/index.ts'
import { AppError } from '../base/errors.ts'
import type { Call } from './call.ts'
import type { ServeContext } from './serve-context.ts'

const BYTES_PER_TOKEN = 4
const CANARY: Principal = {
  keyId: 'key_canary',
  projectId: 'prj_canary',
  organisationId: 'org_canary',
  testString: true,
  canary: true,
}
const PROBE: Principal = {
  keyId: 'key_probe',
  projectId: 'prj_probe',
  organisationId: 'org_probe',
  testString: true,
  probe: true,
}

/** Whose request it is; at once for a key. @throws {AppError} UNAUTHENTICATED, and for a token what `IdentityPort` says */
export function authenticate(context: ServeContext, call: Call): Principal | Promise<Principal> {
  const { authorization, 'x-api-key': apiKey } = call.req.headers
  const secret = typeof apiKey === 'string' ? apiKey : authorization?.replace(/^Bearer\s+/i, '')
  if (!secret) {
    throw new AppError('UNAUTHENTICATED', 'send your API key as "authorization: Bearer sl_…" or "x-api-key: sl_…"')
  }
  const { identity } = context
  if (identity?.takes(secret) === true)
    return identity.authenticate(secret).then((principal) => entered(call, principal))
  const principal = ownPrincipal(context, secret) ?? context.accounts.authenticate(secret)
  if (principal === null)
    throw new AppError('UNAUTHENTICATED', 'the API key is not valid: it is mistyped, expired or revoked')
  return entered(call, principal)
}

/** Requests of our own, by keys that live in memory. */
function ownPrincipal({ canary, probe }: ServeContext, secret: string): Principal | null {
  if (canary?.owns(secret) === true) return CANARY
  return probe?.owns(secret) === true ? PROBE : null
}

/** Not a customer's, but of this installation itself. */
export function isOurs({ canary, probe }: Principal): boolean {
  return canary === true || probe === true
}

function entered(call: Call, principal: Principal): Principal {
  call.record.by(principal)
  if (isOurs(principal)) call.record.markCanary()
  return principal
}

/** Takes the request out of its project's rate limits, with an estimate that is corrected later. @throws {AppError} RATE_LIMITED */
export function admit(context: ServeContext, call: Call, principal: Principal): Admission {
  const tokens = Math.ceil(Number(call.req.headers['content-length'] ?? 0) / BYTES_PER_TOKEN)
  const admission = context.accounts.admit(principal, { tokens })
  Object.assign(call.headers, rateLimitHeaders(admission, call.dialect.vendor, context.clock.now()))
  if (!admission.admitted) {
    const why =
      admission.refusedBy === 'too_large'
        ? 'the request alone is larger than your project’s tokens per minute: send less, or ask for a higher limit'
        : 'the rate limit of your project is reached; wait for retry-after'
    throw new AppError('RATE_LIMITED', why)
  }
  return admission
}
