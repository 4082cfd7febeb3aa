import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { makeCertificate } from '../../test/support/certificates.ts'
import { listenLocally } from '../../test/support/clouds.ts'
import { TokenIssuer } from '../../test/support/token-issuer.ts'
import { doctorCommand } from './doctor.ts'

const resources = new AsyncDisposableStack()
let dir: string
let serverUrl: string
let issuer: TokenIssuer

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'safelevel-doctor-'))
  resources.defer(() => rmSync(dir, { recursive: true, force: true }))
  serverUrl = resources.use(await listenLocally((_, res) => void res.writeHead(404).end())).url
  issuer = resources.use(await TokenIssuer.start())
  const { cert, key } = makeCertificate(['ai.example.com'])
  writeFileSync(join(dir, 'ai.pem'), cert)
  writeFileSync(join(dir, 'ai.key'), key)
})
afterAll(() => resources.disposeAsync())
beforeEach(() => {
  process.exitCode = undefined
})

async function doctor(config: object, json = true) {
  const path = join(dir, 'safelevel.yaml')
  writeFileSync(path, JSON.stringify(config))
  const printed: string[] = []
  const print = vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line))
  try {
    await doctorCommand({ env: { SAFELEVEL_CONFIG: path } }).parseAsync(json ? ['--json'] : [], { from: 'user' })
  } finally {
    print.mockRestore()
  }
  const code = process.exitCode
  process.exitCode = undefined
  return { code, text: printed.join('\n') }
}
const upstream = (baseUrl: string) => ({
  upstreams: [{ id: 'one', kind: 'anthropic', baseUrl, connectTimeoutMs: 1_000 }],
})
const identity = (url: string) => ({
  issuers: [{ id: 'corp', issuer: url, audience: ['a'], organisation: 'org_1', project: 'prj_1' }],
})

describe('safelevel doctor', () => {
  it('finds nothing wrong where everything answers', async () => {
    const pair = { certFile: 'ai.pem', keyFile: 'ai.key' }
    const { code, text } = await doctor({
      ...upstream(serverUrl),
      identity: identity(issuer.url),
      tls: { public: pair },
    })
    expect([code, JSON.parse(text).ok]).toEqual([undefined, true])
    expect(JSON.parse(text).findings.map(({ name }: { name: string }) => name)).toEqual([
      'configuration',
      'tls.public',
      'identity corp',
      'upstream one',
    ])
  })

  it('says of each thing that fails what it is, and exits with 1', async () => {
    const { code, text } = await doctor({ ...upstream('http://127.0.0.1:9'), identity: identity('http://127.0.0.1:9') })
    const details = JSON.parse(text).findings.map(({ ok, detail }: { ok: boolean; detail: string }) => [ok, detail])
    expect([code, details]).toEqual([
      1,
      [
        [true, 'valid'],
        [false, expect.stringMatching(/^the keys of the issuer "corp" can’t be read/)],
        [false, expect.stringMatching(/^http:\/\/127\.0\.0\.1:9 can’t be reached: .*ECONNREFUSED/)],
      ],
    ])
  })

  it('stops at files that are wrong: the rest would fail for the same reason', async () => {
    const { code, text } = await doctor({ ...upstream(serverUrl), egress: { caFiles: ['none.pem'] } }, false)
    expect([code, text]).toEqual([1, expect.stringMatching(/✗ egress\.caFiles +.*none\.pem does not exist$/)])
  })
})
