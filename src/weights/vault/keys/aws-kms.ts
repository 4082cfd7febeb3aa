import { z } from 'zod'
import { AwsSigner } from '../../../base/aws-signer.ts'
import { readBase64 } from '../../../base/base64.ts'
import type { Clock } from '../../../base/clock.ts'
import type { SmallAnswer } from '../../../base/egress.ts'
import { AppError, type ErrorCode } from '../../../base/errors.ts'
import { askKeyServer, type KeyEgress, keyServerError, overloaded, readFailure, readKeyAnswer } from './key-server.ts'
import { canonicalContext, type KeyContext, type KeyProvider } from './provider.ts'

/** Of a key, not of an alias: whoever may move an alias could put a key of their own in its place. */
export const KMS_KEY_ARN = /^arn:aws[a-z-]{0,20}:kms:([a-z0-9-]{1,40}):[0-9]{12}:key\/[A-Za-z0-9-]{1,64}$/
const WRAPPED = /^[A-Za-z0-9+/=]{1,8192}$/
const SERVER = 'AWS KMS'

const Encrypted = z.object({ CiphertextBlob: z.string().regex(WRAPPED), KeyId: z.string() })
const Decrypted = z.object({ Plaintext: z.string().max(8_192), KeyId: z.string() })
const Failure = z.object({ __type: z.string().max(300) })

/** By the name of the error. What isn't here means that the service has a fault. */
const FAILURES = new Map<string, readonly [ErrorCode, string]>([
  ['AccessDeniedException', ['FORBIDDEN', 'does not let us use the key']],
  ['ExpiredTokenException', ['FORBIDDEN', 'refuses our credentials: they have expired']],
  ['UnrecognizedClientException', ['FORBIDDEN', 'refuses our credentials']],
  ['InvalidClientTokenId', ['FORBIDDEN', 'refuses our credentials']],
  ['InvalidSignatureException', ['FORBIDDEN', 'refuses our signature: is the clock right?']],
  ['MissingAuthenticationTokenException', ['FORBIDDEN', 'refuses our credentials']],
  ['DisabledException', ['FORBIDDEN', 'has the key disabled']],
  ['KMSInvalidStateException', ['FORBIDDEN', 'has the key in a state in which nobody may use it']],
  ['NotFoundException', ['CONFIG_INVALID', 'has no such key']],
  ['InvalidArnException', ['CONFIG_INVALID', 'has no such key']],
  ['InvalidKeyUsageException', ['CONFIG_INVALID', 'can’t use the key: it must be a symmetric one for encryption']],
  ['ValidationException', ['CONFIG_INVALID', 'can’t use the key in this way']],
])
const NOT_AUTHENTIC: ReadonlySet<string> = new Set(['InvalidCiphertextException', 'IncorrectKeyException'])
const THROTTLED: ReadonlySet<string> = new Set([
  'ThrottlingException',
  'LimitExceededException',
  'RequestLimitExceeded',
])
const EXPIRED: ReadonlySet<string> = new Set(['ExpiredTokenException', 'UnrecognizedClientException'])

export interface AwsKmsOptions {
  readonly keyArn: string
  /** As `keyServerAddress` gives it; absent = the service of the key's region. */
  readonly endpoint?: string | undefined
  readonly profile?: string | undefined
}

/**
 * A symmetric root key in AWS KMS. The context is the encryption context, which KMS authenticates and writes to CloudTrail. It rotates
 * there by its own rules, and unwraps with every version that it had; to move to another key, `rewrapModelKey`.
 *
 * @see https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html and API_Decrypt.html, by the JSON 1.1 protocol
 */
export class AwsKmsKeyProvider implements KeyProvider {
  readonly id: string
  readonly #keyArn: string
  readonly #url: URL
  readonly #egress: KeyEgress
  readonly #signer: AwsSigner

  /** @throws {AppError} CONFIG_INVALID when the key isn't named by its ARN */
  constructor(
    { keyArn, endpoint, profile }: AwsKmsOptions,
    deps: { readonly egress: KeyEgress; readonly clock: Clock },
  ) {
    const region = KMS_KEY_ARN.exec(keyArn)?.[1]
    if (region === undefined)
      throw new AppError('CONFIG_INVALID', 'name the key in AWS KMS by its ARN, not by an alias')
    this.id = `aws-kms:${keyArn}`
    this.#keyArn = keyArn
    this.#url = new URL(
      endpoint ?? `https://kms.${region}.${keyArn.startsWith('arn:aws-cn:') ? 'amazonaws.com.cn' : 'amazonaws.com'}`,
    )
    this.#egress = deps.egress
    this.#signer = new AwsSigner({ region, service: 'kms', profile }, deps)
  }

  async wrap(key: Uint8Array, context: KeyContext): Promise<string> {
    const plaintext = Buffer.from(key.buffer, key.byteOffset, key.length).toString('base64')
    const answer = await this.#call('Encrypt', { Plaintext: plaintext }, context)
    const { CiphertextBlob, KeyId } = readKeyAnswer(Encrypted, SERVER, answer)
    this.#assertKey(KeyId)
    return CiphertextBlob
  }

  async unwrap(wrapped: string, context: KeyContext): Promise<Buffer> {
    if (!WRAPPED.test(wrapped)) throw this.#notOurs()
    const answer = await this.#call('Decrypt', { CiphertextBlob: wrapped }, context)
    const { Plaintext, KeyId } = readKeyAnswer(Decrypted, SERVER, answer)
    this.#assertKey(KeyId)
    const key = readBase64(Plaintext)
    if (key !== null) return key
    throw keyServerError('UPSTREAM_UNAVAILABLE', SERVER, 'gave something that is no key')
  }

  async #call(operation: string, fields: Readonly<Record<string, string>>, context: KeyContext): Promise<SmallAnswer> {
    canonicalContext(context) // its bounds
    const body = JSON.stringify({
      KeyId: this.#keyArn, // without it, KMS would take any key that we may use
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      EncryptionContext: context,
      ...fields,
    })
    const answer = await this.#send(operation, body)
    if (answer.status === 200) return answer
    if (!EXPIRED.has(nameOf(answer))) throw this.#failure(answer)
    this.#signer.renew()
    const again = await this.#send(operation, body)
    if (again.status === 200) return again
    throw this.#failure(again)
  }

  async #send(operation: string, body: string): Promise<SmallAnswer> {
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `TrentService.${operation}` }
    const { host: _host, ...signed } = await this.#signer.sign({ url: this.#url, headers, body })
    return await askKeyServer(this.#egress, SERVER, this.#url.href, { method: 'POST', headers: signed, body })
  }

  #assertKey(arn: string): void {
    if (arn !== this.#keyArn) throw keyServerError('VERIFICATION_FAILED', SERVER, 'used another key than the one named')
  }

  #failure(answer: SmallAnswer): AppError {
    const name = nameOf(answer)
    if (NOT_AUTHENTIC.has(name)) return this.#notOurs()
    if (THROTTLED.has(name) || answer.status === 429) return overloaded(SERVER, answer)
    const [code, what] = FAILURES.get(name) ?? ['UPSTREAM_UNAVAILABLE', `answered with status ${answer.status}`]
    return keyServerError(code, SERVER, what)
  }

  #notOurs(): AppError {
    return new AppError('VERIFICATION_FAILED', `a wrapped key was changed, or is none of ${this.id} and this context`)
  }
}

/** `com.amazonaws.kms#NotFoundException` and the name alone are both in use. */
function nameOf(answer: SmallAnswer): string {
  const type = readFailure(Failure, answer)?.__type ?? ''
  return type.slice(type.lastIndexOf('#') + 1)
}
