import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openRooms } from '../../test/support/rooms.ts'
import { freshDataDir } from '../../test/support/stores.ts'
import { Accounts, KEY_PATTERN, openOperatorToken } from '../accounts/index.ts'
import { systemClock } from '../base/clock.ts'
import { NO_SECRETS } from '../base/config.ts'
import { systemIds } from '../base/ids.ts'
import { silentLog } from '../base/log.ts'
import { acquireDataLock, openDb } from '../db/index.ts'
import { createControlPlane } from '../http/control-plane/index.ts'
import { type Ledger, LocalLedger, openFileSigner } from '../ledger/index.ts'
import { parseStaffConfig, Staff } from '../staff/index.ts'
import { keyCommand, type OpenAccounts } from './key.ts'
import {
  connectOperator,
  OperatorClient,
  readServerFile,
  removeServerFile,
  writeServerFile,
} from './operator-client.ts'

let dir = ''
let out = ''
let err = ''
const servers: Server[] = []

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'safelevel-test-'))
  out = ''
  err = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text
    return true
  })
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += text
    return true
  })
})
afterEach(async () => {
  vi.restoreAllMocks()
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
  rmSync(dir, { recursive: true, force: true })
})

interface OpenInstallation extends OpenAccounts, Awaited<ReturnType<typeof openRooms>> {
  readonly accounts: Accounts
  readonly ledger: Ledger
  readonly staff: Staff
}

async function openInstallation(): Promise<OpenInstallation> {
  await using resources = new AsyncDisposableStack()
  resources.use(acquireDataLock(dir))
  const db = resources.use(await openDb({ url: null, dataDir: dir, log: silentLog }))
  const base = { clock: systemClock, ids: systemIds, log: silentLog }
  const signer = await openFileSigner({ path: join(dir, 'ledger.key'), origin: 'test.example/log', ids: systemIds })
  const ledger = resources.use(
    await LocalLedger.open({ ...base, dir: join(dir, 'ledger'), signer, checkpointIntervalMs: 10 }),
  )
  const accounts = resources.use(
    await Accounts.open({
      ...base,
      db,
      ledger,
      digest: (text) => createHmac('sha256', 'k').update(text).digest('hex'),
      defaults: { requestsPerMinute: 60, tokensPerMinute: 1000 },
    }),
  )
  const staff = resources.use(
    await Staff.open({
      ...base,
      db,
      ledger,
      digest: (text: string) => text,
      config: parseStaffConfig({}),
      secrets: NO_SECRETS,
      host: '127.0.0.1',
      installation: 'test',
    }),
  )
  const rooms = await openRooms(db, ledger, dir)
  resources.use(rooms.decisions)
  resources.use(rooms.enforcement)
  resources.use(rooms.content)
  resources.use(rooms.models.response)
  resources.use(rooms.models.training)
  resources.use(rooms.weights.vault)
  const all = resources.move()
  return { ...rooms, accounts, ledger, staff, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

async function listen(server: Server): Promise<string> {
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}`
}

async function serve({ [Symbol.asyncDispose]: _, ...rooms }: OpenInstallation): Promise<string> {
  const app = createControlPlane({
    ...rooms,
    operatorToken: openOperatorToken(dir, systemIds),
    status: () => {
      throw new Error('not asked for')
    },
    readiness: () => ({ state: 'ready', ready: true, reasons: [], conditions: [] }),
    metrics: async () => ({ contentType: 'text/plain', body: '' }),
    host: '127.0.0.1',
    ids: systemIds,
    log: silentLog,
  })
  const control = await listen(createServer(getRequestListener(app.fetch)))
  writeServerFile(dir, { control, public: 'http://127.0.0.1:8080', pid: process.pid })
  return control
}

const mustNotOpen = async (): Promise<OpenAccounts> => {
  throw new Error('opened the store beside a running server')
}

async function run(args: string[], openAccounts: () => Promise<OpenAccounts>, env: NodeJS.ProcessEnv = {}) {
  out = ''
  err = ''
  const command = keyCommand({ openAccounts, env: { SAFELEVEL_DATA_DIR: dir, ...env } }).exitOverride()
  await command.parseAsync(args, { from: 'user' })
  return out
}

describe('safelevel key, with a running server', () => {
  let home = ''
  let installation: OpenInstallation
  let url = ''
  beforeAll(async () => {
    home = await freshDataDir()
    dir = home
    installation = await openInstallation()
    await installation.accounts.ensureFirstKey()
  })
  afterAll(async () => {
    await installation[Symbol.asyncDispose]()
    rmSync(home, { recursive: true, force: true })
  })
  beforeEach(async () => {
    url = await serve(installation)
  })

  it('creates, lists and revokes through it', async () => {
    const text = await run(['create', '--name', 'ci', '--no-test-string', '--json'], mustNotOpen)
    expect(text.split('\n')).toHaveLength(2)
    const created = JSON.parse(text)
    expect(created).toMatchObject({ name: 'ci', testString: false, status: 'active', expiresAt: null })
    expect(Object.keys(created)[0]).toBe('key')
    expect(installation.accounts.authenticate(created.key)).toMatchObject({ keyId: created.id })

    const lines = (await run(['list', '--json'], mustNotOpen)).trim().split('\n')
    expect(lines.map((l) => JSON.parse(l).name)).toEqual(['first key', 'ci'])
    expect(await run(['list'], mustNotOpen)).not.toContain(created.key)

    expect(await run(['revoke', created.id], mustNotOpen)).toContain(`revoked ${created.id}`)
    expect(installation.accounts.authenticate(created.key)).toBeNull()
  })

  it('prints the bare secret on standard output, the rest beside it', async () => {
    const text = await run(['create'], mustNotOpen)
    expect(text.trim()).toMatch(KEY_PATTERN)
    expect(err).toContain('shown once')
  })

  it('reads lists of more than one page', async () => {
    const { items } = await installation.accounts.keys({ limit: 1 })
    const asked: (string | undefined)[] = []
    const paged = await listen(
      createServer((req, res) => {
        asked.push(req.url)
        res.end(JSON.stringify({ items, next: asked.length < 3 ? `page & ${asked.length}` : null }))
      }),
    )
    const text = await run(['list', '--json', '--project', 'prj_1'], mustNotOpen, {
      SAFELEVEL_URL: paged,
      SAFELEVEL_TOKEN: 'x',
    })
    expect(text.trim().split('\n')).toHaveLength(3)
    expect(asked).toEqual([
      '/api/v1/keys?limit=200&projectId=prj_1',
      '/api/v1/keys?limit=200&after=page+%26+1&projectId=prj_1',
      '/api/v1/keys?limit=200&after=page+%26+2&projectId=prj_1',
    ])
  })

  it('passes on what the server says', async () => {
    await expect(run(['revoke', 'key_0/../..'], mustNotOpen)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(run(['create', '--expires', 'soon'], mustNotOpen)).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    await expect(run(['create', '--project', 'prj_0'], mustNotOpen)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('goes where SAFELEVEL_URL says, with SAFELEVEL_TOKEN', async () => {
    removeServerFile(dir)
    const env = { SAFELEVEL_URL: `${url}/`, SAFELEVEL_TOKEN: openOperatorToken(dir, systemIds) }
    expect(JSON.parse(await run(['create', '--json'], mustNotOpen, env)).key).toMatch(KEY_PATTERN)
    const wrong = { ...env, SAFELEVEL_TOKEN: 'sl_op_wrong' }
    await expect(run(['list'], mustNotOpen, wrong)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    const invalid = { code: 'CONFIG_INVALID' }
    await expect(run(['list'], mustNotOpen, { SAFELEVEL_URL: url })).rejects.toMatchObject(invalid)
    await expect(run(['list'], mustNotOpen, { SAFELEVEL_URL: 'nonsense', SAFELEVEL_TOKEN: 'x' })).rejects.toMatchObject(
      invalid,
    )
    const gone = { SAFELEVEL_URL: 'http://127.0.0.1:1', SAFELEVEL_TOKEN: 'x' }
    await expect(run(['list'], mustNotOpen, gone)).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' })
  })
})

describe('safelevel key, without a server', () => {
  beforeEach(async () => {
    rmSync(dir, { recursive: true })
    dir = await freshDataDir()
  })

  it('opens the store itself, on a new folder too', async () => {
    const { key, id } = JSON.parse(await run(['create', '--json'], openInstallation))
    expect(key).toMatch(KEY_PATTERN)
    await run(['revoke', id], openInstallation)
    await using installation = await openInstallation()
    expect(installation.accounts.authenticate(key)).toBeNull()
  })

  it('says what to do when there is no key yet', async () => {
    expect(await run(['list'], openInstallation)).toBe('')
    expect(err).toContain('safelevel key create')
  })

  it('says who holds the folder when a server holds it but has not answered', async () => {
    await using _installation = await openInstallation()
    await expect(run(['list'], openInstallation)).rejects.toMatchObject({ code: 'DATA_DIR_LOCKED' })
  })

  it('opens the store itself where a killed server left its address', async () => {
    openOperatorToken(dir, systemIds)
    writeServerFile(dir, { control: 'http://127.0.0.1:1', public: 'http://127.0.0.1:2', pid: 1 })
    expect(await run(['create'], openInstallation)).toMatch(/^sl_live_/)
  })

  it('never sends the token to a program that only has the port', async () => {
    const seen: IncomingMessage[] = []
    const token = openOperatorToken(dir, systemIds)
    const control = await listen(
      createServer((req, res) => {
        seen.push(req)
        res.setHeader('x-safelevel-proof', 'f'.repeat(64))
        res.end('{"status":"ok"}')
      }),
    )
    writeServerFile(dir, { control, public: control, pid: process.pid })
    expect(await connectOperator({}, dir)).toBeNull()
    expect(seen).toHaveLength(1)
    expect(JSON.stringify(seen.map((r) => [r.url, r.rawHeaders]))).not.toContain(token)
  })
})

describe('the server file', () => {
  it('is for its owner alone and is taken away', () => {
    const info = { control: 'http://127.0.0.1:8081', public: 'http://127.0.0.1:8080', pid: 7 }
    writeServerFile(dir, info)
    writeServerFile(dir, info)
    expect(readServerFile(dir)).toEqual(info)
    expect(statSync(join(dir, 'server.json')).mode & 0o777).toBe(0o600)
    removeServerFile(dir)
    removeServerFile(dir)
    expect(existsSync(join(dir, 'server.json'))).toBe(false)
    expect(readServerFile(dir)).toBeNull()
  })

  it.each(['', '{', '[]', '{"control":"file:///etc/passwd","public":"x","pid":1}', '{"control":7}'])(
    'that says %j counts as none',
    (text) => {
      writeFileSync(join(dir, 'server.json'), text)
      expect(readServerFile(dir)).toBeNull()
    },
  )
})

describe('OperatorClient', () => {
  const answer = async (status: number, body: string, headers: Record<string, string> = {}) => {
    const url = await listen(createServer((_, res) => res.writeHead(status, headers).end(body)))
    const { ApiKey } = await import('../accounts/index.ts')
    return new OperatorClient(url, 'sl_op_x').request('GET', '/api/v1/keys/x', ApiKey)
  }

  it.each([
    ['no JSON', 200, '<html>'],
    ['another shape', 200, '{"hello":1}'],
    ['an error of another kind', 500, '{"oops":1}'],
    ['an unknown code', 418, '{"code":"TEAPOT","detail":"short and stout"}'],
  ])('takes %s for no server of ours', async (_, status, body) => {
    await expect(answer(status, body)).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' })
  })

  it('follows no redirect with the token', async () => {
    const redirected = answer(307, '', { location: 'http://127.0.0.1:1/' })
    await expect(redirected).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' })
  })
})

it('does not hide a token file that cannot be read', async () => {
  writeServerFile(dir, { control: 'http://127.0.0.1:1', public: 'x', pid: 1 })
  writeFileSync(join(dir, 'operator-token'), 'garbage')
  chmodSync(join(dir, 'operator-token'), 0o600)
  await expect(connectOperator({}, dir)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
})
