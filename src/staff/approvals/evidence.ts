import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto'
import { z } from 'zod'
import { type Approval, challengeFor, type Vote } from './approval.ts'

const RP_ID_HASH_BYTES = 32
const USER_PRESENT = 0x01
const USER_VERIFIED = 0x04
const COSE = { kty: 1, alg: 3, curve: -1, x: -2, y: -3, n: -1, e: -2 } as const
const CURVES: Readonly<Record<number, string>> = { 1: 'P-256', 6: 'Ed25519' }
const OKP = 1
const EC2 = 2
const RSA = 3

/** An approval as an auditor takes it away: checks with nothing but this and a crypto library. */
export const ApprovalEvidence = z
  .object({
    format: z.literal('safelevel-approval-evidence/v1'),
    approval: z.string(),
    statement: z.string(),
    digest: z.hash('sha256'),
    requester: z.string(),
    relyingParty: z.object({ id: z.string(), origin: z.string() }),
    signatures: z.array(
      z.object({
        personId: z.string(),
        decision: z.enum(['approve', 'deny']),
        at: z.iso.datetime(),
        publicKeyPem: z.string().meta({ description: 'SPKI' }),
        authenticatorData: z.string().meta({ description: 'base64url' }),
        clientDataJSON: z.string().meta({ description: 'base64url; its challenge is the digest' }),
        signature: z.string().meta({ description: 'base64url, over authenticatorData ‖ SHA-256(clientDataJSON)' }),
      }),
    ),
  })
  .meta({ id: 'ApprovalEvidence' })
export type ApprovalEvidence = z.infer<typeof ApprovalEvidence>

interface RelyingParty {
  readonly id: string
  readonly origin: string
}

export async function evidenceOf(approval: Approval, relyingParty: RelyingParty): Promise<ApprovalEvidence> {
  const signatures: ApprovalEvidence['signatures'] = []
  for (const { personId, decision, at, publicKey, assertion } of approval.votes) {
    if (publicKey === null || assertion === null) continue
    const { authenticatorData, clientDataJSON, signature } = assertion.response
    const publicKeyPem = (await readPublicKey(publicKey)).export({ type: 'spki', format: 'pem' }).toString()
    signatures.push({ personId, decision, at, publicKeyPem, authenticatorData, clientDataJSON, signature })
  }
  return {
    format: 'safelevel-approval-evidence/v1',
    approval: approval.id,
    statement: approval.statement,
    digest: approval.digest,
    requester: approval.requester,
    relyingParty: { ...relyingParty },
    signatures,
  }
}

const ClientData = z.object({ type: z.string(), challenge: z.string(), origin: z.string() })

/**
 * Whether a vote is a signature over this approval's statement; by node:crypto alone, apart from the library that took it in.
 *
 * @returns what is wrong, or null
 */
export async function faultOfVote(vote: Vote, approval: Approval, relyingParty: RelyingParty): Promise<string | null> {
  if (vote.assertion === null || vote.publicKey === null) return 'it is not signed'
  const { response } = vote.assertion
  const data = Buffer.from(response.authenticatorData, 'base64url')
  const clientBytes = Buffer.from(response.clientDataJSON, 'base64url')
  try {
    const client = ClientData.parse(JSON.parse(clientBytes.toString('utf8')))
    if (client.type !== 'webauthn.get') return 'it is no assertion'
    if (client.challenge !== challengeFor(approval)) return 'it signs something else'
    if (client.origin !== relyingParty.origin) return 'it was signed for another site'
    const rpIdHash = hash('sha256', relyingParty.id, 'buffer')
    if (!data.subarray(0, RP_ID_HASH_BYTES).equals(rpIdHash)) return 'it was signed for another host'
    const flags = data[RP_ID_HASH_BYTES] ?? 0
    if ((flags & USER_PRESENT) === 0 || (flags & USER_VERIFIED) === 0) return 'nobody was verified when it was signed'
    const key = await readPublicKey(vote.publicKey)
    const signed = Buffer.concat([data, hash('sha256', clientBytes, 'buffer')])
    const algorithm = key.asymmetricKeyType === 'ed25519' ? null : 'sha256'
    const fits = verify(algorithm, signed, key, Buffer.from(response.signature, 'base64url'))
    return fits ? null : 'the signature does not fit'
  } catch {
    return 'it can’t be read'
  }
}

/** A COSE key as WebAuthn carries it: ES256, EdDSA or RS256. @throws when it is none of these */
export async function readPublicKey(cose: string): Promise<KeyObject> {
  // Loaded when it is needed, like all of that library: a seventh of what a start would otherwise load.
  const { decodeCredentialPublicKey } = await import('@simplewebauthn/server/helpers')
  const key = decodeCredentialPublicKey(new Uint8Array(Buffer.from(cose, 'base64url')))
  const fields = z.map(z.number(), z.unknown()).parse(key)
  const bytes = (label: number) => Buffer.from(z.instanceof(Uint8Array).parse(fields.get(label))).toString('base64url')
  const kty = fields.get(COSE.kty)
  if (kty === RSA) return fromJwk({ kty: 'RSA', n: bytes(COSE.n), e: bytes(COSE.e) })
  const crv = CURVES[z.number().parse(fields.get(COSE.curve))]
  if (crv === undefined) throw new Error('unknown curve')
  if (kty === OKP) return fromJwk({ kty: 'OKP', crv, x: bytes(COSE.x) })
  if (kty === EC2) return fromJwk({ kty: 'EC', crv, x: bytes(COSE.x), y: bytes(COSE.y) })
  throw new Error('unknown kind of key')
}

function fromJwk(key: Record<string, string>): KeyObject {
  return createPublicKey({ key, format: 'jwk' })
}
