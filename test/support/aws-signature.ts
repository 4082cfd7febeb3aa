import { createHash, createHmac } from 'node:crypto'

export interface SignedRequest {
  readonly method: string
  /** As it came over the wire, with its query. */
  readonly url: string
  /** In lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex')
const hmac = (key: string | Uint8Array, text: string) => createHmac('sha256', key).update(text).digest()
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

/**
 * The signature that a request should have, worked out from AWS's description alone: nothing of an SDK is in here.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function expectedSignature(
  { method, url, headers, body }: SignedRequest,
  {
    secretKey,
    region,
    service,
    date,
    signedHeaders,
  }: Record<'secretKey' | 'region' | 'service' | 'date' | 'signedHeaders', string>,
): string {
  const [path = '/', query = ''] = url.split('?')
  const pairs = query === '' ? [] : query.split('&').map((pair) => pair.split('=').map(decodeURIComponent))
  const canonicalQuery = pairs
    .map(([name = '', value = '']) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&')
  const names = signedHeaders.split(';')
  const canonical = [
    method,
    path.split('/').map(encode).join('/'), // encoded once more, as for every service but S3
    canonicalQuery,
    ...names.map((name) => `${name}:${(headers[name] ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    signedHeaders,
    sha256(body),
  ].join('\n')
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`
  const toSign = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(canonical)}`
  const key = [date.slice(0, 8), region, service, 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secretKey}`)
  return hmac(key, toSign).toString('hex')
}

/** What is wrong with the signature of a request, as its server sees it; null when nothing is. */
export function signatureProblem(
  request: SignedRequest,
  who: { readonly accessKeyId: string; readonly secretKey: string; readonly region: string; readonly service: string },
): string | null {
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/.exec(
      request.headers.authorization ?? '',
    )
  if (match === null) return 'no signature'
  const [, accessKeyId, day, region, service, signedHeaders = '', signature] = match
  const date = request.headers['x-amz-date'] ?? ''
  if (accessKeyId !== who.accessKeyId) return 'another access key'
  if (region !== who.region || service !== who.service || !date.startsWith(day ?? '-')) return 'another scope'
  if (!/^\d{8}T\d{6}Z$/.test(date)) return 'no date'
  if (!signedHeaders.split(';').includes('host')) return 'the host is not signed'
  const expected = expectedSignature(request, { ...who, date, signedHeaders })
  return expected === signature ? null : 'the signature does not match'
}
