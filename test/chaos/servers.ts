import { spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { freePort, ServerProcess } from './server-process.ts'

/** Where a program is: on the path, or where Debian puts it. Null when it is not installed. */
export function programPath(name: string): string | null {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, 'bin')) : []
  const folders = [
    ...(process.env.PATH ?? '').split(':'),
    '/usr/local/go/bin',
    `${process.env.HOME}/go/bin`,
    ...versions,
  ]
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null
}

export interface Database {
  readonly process: ServerProcess
  /** The address of the database as seen at that port. */
  url(port: number): string
}

/** A PostgreSQL of our own, which may be killed. It refuses to run as root, so root starts it as the system's `postgres`. */
export async function startPostgres(folder: string): Promise<Database> {
  const [initdb, postgres] = [programPath('initdb'), programPath('postgres')]
  if (initdb === null || postgres === null)
    throw new Error('PostgreSQL is not installed (Debian: apt-get install postgresql)')
  const data = join(folder, 'postgres')
  const owner = process.getuid?.() === 0 ? systemUser('postgres') : null
  mkdirSync(data)
  if (owner !== null) {
    chownSync(folder, owner.uid, owner.gid)
    chownSync(data, owner.uid, owner.gid)
  }
  const made = spawnSync(initdb, ['-D', data, '-U', 'safelevel', '-A', 'trust', '-E', 'UTF8', '--no-sync'], {
    ...owner,
    encoding: 'utf8',
  })
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}`)
  const port = await freePort()
  const url = (at: number) => `postgres://safelevel@127.0.0.1:${at}/postgres`
  const settings = { listen_addresses: '127.0.0.1', max_connections: 300, unix_socket_directories: data }
  const process_ = new ServerProcess({
    name: 'postgres',
    port,
    command: postgres,
    args: [
      '-D',
      data,
      '-p',
      String(port),
      ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
    ],
    ...owner,
    logFile: join(folder, 'postgres.log'),
    answers: () => answersQuery(url(port)),
  })
  await process_.start()
  return { process: process_, url }
}

async function answersQuery(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } finally {
    await client.end().catch(() => {})
  }
}

/** Valkey or Redis, whichever is installed; null when neither is. */
export async function startValkey(folder: string): Promise<ServerProcess | null> {
  const command = programPath('valkey-server') ?? programPath('redis-server')
  if (command === null) return null
  const port = await freePort()
  const server = new ServerProcess({
    name: 'valkey',
    port,
    command,
    args: ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder],
    logFile: join(folder, 'valkey.log'),
    answers: () => answersPing(port),
  })
  await server.start()
  return server
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write('PING\r\n'))
    socket.setTimeout(1_000, () => socket.destroy(new Error('silent')))
    socket.on('error', reject)
    socket.once('data', (bytes) => {
      socket.end()
      resolve(bytes.toString().startsWith('+PONG'))
    })
  })
}

function systemUser(name: string): { uid: number; gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`))
  const [, , uid, gid] = line?.split(':') ?? []
  if (uid === undefined || gid === undefined) throw new Error(`there is no user ${name} to run PostgreSQL as`)
  return { uid: Number(uid), gid: Number(gid) }
}

const S3_KEY = { access: 'chaos', secret: 'chaos-secret-key' }
const BUCKET = 'ledger'

export interface ObjectStorage {
  readonly process: ServerProcess
  /** What a replica needs in its environment. */
  readonly env: Readonly<Record<string, string>>
  /** `ledger.tiles` of a replica that reaches it at that port. */
  tiles(port: number): Readonly<Record<string, unknown>>
}

/** An S3-compatible server over a folder (Versity's gateway); null where it is not installed. */
export async function startS3(folder: string): Promise<ObjectStorage | null> {
  const command = process.env.SAFELEVEL_TEST_VERSITYGW ?? programPath('versitygw')
  if (command === null) return null
  const root = join(folder, 's3')
  mkdirSync(join(root, BUCKET), { recursive: true })
  const port = await freePort()
  const args = ['--access', S3_KEY.access, '--secret', S3_KEY.secret, '--port', `127.0.0.1:${port}`, '--quiet']
  const server = new ServerProcess({
    name: 's3',
    port,
    command,
    args: [...args, 'posix', root],
    logFile: join(folder, 's3.log'),
    answers: async () => (await fetch(`http://127.0.0.1:${port}/`)).status > 0,
  })
  await server.start()
  return {
    process: server,
    env: { AWS_ACCESS_KEY_ID: S3_KEY.access, AWS_SECRET_ACCESS_KEY: S3_KEY.secret },
    tiles: (at) => ({ s3: { bucket: BUCKET, endpoint: `http://127.0.0.1:${at}`, pathStyle: true } }),
  }
}
