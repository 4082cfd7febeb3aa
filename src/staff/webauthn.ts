import type { AuthenticatorTransport } from '@simplewebauthn/server'
import { z } from 'zod'
import { AppError } from '../base/errors.ts'
import type { StaffConfig } from './config.ts'
import { conflict } from './context.ts'
import type { Passkey, Person } from './records.ts'

const Base64Url = z
  .string()
  .max(8_192)
  .regex(/^[A-Za-z0-9_-]*$/)
const CredentialId = Base64Url.min(1).max(1_400)
const TRANSPORTS = ['ble', 'hybrid', 'internal', 'nfc', 'usb'] as const
const ES256 = -7
const EDDSA = -8
const RS256 = -257

/** Loaded when somebody signs: with what it brings along it is a seventh of what a start would otherwise load. */
const library = () => import('@simplewebauthn/server')

/** What `navigator.credentials.get` gives, as JSON. Hostile until it is verified. */
export const Assertion = z
  .object({
    id: CredentialId,
    rawId: CredentialId,
    type: z.literal('public-key'),
    response: z.object({ clientDataJSON: Base64Url, authenticatorData: Base64Url, signature: Base64Url }),
  })
  .meta({ id: 'WebAuthnAssertion' })
export type Assertion = z.infer<typeof Assertion>

/** What `navigator.credentials.create` gives, as JSON. */
export const Attestation = z
  .object({
    id: CredentialId,
    rawId: CredentialId,
    type: z.literal('public-key'),
    response: z.object({
      clientDataJSON: Base64Url,
      attestationObject: Base64Url,
      transports: z.array(z.string().max(32)).max(16).optional(),
    }),
  })
  .meta({ id: 'WebAuthnAttestation' })
export type Attestation = z.infer<typeof Attestation>

/** Options for the browser, handed through as they are. */
export const WebAuthnOptions = z.record(z.string(), z.unknown()).meta({ id: 'WebAuthnOptions' })

/** Who asks for passkeys: the host name of the console, and its origin. */
export function relyingParty({ origin }: Pick<StaffConfig, 'origin'>): { id: string; origin: string } {
  const url = new URL(origin)
  return { id: url.hostname, origin: url.origin }
}

export async function registrationOptions(
  config: StaffConfig,
  about: {
    person: Pick<Person, 'id' | 'displayName' | 'email'>
    challenge: Buffer
    known: readonly Passkey[]
    rpName: string
  },
): Promise<Record<string, unknown>> {
  const { person, challenge, known, rpName } = about
  const { generateRegistrationOptions } = await library()
  const options = await generateRegistrationOptions({
    rpName,
    rpID: relyingParty(config).id,
    userID: new Uint8Array(Buffer.from(person.id)),
    userName: person.email ?? person.displayName,
    userDisplayName: person.displayName,
    challenge: new Uint8Array(challenge),
    attestationType: 'none',
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    excludeCredentials: known.map(({ credentialId, transports }) => ({
      id: credentialId,
      transports: knownTransports(transports),
    })),
    supportedAlgorithmIDs: [EDDSA, ES256, RS256],
  })
  return { ...options }
}

/** @param passkeys Those that may answer; none = whichever the person's device has for us. */
export async function assertionOptions(
  config: StaffConfig,
  challenge: Buffer,
  passkeys: readonly Passkey[],
): Promise<Record<string, unknown>> {
  const { generateAuthenticationOptions } = await library()
  const options = await generateAuthenticationOptions({
    rpID: relyingParty(config).id,
    challenge: new Uint8Array(challenge),
    userVerification: 'required',
    allowCredentials: passkeys.map(({ credentialId, transports }) => ({
      id: credentialId,
      transports: knownTransports(transports),
    })),
  })
  return { ...options }
}

export interface VerifiedRegistration {
  readonly credentialId: string
  /** COSE key, base64url. */
  readonly publicKey: string
  readonly counter: number
  readonly transports: string[]
  readonly deviceType: string
  readonly backedUp: boolean
}

/**
 * Checks a new passkey: our challenge, origin and host name, the person verified by the authenticator.
 *
 * @throws {AppError} UNAUTHENTICATED without a word about which check failed (it is in `cause`)
 */
export async function verifyAttestation(
  config: StaffConfig,
  challenge: string,
  given: Attestation,
): Promise<VerifiedRegistration> {
  const party = relyingParty(config)
  const { transports: _, ...response } = given.response
  const { verifyRegistrationResponse } = await library()
  try {
    refuseFrames(given.response.clientDataJSON)
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: { ...given, response, clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: true,
      supportedAlgorithmIDs: [EDDSA, ES256, RS256],
    })
    if (!verified || registrationInfo === undefined) throw new Error('not verified')
    const { credential, credentialDeviceType, credentialBackedUp } = registrationInfo
    return {
      credentialId: credential.id,
      publicKey: Buffer.from(credential.publicKey).toString('base64url'),
      counter: credential.counter,
      transports: knownTransports(given.response.transports ?? []),
      deviceType: credentialDeviceType,
      backedUp: credentialBackedUp,
    }
  } catch (cause) {
    throw refused(cause)
  }
}

/**
 * Checks an answer of a known passkey to `challenge` (base64url).
 *
 * @returns the signature counter, already checked against the stored one.
 * @throws {AppError} UNAUTHENTICATED; CONFLICT when the signature is right and the counter went back: the key may have been copied.
 */
export async function verifyAssertion(
  config: StaffConfig,
  challenge: string,
  given: Assertion,
  passkey: Pick<Passkey, 'credentialId' | 'publicKey' | 'counter'>,
): Promise<number> {
  const party = relyingParty(config)
  const { verifyAuthenticationResponse } = await library()
  let counter: number
  try {
    if (given.id !== passkey.credentialId) throw new Error('another credential')
    refuseFrames(given.response.clientDataJSON)
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: { ...given, clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      requireUserVerification: true,
      // The counter is checked below, once the signature is known to be right: else anybody could raise the alarm.
      credential: {
        id: passkey.credentialId,
        publicKey: new Uint8Array(Buffer.from(passkey.publicKey, 'base64url')),
        counter: 0,
      },
    })
    if (!verified) throw new Error('not verified')
    counter = authenticationInfo.newCounter
  } catch (cause) {
    throw refused(cause)
  }
  if ((counter > 0 || passkey.counter > 0) && counter <= passkey.counter) {
    throw conflict('the counter of this security key went back: it may have been copied, so it is refused')
  }
  return counter
}

const ClientData = z.object({ challenge: z.string().max(1_000), crossOrigin: z.boolean().optional() })

/** We never run in a frame of another page; whoever signs there doesn't see us. */
function refuseFrames(clientDataJson: string): void {
  if (ClientData.parse(parse(clientDataJson)).crossOrigin === true)
    throw new Error('signed within a page of another origin')
}

function parse(clientDataJson: string): unknown {
  try {
    return JSON.parse(Buffer.from(clientDataJson, 'base64url').toString('utf8'))
  } catch {
    return null
  }
}

function knownTransports(transports: readonly string[]): AuthenticatorTransport[] {
  return TRANSPORTS.filter((transport) => transports.includes(transport))
}

function refused(cause: unknown): AppError {
  return new AppError('UNAUTHENTICATED', 'this security key’s answer does not fit: start again', { cause })
}
