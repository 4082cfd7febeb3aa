import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { makeCertificate } from '../../test/support/certificates.ts'
import { listenLocally } from '../../test/support/clouds.ts'
import { type RunningApp, startApp } from '../../test/support/running-app.ts'
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

interface Found {
  readonly name: string
  readonly level: string
  readonly detail: string
  readonly mend: string | null
}

async function run(args: readonly string[], env: NodeJS.ProcessEnv) {
  const printed: string[] = []
  const print = vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line))
  try {
    await doctorCommand({ env }).parseAsync([...args], { from: 'user' })
  } finally {
    print.mockRestore()
  }
  const code = process.exitCode
  process.exitCode = undefined
  return { code, text: printed.join('\n') }
}

/** With the smallest classifier on any port, in a folder of its own, unless the configuration says otherwise. */
async function doctor(config: object, json = true) {
  const path = join(dir, 'safelevel.yaml')
  const least = { dataDir: join(dir, 'data'), publicPort: 0, controlPort: 0, classifier: { mode: 'screen' } }
  writeFileSync(path, JSON.stringify({ ...least, ...config }))
  return await run(json ? ['--json'] : [], { SAFELEVEL_CONFIG: path })
}
const findingsOf = (text: string) => JSON.parse(text).findings as Found[]
const one = ({ text }: { text: string }, name: string) => findingsOf(text).find((finding) => finding.name === name)
const failedOf = (text: string) => findingsOf(text).filter(({ level }) => level === 'failed')
const upstream = (baseUrl: string) => ({
  upstreams: [{ id: 'one', kind: 'anthropic', baseUrl, connectTimeoutMs: 1_000 }],
})
const identity = (url: string) => ({
  issuers: [{ id: 'corp', issuer: url, audience: ['a'], organisation: 'org_1', project: 'prj_1' }],
})

describe('safelevel doctor', () => {
  it('finds nothing wrong where everything answers, and says what is only advised', async () => {
    const tls = { public: { certFile: 'ai.pem', keyFile: 'ai.key' } }
    const { code, text } = await doctor({ ...upstream(serverUrl), identity: identity(issuer.url), tls })
    expect([code, failedOf(text)]).toEqual([undefined, []])
    const names = findingsOf(text).map(({ name }) => name)
    expect(names).toEqual(
      expect.arrayContaining([
        'node',
        'disk space',
        'data lock',
        'keys',
        'tls.public',
        'database',
        'ledger',
        'classifier',
      ]),
    )
    expect(names.slice(-2)).toEqual(['identity corp', 'upstream one'])
    expect(findingsOf(text).find(({ name }) => name === 'witnesses')).toMatchObject({
      level: 'warning',
      mend: expect.any(String),
    })
  })

  it('says of each thing that fails what it is, and exits with 1', async () => {
    const { code, text } = await doctor({ ...upstream('http://127.0.0.1:9'), identity: identity('http://127.0.0.1:9') })
    expect([code, failedOf(text).map(({ detail }) => detail)]).toEqual([
      1,
      [
        expect.stringMatching(/^the keys of the issuer "corp" can’t be read/),
        expect.stringMatching(/^http:\/\/127\.0\.0\.1:9 can’t be reached: .*ECONNREFUSED/),
      ],
    ])
  })

  it('stops at files that are wrong: the rest would fail for the same reason', async () => {
    const { code, text } = await doctor({ ...upstream(serverUrl), egress: { caFiles: ['none.pem'] } }, false)
    expect([code, text]).toEqual([
      1,
      expect.stringMatching(/■ egress\.caFiles +.*none\.pem does not exist\n(?:✓.*\n){2}\n1 failed$/),
    ])
  })

  it('finds a port that another program has', async () => {
    await using taken = new AsyncDisposableStack()
    const server = createServer().listen(0, '127.0.0.1')
    taken.defer(() => void server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    const { code, text } = await doctor({ publicPort: port })
    expect([code, failedOf(text)]).toMatchObject([
      1,
      [
        {
          name: 'publicPort',
          detail: `another program has 127.0.0.1:${port}`,
          mend: expect.stringContaining('publicPort'),
        },
      ],
    ])
  })
})

describe('over an installation', () => {
  let app: RunningApp
  beforeAll(async () => {
    app = await startApp()
    resources.defer(() => app[Symbol.asyncDispose]())
  })
  const env = () => ({ SAFELEVEL_URL: app.controlUrl, SAFELEVEL_TOKEN: app.app.operatorToken })

  it('finds a lock that somebody holds, and keys that others may read', async () => {
    const config = { dataDir: app.dataDir }
    // No server has left its address in this folder, so whoever holds its lock does not answer.
    expect(one(await doctor(config), 'data lock')).toMatchObject({
      level: 'failed',
      detail: expect.stringContaining('in use by'),
    })
    chmodSync(join(app.dataDir, 'keys', 'ledger.key'), 0o644)
    const open = await doctor(config)
    chmodSync(join(app.dataDir, 'keys', 'ledger.key'), 0o600)
    expect(one(open, 'keys')).toMatchObject({ level: 'failed', mend: expect.stringContaining('chmod 600') })
  })

  it('finds a ledger whose end was changed, or that lost its key', async () => {
    const dataDir = join(dir, 'copy')
    await app.app.ledger.integrated(app.app.ledger.size - 1)
    for (const part of ['ledger', 'keys']) cpSync(join(app.dataDir, part), join(dataDir, part), { recursive: true })
    expect(one(await doctor({ dataDir }), 'ledger')).toMatchObject({ level: 'ok' })
    const segment = join(dataDir, 'ledger', 'private', 'segment-0000000000000000.log')
    const bytes = readFileSync(segment)
    writeFileSync(segment, bytes.fill(0x58, bytes.lastIndexOf('"kind"'), bytes.lastIndexOf('"kind"') + 1))
    expect(one(await doctor({ dataDir }), 'ledger')).toMatchObject({
      level: 'failed',
      detail: expect.stringMatching(/entry \d+ is not the one that was committed to/),
    })
    rmSync(join(dataDir, 'keys', 'ledger.key'))
    expect(one(await doctor({ dataDir }), 'ledger')).toMatchObject({
      detail: expect.stringContaining('ledger.key is missing'),
    })
  })

  it('sends the canaries now, and exits 1 unless all are refused', async () => {
    const send = async () => {
      const { code, text } = await run(['canary', '--json'], env())
      const { ok, canaries } = JSON.parse(text) as { ok: boolean; canaries: { side: string; state: string }[] }
      return { code, ok, states: new Set(canaries.map(({ state }) => state)) }
    }
    // This screen counts only the harmless strings, which are planted by turns with what is plainly harmful.
    expect(await send()).toEqual({ code: 1, ok: false, states: new Set(['missed', 'holds']) })
    expect(await send()).toEqual({ code: undefined, ok: true, states: new Set(['holds']) })
  })
})
