import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { originReader } from './forwarded.ts'

/** A request from `peer` with these header lines, as Node's parser leaves them. */
function requestFrom(peer: string, lines: readonly (readonly [string, string])[]): IncomingMessage {
  const socket = new Socket()
  Object.defineProperty(socket, 'remoteAddress', { value: peer })
  const req = new IncomingMessage(socket)
  req.rawHeaders.push(...lines.flat())
  for (const [name, value] of lines) req.headersDistinct[name] = [...(req.headersDistinct[name] ?? []), value]
  return req
}

const TRUSTED = ['10.0.0.0/8', '2001:db8:ffff::/48', '192.0.2.7']
function reader(forwardedHeader: 'x-forwarded-for' | 'forwarded' = 'x-forwarded-for') {
  const read = originReader({ trustedProxies: TRUSTED, forwardedHeader })
  if (read === null) throw new Error('no reader')
  return read
}
const addressOf = (peer: string, ...values: string[]) =>
  reader()(
    requestFrom(
      peer,
      values.map((value) => ['x-forwarded-for', value] as const),
    ),
  )
const rfc7239 = (peer: string, ...values: string[]) =>
  reader('forwarded')(
    requestFrom(
      peer,
      values.map((value) => ['forwarded', value] as const),
    ),
  )

describe('where a request comes from', () => {
  it('is not looked for where no proxy is trusted', () => {
    expect(originReader({ trustedProxies: [], forwardedHeader: 'forwarded' })).toBeNull()
  })

  it('is the other end of the connection, unless a trusted proxy is there', () => {
    expect(addressOf('203.0.113.5', '198.51.100.1')).toMatchObject({ address: '203.0.113.5', proxied: false })
    expect(addressOf('10.1.2.3')).toMatchObject({ address: '10.1.2.3', proxied: true })
    expect(addressOf('10.1.2.3', '198.51.100.1')).toMatchObject({ address: '198.51.100.1', proxied: true })
    expect(addressOf('::ffff:10.1.2.3', '198.51.100.1')).toMatchObject({ address: '198.51.100.1' })
    expect(addressOf('192.0.2.7', '2001:db8::5')).toMatchObject({ address: '2001:db8::5' })
    expect(addressOf('2001:db8:ffff::1', '2001:db8::5')).toMatchObject({ address: '2001:db8::5' })
  })

  it('is the last address that no trusted proxy has, whatever stands before it', () => {
    expect(addressOf('10.1.2.3', '1.1.1.1, 198.51.100.1')).toMatchObject({ address: '198.51.100.1' })
    expect(addressOf('10.1.2.3', '127.0.0.1, 198.51.100.1, 10.9.9.9')).toMatchObject({ address: '198.51.100.1' })
    expect(addressOf('10.1.2.3', '10.0.0.1', '198.51.100.1')).toMatchObject({ address: '198.51.100.1' })
    expect(addressOf('10.1.2.3', '10.0.0.1, 10.0.0.2')).toMatchObject({ address: '10.0.0.1' })
  })

  it('is the last proxy that we know of where the header can’t be read', () => {
    for (const damaged of ['unknown', '_hidden', 'evil', '1.2.3', '1.2.3.4.5', '999.1.1.1', "'", '[::1', '10.0.0.1:x'])
      expect(addressOf('10.1.2.3', `198.51.100.1, ${damaged}`)).toMatchObject({ address: '10.1.2.3' })
    expect(addressOf('10.1.2.3', '198.51.100.1, evil, 10.9.9.9')).toMatchObject({ address: '10.9.9.9' })
  })

  it('has no port, brackets or mapping', () => {
    expect(addressOf('10.1.2.3', '198.51.100.1:4711')).toMatchObject({ address: '198.51.100.1' })
    expect(addressOf('10.1.2.3', '[2001:db8::5]:443')).toMatchObject({ address: '2001:db8::5' })
    expect(addressOf('10.1.2.3', '::ffff:198.51.100.1')).toMatchObject({ address: '198.51.100.1' })
  })

  it('is said with scheme and host by the proxy, and by nobody else', () => {
    const lines = [
      ['x-forwarded-for', '198.51.100.1'],
      ['x-forwarded-proto', 'https'],
      ['x-forwarded-host', 'Console.Example.com'],
    ] as const
    const believed = { secure: true, host: 'console.example.com' }
    expect(reader()(requestFrom('10.1.2.3', lines))).toMatchObject(believed)
    expect(reader()(requestFrom('203.0.113.5', lines))).toMatchObject({ secure: false, host: null })
    const bad = [...lines.slice(0, 1), ['x-forwarded-proto', 'javascript'], ['x-forwarded-host', 'a b\r\n']] as const
    expect(reader()(requestFrom('10.1.2.3', bad))).toMatchObject({ secure: false, host: null })
  })

  it('is read as RFC 7239 has it where that header is the configured one', () => {
    expect(rfc7239('10.1.2.3', 'for=1.1.1.1, for="198.51.100.1:99";proto=https;host="a.example"')).toEqual({
      address: '198.51.100.1',
      secure: true,
      host: 'a.example',
      proxied: true,
    })
    expect(rfc7239('10.1.2.3', 'For="[2001:db8::5]:4711"', 'for=10.0.0.9;by=10.1.1.1')).toMatchObject({
      address: '2001:db8::5',
    })
    expect(rfc7239('10.1.2.3', 'for="198.51.100.1, for=6.6.6.6"')).toMatchObject({ address: '10.1.2.3' })
    expect(rfc7239('10.1.2.3', 'for=6.6.6.6;for=198.51.100.1')).toMatchObject({ address: '10.1.2.3' })
    const other = requestFrom('10.1.2.3', [
      ['x-forwarded-for', '6.6.6.6'],
      ['forwarded', 'for=198.51.100.1'],
    ])
    expect(reader('forwarded')(other)).toMatchObject({ address: '198.51.100.1' })
    expect(reader()(other)).toMatchObject({ address: '6.6.6.6' })
  })

  it('can’t be chosen by a client, whatever it sends through a proxy', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary-ascii', maxLength: 60 }),
      fc.ipV4(),
      fc.ipV6(),
      fc.array(fc.ipV4(), { maxLength: 50 }).map((list) => list.join(',')),
      fc.constantFrom('for=1.1.1.1', 'for="1.1.1.1', '"', '\\"', 'for=a;for=b,', 'for=10.0.0.1'),
    )
    fc.assert(
      fc.property(fc.array(text, { maxLength: 4 }), fc.constantFrom('10.0.0.1', '192.0.2.7'), (sent, proxy) => {
        // A proxy that adds a line of its own: what the client sent stays before it.
        expect(addressOf(proxy, ...sent, '198.51.100.1').address).toBe('198.51.100.1')
        expect(rfc7239(proxy, ...sent, 'for=198.51.100.1').address).toBe('198.51.100.1')
      }),
      { numRuns: 500 },
    )
  })

  it('is found in a header as long as the server takes, in time that grows with its length', {
    timeout: 30_000,
  }, () => {
    const long = '10.0.0.1,'.repeat(1_700)
    const found = new Set<string | null>()
    // What grew with its square would take minutes.
    for (let i = 0; i < 300; i++) found.add(addressOf('10.1.2.3', long).address)
    expect(found.size).toBe(1)
  })
})
