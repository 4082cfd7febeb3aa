import { startAuthentication, startRegistration, WebAuthnError } from '@simplewebauthn/browser'
import { ApiProblem, call } from './api/client.ts'
import type { WebAuthnAssertion, WebAuthnAttestation, WebAuthnOptions } from './api/schema.ts'

const NEEDS_TOUCH = 'TOUCH_REQUIRED'

/** Asks the browser for a signature by one of the person's security keys. @throws {ApiProblem} in words for people */
export async function touchKey(options: WebAuthnOptions): Promise<WebAuthnAssertion> {
  try {
    const { id, rawId, type, response } = await startAuthentication({ optionsJSON: options as never })
    const { clientDataJSON, authenticatorData, signature } = response
    return { id, rawId, type, response: { clientDataJSON, authenticatorData, signature } }
  } catch (error) {
    throw explain(error)
  }
}

/** Asks the browser for a new key. @throws {ApiProblem} in words for people */
export async function makeKey(options: WebAuthnOptions): Promise<WebAuthnAttestation> {
  try {
    const { id, rawId, type, response } = await startRegistration({ optionsJSON: options as never })
    const { clientDataJSON, attestationObject, transports } = response
    return { id, rawId, type, response: { clientDataJSON, attestationObject, transports } }
  } catch (error) {
    throw explain(error)
  }
}

/** Signs in by whichever key the person chooses. */
export async function signIn(): Promise<void> {
  const { ceremony, options } = await call('POST /api/v1/staff/login/options')
  const assertion = await touchKey(options)
  await call('POST /api/v1/staff/login', { body: { ceremony, assertion, device: deviceName() } })
}

/** A touch opens what is grave for five minutes. */
export async function touchAgain(): Promise<void> {
  const { ceremony, options } = await call('POST /api/v1/staff/session/touch/options')
  const assertion = await touchKey(options)
  await call('POST /api/v1/staff/session/touch', { body: { ceremony, assertion, device: deviceName() } })
}

/** Does it, and where the server wants the key touched first, asks for that and does it again. */
export async function withFreshKey<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.code !== NEEDS_TOUCH) throw error
    await touchAgain()
    return await work()
  }
}

/** How this browser is listed among somebody's sessions: `Firefox on Linux`. */
export function deviceName(agent: string = navigator.userAgent): string {
  const browser = /Edg\//.test(agent)
    ? 'Edge'
    : /Firefox\//.test(agent)
      ? 'Firefox'
      : /Chrome\//.test(agent)
        ? 'Chrome'
        : /Safari\//.test(agent)
          ? 'Safari'
          : 'Browser'
  const system = /Windows|Android|iPhone|iPad|Mac OS X|Linux/.exec(agent)?.[0]
  return system === undefined ? browser : `${browser} on ${system.replace('Mac OS X', 'macOS')}`
}

const CANCELLED = 'The security key did not answer, or you cancelled. Nothing was changed; try again.'

function explain(error: unknown): ApiProblem {
  const name = error instanceof Error ? error.name : ''
  const detail =
    error instanceof WebAuthnError && error.code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED'
      ? 'This security key is registered already.'
      : name === 'NotAllowedError' || name === 'AbortError'
        ? CANCELLED
        : name === 'SecurityError'
          ? 'Security keys work at the console’s own name alone: open it as the terminal prints it, with localhost and not an address.'
          : 'This browser could not use a security key.'
  return Object.assign(new ApiProblem({ code: 'SECURITY_KEY', status: 0, detail, requestId: null }), { cause: error })
}
