import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { signatureProblem } from './aws-signature.ts'
import { type LocalServer, listenLocally, readRequest, type Seen } from './clouds.ts'

export const KMS = {
  accessKeyId: 'AKIDEXAMPLE',
  secretKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  region: 'eu-central-1',
  service: 'kms',
}
export const keyArn = (id: string) => `arn:aws:kms:${KMS.region}:111122223333:key/${id}`

export interface KmsServer extends LocalServer {
  readonly seen: Seen[]
  /** By ARN. */
  readonly keys: Map<string, { readonly bytes: Buffer; state: 'Enabled' | 'Disabled' | 'PendingDeletion' }>
  intercept: (seen: Seen, res: ServerResponse) => boolean
}

/**
 * AWS KMS as far as `Encrypt` and `Decrypt` with symmetric keys go, written from its public reference; signatures are checked.
 *
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html and API_Decrypt.html
 */
export async function startKms(): Promise<KmsServer> {
  const state = {
    seen: [] as Seen[],
    keys: new Map() as KmsServer['keys'],
    intercept: (() => false) as KmsServer['intercept'],
  }
  const server = await listenLocally(async (req, res) => {
    const seen = await readRequest(req)
    state.seen.push(seen)
    if (state.intercept(seen, res)) return
    const [status, body] = answer(state.keys, seen)
    res.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body))
  })
  return Object.assign(state, {
    url: server.url,
    port: server.port,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  })
}

type Answer = readonly [status: number, body: object]
const failure = (type: string, message = ''): Answer => [400, { __type: type, message }]

interface Call {
  readonly KeyId?: string
  readonly Plaintext?: string
  readonly CiphertextBlob?: string
  readonly EncryptionContext?: Record<string, string>
}

function answer(keys: KmsServer['keys'], seen: Seen): Answer {
  if (seen.headers['content-type'] !== 'application/x-amz-json-1.1') return failure('UnknownOperationException')
  const signed = /SignedHeaders=([^,]+)/.exec(seen.headers.authorization ?? '')?.[1]?.split(';') ?? []
  if (signatureProblem(seen, KMS) !== null || !signed.includes('x-amz-target'))
    return failure('InvalidSignatureException')
  const call = JSON.parse(seen.body.toString()) as Call
  const target = seen.headers['x-amz-target']
  if (target !== 'TrentService.Encrypt' && target !== 'TrentService.Decrypt')
    return failure('UnknownOperationException')
  const key = keys.get(call.KeyId ?? '')
  if (key === undefined) return failure('NotFoundException', `Key '${call.KeyId}' does not exist`)
  if (key.state === 'Disabled') return failure('DisabledException', `${call.KeyId} is disabled.`)
  if (key.state === 'PendingDeletion') return failure('KMSInvalidStateException', `${call.KeyId} is pending deletion.`)
  return target === 'TrentService.Encrypt' ? encrypt(key.bytes, call) : decrypt(key.bytes, call)
}

const aad = (context: Record<string, string> = {}) => Buffer.from(JSON.stringify(Object.entries(context).sort()))
/** A blob names its key, as KMS's own do in their way. */
const labelOf = (arn: string) => Buffer.from(arn.padEnd(100))

function encrypt(bytes: Buffer, { KeyId = '', Plaintext = '', EncryptionContext }: Call): Answer {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', bytes, iv).setAAD(aad(EncryptionContext))
  const blob = Buffer.concat([
    labelOf(KeyId),
    iv,
    cipher.update(Plaintext, 'base64'),
    cipher.final(),
    cipher.getAuthTag(),
  ])
  return [200, { CiphertextBlob: blob.toString('base64'), KeyId, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' }]
}

function decrypt(bytes: Buffer, { KeyId = '', CiphertextBlob = '', EncryptionContext }: Call): Answer {
  const blob = Buffer.from(CiphertextBlob, 'base64')
  if (blob.length < 128) return failure('InvalidCiphertextException')
  if (!blob.subarray(0, 100).equals(labelOf(KeyId))) return failure('com.amazonaws.kms#IncorrectKeyException')
  try {
    const decipher = createDecipheriv('aes-256-gcm', bytes, blob.subarray(100, 112)).setAAD(aad(EncryptionContext))
    decipher.setAuthTag(blob.subarray(-16))
    const plain = Buffer.concat([decipher.update(blob.subarray(112, -16)), decipher.final()])
    return [200, { Plaintext: plain.toString('base64'), KeyId, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' }]
  } catch {
    return failure('InvalidCiphertextException')
  }
}
