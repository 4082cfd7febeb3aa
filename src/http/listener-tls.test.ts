import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Certificate, makeCertificate } from '../../test/support/certificates.ts'
import { ManualClock } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import { silentLog } from '../base/log.ts'
import { ListenerTls } from './listener-tls.ts'

const DAY_MS = 86_400_000
let dir: string
let authority: Certificate

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'safelevel-tls-'))
  authority = makeCertificate(['Test authority'], { authority: true })
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const at = (name: string, text: string) => {
  writeFileSync(join(dir, name), text)
  return join(dir, name)
}
const write = (name: string, { cert, key }: Certificate) => ({
  certFile: at(`${name}.pem`, cert),
  keyFile: at(`${name}.key`, key),
})
const make = (days = 365) => makeCertificate(['ai.example.com'], { issuer: authority, days })
const open = (pair: { certFile: string; keyFile: string }, clock = new ManualClock(Date.now())) =>
  new ListenerTls(pair, 'TLSv1.2', { clock, log: silentLog })

describe('certificate and key of a plane', () => {
  it('are refused with words for what is wrong with which file', () => {
    const good = write('good', make())
    const other = write('other', make())
    mkdirSync(join(dir, 'folder'))
    const text = at('text.pem', 'hello')
    const cases: [Record<'certFile' | 'keyFile', string>, RegExp][] = [
      [{ ...good, certFile: join(dir, 'none.pem') }, /none\.pem does not exist/],
      [{ ...good, certFile: join(dir, 'folder') }, /folder is no file/],
      [{ ...good, certFile: text }, /text\.pem holds no certificate/],
      [
        { ...good, certFile: at('broken.pem', '-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n') },
        /broken\.pem holds a certificate that can’t be read/,
      ],
      [{ ...good, keyFile: other.keyFile }, /other\.key is not the key of the certificate in .*good\.pem/],
      [{ ...good, keyFile: text }, /text\.pem holds no private key/],
      [
        {
          ...good,
          keyFile: at(
            'locked.key',
            '-----BEGIN ENCRYPTED PRIVATE KEY-----\naA==\n-----END ENCRYPTED PRIVATE KEY-----\n',
          ),
        },
        /locked\.key is locked with a passphrase/,
      ],
      [write('ended', make(0.5)), /the certificate in .*ended\.pem ended on/],
    ]
    for (const [pair, why] of cases) {
      let error: unknown
      try {
        open(pair)
      } catch (thrown) {
        error = thrown
      }
      expect(error).toBeInstanceOf(AppError)
      expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(why) })
    }
  })

  it('go to every server once both have changed, and not before', async () => {
    const pair = write('changing', make())
    const tls = open(pair)
    const given: unknown[] = []
    tls.serve({ setSecureContext: (options) => given.push(options) })
    await tls.reload()
    expect(given).toEqual([])
    const next = make()
    at('changing.pem', next.cert)
    await tls.reload()
    expect([given, tls.problem()]).toEqual([[], expect.stringMatching(/is not the key of the certificate/)])
    at('changing.key', next.key)
    await tls.reload()
    expect([given, tls.problem(), tls.certificate]).toEqual([
      [expect.objectContaining({ key: next.key, minVersion: 'TLSv1.2' })],
      null,
      expect.stringContaining(next.cert.slice(30, 90)),
    ])
    rmSync(pair.certFile)
    await tls.reload()
    expect([given.length, tls.problem()]).toEqual([1, expect.stringMatching(/changing\.pem does not exist/)])
  })

  it('are spoken of two weeks before they end', () => {
    const clock = new ManualClock(Date.now())
    const tls = open(write('ending', make(30)), clock)
    expect(tls.problem()).toBeNull()
    clock.advance(16 * DAY_MS)
    expect(tls.problem()).toMatch(/ends in 13 days/)
    clock.advance(14 * DAY_MS)
    expect(tls.problem()).toMatch(/has ended/)
  })
})
