import { Command, Option } from 'commander'
import { type Accounts, ApiKey, CreatedKey, type NewKey } from '../accounts/index.ts'
import { loadConfig } from '../base/config.ts'
import { eachItem } from '../base/page.ts'
import type { Actor } from '../ledger/index.ts'
import { connectOperator, type OperatorClient } from './operator-client.ts'
import { printList } from './print-list.ts'

/** The accounts, opened by this process itself: taking the data lock, and giving it back when disposed. */
export interface OpenAccounts extends AsyncDisposable {
  readonly accounts: Pick<Accounts, 'ensureDefaultProject' | 'createKey' | 'keys' | 'revokeKey'>
}

export interface KeyCommandDeps {
  /** Called only where no server runs. @throws {AppError} DATA_DIR_LOCKED */
  readonly openAccounts: () => Promise<OpenAccounts>
  readonly env?: NodeJS.ProcessEnv
}

/** What the command does, whoever does it: a running server, or this process. */
interface Keys {
  create(key: NewKey): Promise<CreatedKey>
  list(projectId: string | undefined): AsyncIterable<ApiKey>
  revoke(id: string): Promise<ApiKey>
}

const OPERATOR: Actor = { type: 'operator', id: 'operator' }

/** `safelevel key create|list|revoke` */
export function keyCommand(deps: KeyCommandDeps): Command {
  const json = () => new Option('--json', 'print JSON, one object a line')
  const withKeys = <T>(work: (keys: Keys) => Promise<T>) => openKeys(deps, work)

  const create = new Command('create')
    .description('make a key; it is shown this once')
    .option('--project <id>', 'project that it belongs to (default: the first)')
    .option('--name <name>', 'what to know it by', 'key')
    .option('--expires <time>', 'when it stops working: 2027-01-31T00:00:00Z')
    .option('--no-test-string', 'the harmless test string does not trigger for this key')
    .addOption(json())
    .action(async (options: { project?: string; name: string; expires?: string; testString: boolean; json?: true }) => {
      const { project: projectId, name, expires, testString } = options
      const wanted = { projectId, name, expiresAt: expires ?? null, testString }
      const { key, ...about } = await withKeys((keys) => keys.create(wanted))
      if (options.json) return print(JSON.stringify({ key, ...about }))
      print(key)
      process.stderr.write(`shown once: keep it now. Its id is ${about.id}, in project ${about.projectId}.\n`)
    })

  const list = new Command('list')
    .description('list keys, without their secrets')
    .option('--project <id>', 'only those of one project')
    .addOption(json())
    .action((options: { project?: string; json?: true }) =>
      withKeys(async (keys) => {
        const none = 'no keys yet: safelevel key create'
        await printList(keys.list(options.project), { json: options.json === true, line, none })
      }),
    )

  const revoke = new Command('revoke')
    .description('refuse a key from its next request on')
    .argument('<id>', 'id of the key, from `key list`')
    .addOption(json())
    .action(async (id: string, options: { json?: true }) => {
      const key = await withKeys((keys) => keys.revoke(id))
      print(options.json ? JSON.stringify(key) : `revoked ${key.id} (${key.name})`)
    })

  return new Command('key').description('customers’ API keys').addCommand(create).addCommand(list).addCommand(revoke)
}

async function openKeys<T>({ openAccounts, env = process.env }: KeyCommandDeps, work: (keys: Keys) => Promise<T>) {
  const client = await connectOperator(env, loadConfig(env).config.dataDir)
  if (client !== null) return work(remoteKeys(client))
  await using opened = await openAccounts()
  return await work(localKeys(opened.accounts))
}

function remoteKeys(client: OperatorClient): Keys {
  return {
    create: (key) => client.request('POST', '/api/v1/keys', CreatedKey, key),
    list: (projectId) => client.each('/api/v1/keys', ApiKey, { projectId }),
    revoke: (id) => client.request('DELETE', `/api/v1/keys/${encodeURIComponent(id)}`, ApiKey),
  }
}

function localKeys(accounts: OpenAccounts['accounts']): Keys {
  return {
    async create(key) {
      if (key.projectId === undefined) await accounts.ensureDefaultProject()
      return accounts.createKey(key, OPERATOR)
    },
    list: (projectId) => eachItem((page) => accounts.keys({ ...page, projectId })),
    revoke: (id) => accounts.revokeKey(id, OPERATOR),
  }
}

function line(key: ApiKey): string {
  const until = key.expiresAt === null ? '' : `  until ${key.expiresAt}`
  const used = key.lastUsedAt === null ? 'never used' : `used ${key.lastUsedAt}`
  return `${key.id}  ${`${key.prefix}…${key.last4}`.padEnd(17)}  ${key.status.padEnd(7)}  ${used}${until}  ${key.name}`
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
