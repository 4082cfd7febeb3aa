import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import { z } from 'zod'
import { systemClock } from '../base/clock.ts'
import { loadConfig } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import {
  diffPolicies,
  PolicyDraft,
  PolicyInvalidError,
  PolicyReplay,
  PolicyStatus,
  PolicyVersion,
  readPolicy,
} from '../policy/index.ts'
import { connectOperator, type OperatorClient } from './operator-client.ts'
import { renderChange, renderReplay, renderVersion } from './policy-view.ts'
import { progressBar } from './progress.ts'

const POLL_MS = 500
const API = '/api/v1/policy'
const Versions = z.object({ items: z.array(PolicyVersion) })
const WithText = PolicyVersion.extend({ document: z.string() })
const Summary = z.object({ totals: z.record(z.string(), z.number()) })

/** The commands that need the running server. */
export function remoteCommands(): Command[] {
  return [versions(), diff(), replay(), publish()]
}

function versions(): Command {
  return new Command('versions')
    .description('list the versions of the policy, and say which one rules')
    .option('--json', 'print {"status", "items"}')
    .action(async ({ json }: { json?: boolean }) => {
      const client = await server()
      const status = await client.request('GET', API, PolicyStatus)
      const { items } = await client.request('GET', `${API}/versions`, Versions)
      if (json) return console.log(JSON.stringify({ status, items }))
      console.log(`${status.inForce.version} is in force: ${status.rule}`)
      for (const { version, effectiveAt } of status.scheduled) console.log(`${version} takes effect at ${effectiveAt}`)
      if (status.problem !== null) console.log(status.problem)
      console.log(`\n${items.map(renderVersion).join('\n')}`)
    })
}

function diff(): Command {
  return new Command('diff')
    .description('say what differs between two policies: files, versions, digests, drafts or `current`')
    .argument('<from>')
    .argument('[to]', 'default: current', 'current')
    .option('--json', 'print {"from", "to", "changes"}')
    .action(async (from: string, to: string, { json }: { json?: boolean }) => {
      const [before, after] = [await documentOf(from), await documentOf(to)]
      const changes = diffPolicies(before, after)
      if (json) console.log(JSON.stringify({ from, to, changes }))
      else console.log(changes.length === 0 ? 'no difference' : changes.map(renderChange).join('\n'))
    })
}

function replay(): Command {
  return new Command('replay')
    .description('decide recorded decisions again, by the policy in force and by a draft, and say what would change')
    .argument('<draft>', 'a file, or the id of a draft')
    .option('--since <age>', 'how far back: 12h, 30d, or a time such as 2026-01-31T00:00:00Z', '30d')
    .option('--json', 'print the report as JSON')
    .action(async (draft: string, { since, json }: { since: string; json?: boolean }) => {
      const client = await server()
      const from = sinceTime(since, systemClock.now())
      const id = await draftId(client, draft)
      const total = await recordedSince(client, from)
      let job = await client.request('POST', `${API}/drafts/${id}/replay`, PolicyReplay, { since: from })
      const progress = progressBar('replaying', process.stderr, { clock: systemClock })
      while (job.state === 'running') {
        progress.show(Math.min(job.rows, total), total)
        await sleep(POLL_MS)
        job = await client.request('GET', `${API}/replays/${job.id}`, PolicyReplay)
      }
      progress.clear()
      if (job.report === null) throw new AppError('UPSTREAM_UNAVAILABLE', job.problem ?? 'the replay failed')
      console.log(json ? JSON.stringify(job.report) : renderReplay(job.report))
    })
}

function publish(): Command {
  return new Command('publish')
    .description('file a policy for publication: two people then decide in the console')
    .argument('<draft>', 'a file, or the id of a draft')
    .requiredOption('--changelog <text>', 'what changes and why; the public reads it')
    .option('--effective <time>', 'when it takes effect, 2027-01-31T00:00:00Z; as soon as it is approved when left out')
    .option('--json', 'print the draft as JSON')
    .action(async (given: string, options: { changelog: string; effective?: string; json?: boolean }) => {
      const client = await server()
      const id = await draftId(client, given)
      const { revision } = await client.request('GET', `${API}/drafts/${id}`, PolicyDraft)
      const proposal = { revision, changelog: options.changelog, effectiveAt: options.effective ?? null }
      const draft = await client.request('POST', `${API}/drafts/${id}/propose`, PolicyDraft, proposal)
      if (options.json) return console.log(JSON.stringify(draft))
      console.log(`draft ${id} is filed for publication; nothing has changed yet`)
      console.log('a policy editor or the RSO asks for it in the console, and another one agrees')
    })
}

async function server(): Promise<OperatorClient> {
  const { config } = loadConfig()
  const client = await connectOperator(process.env, config.dataDir)
  if (client !== null) return client
  throw new AppError(
    'UPSTREAM_UNAVAILABLE',
    'no server runs on this data folder: start one with `safelevel serve`, or set SAFELEVEL_URL',
  )
}

/** The draft itself, or a new one with what the file says. */
async function draftId(client: OperatorClient, given: string): Promise<string> {
  if (/^pdr_[0-9A-Z]+$/.test(given)) return given
  const document = fileText(given)
  checked(document, given)
  const title = `From ${given.split('/').at(-1)}`
  return (await client.request('POST', `${API}/drafts`, PolicyDraft, { title: title.slice(0, 200), document })).id
}

async function documentOf(reference: string) {
  if (existsSync(reference)) return checked(fileText(reference), reference)
  const client = await server()
  if (reference.startsWith('pdr_')) {
    return checked((await client.request('GET', `${API}/drafts/${reference}`, PolicyDraft)).document, reference)
  }
  const path = `${API}/versions/${encodeURIComponent(reference)}`
  return checked((await client.request('GET', path, WithText)).document, reference)
}

/** @throws {PolicyInvalidError} POLICY_INVALID */
function checked(text: string, source: string) {
  const { document, problems } = readPolicy(text, null)
  if (document === null) throw new PolicyInvalidError(source, problems)
  return document
}

function fileText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new AppError('REQUEST_INVALID', `${file} can't be read`, { cause })
  }
}

/** For the bar: about as many as there are. */
async function recordedSince(client: OperatorClient, since: string): Promise<number> {
  const until = new Date(systemClock.now()).toISOString()
  const query = new URLSearchParams({ since, until, step: 'day' })
  const { totals } = await client.request('GET', `/api/v1/decisions/summary?${query}`, Summary)
  return Object.values(totals).reduce((sum, count) => sum + count, 0)
}

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** @throws {AppError} REQUEST_INVALID */
export function sinceTime(text: string, nowMs: number): string {
  const age = /^(\d{1,4})([mhd])$/.exec(text)
  const [unit] = [age?.[2]].filter((u) => u === 'm' || u === 'h' || u === 'd')
  if (unit !== undefined) return new Date(nowMs - Number(age?.[1]) * UNITS[unit]).toISOString()
  const time = z.iso.datetime({ offset: true }).safeParse(text)
  if (!time.success)
    throw new AppError('REQUEST_INVALID', '--since: an age such as 12h or 30d, or a time such as 2026-01-31T00:00:00Z')
  return new Date(time.data).toISOString()
}
