import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { Command, Option } from 'commander'
import { z } from 'zod'
import {
  AuditSampleRow,
  AuditSampleView,
  commitmentTo,
  EvidenceRequest,
  type NewAuditSample,
  POPULATION_NAMES,
} from '../audit/index.ts'
import { AppError } from '../base/errors.ts'
import { verifySampleBundle } from '../controls/index.ts'
import { describeRequest, describeSample, describeSampleReport, requestLine, sampleLine } from './audit-view.ts'
import { connectServer } from './connect-server.ts'
import { consolePage } from './console-page.ts'
import { keyOf, notVerified, print, readTrustPolicy } from './ledger-words.ts'

interface Output {
  readonly json?: true
}
interface SampleOptions extends Output {
  readonly title: string
  readonly population?: string
  readonly kind?: readonly string[]
  readonly from: string
  readonly until?: string
  readonly size?: number
  readonly tolerable: number
  readonly expected: number
  readonly confidence: number
  readonly secretFile?: string
}
interface AskOptions extends Output {
  readonly text: string
  readonly control?: string
  readonly owner?: string
  readonly due: string
}

const SECRET_BYTES = 24
const Samples = z.object({ items: z.array(AuditSampleRow) })
const Requests = z.object({ items: z.array(EvidenceRequest) })
const json = () => new Option('--json', 'print JSON, one object a line')
const path = (kind: string, id: string) => `/api/v1/audit/${kind}/${encodeURIComponent(id)}`

/** `safelevel audit`, on a running server. What auditors find, and what is answered and accepted, people say signed in, under their own names. */
export function auditCommand(env: NodeJS.ProcessEnv = process.env): Command {
  return new Command('audit')
    .description('an auditor’s workspace: samples of the ledger, requests for evidence')
    .addCommand(sampleCommand(env))
    .addCommand(samplesCommand(env))
    .addCommand(showCommand(env))
    .addCommand(exportCommand(env))
    .addCommand(verifyCommand())
    .addCommand(requestsCommand(env))
    .addCommand(requestCommand(env))
    .addCommand(
      whereCommand(
        env,
        'answer',
        'who may answer a request, and where',
        ({ owner }) => `somebody who holds the role ${owner} answers`,
      ),
    )
    .addCommand(
      whereCommand(
        env,
        'accept',
        'who may accept an answer or send it back, and where',
        () => 'an auditor, or an external reviewer, accepts or sends back',
      ),
    )
}

function sampleCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('sample')
    .description('order a sample of the ledger and draw it; who orders stands on the ledger')
    .requiredOption('--title <words>', 'what is tested')
    .addOption(new Option('--population <name>', 'a population that has a name').choices(POPULATION_NAMES))
    .addOption(
      new Option('--kind <kind...>', 'or kinds of events: staff.role_granted, or staff.*').conflicts('population'),
    )
    .requiredOption('--from <time>', 'beginning of the period: 2026-01-01')
    .option('--until <time>', 'its end, not included; now, when left out')
    .addOption(
      new Option('--size <n>', 'so many entries').argParser(Number).conflicts(['tolerable', 'expected', 'confidence']),
    )
    .addOption(
      new Option('--tolerable <rate>', 'the rate of deviations that would be too many').default(0.05).argParser(Number),
    )
    .addOption(new Option('--expected <rate>', 'the rate that is expected').default(0).argParser(Number))
    .addOption(new Option('--confidence <p>', 'with which it is to be shown').default(0.95).argParser(Number))
    .option('--secret-file <file>', 'bind the order to the secret in this file, made if it is not there')
    .addOption(json())
    .action(async ({ secretFile, ...options }: SampleOptions) => {
      const secret = secretFile === undefined ? null : await secretIn(secretFile)
      const client = await connectServer(env)
      const ordered = await client.request('POST', '/api/v1/audit/samples', AuditSampleView, orderOf(options, secret))
      const sample = await client.request('POST', `${path('samples', ordered.id)}/draw`, AuditSampleView, { secret })
      print(options.json ? JSON.stringify(sample) : describeSample(sample))
    })
}

function orderOf(
  { title, population, kind, from, until, size, ...rates }: SampleOptions,
  secret: string | null,
): NewAuditSample {
  if (population === undefined && kind === undefined)
    throw new AppError('REQUEST_INVALID', 'say what is sampled: --population NAME, or --kind KIND')
  const { tolerable: tolerableRate, expected: expectedRate, confidence } = rates
  return {
    title,
    population: {
      ...(population === undefined ? { kinds: [...(kind ?? [])] } : { name: population }),
      ...{
        from: timeOf('--from', from),
        until: until === undefined ? new Date().toISOString() : timeOf('--until', until),
      },
    },
    sizing:
      size === undefined ? { kind: 'attribute', confidence, tolerableRate, expectedRate } : { kind: 'fixed', size },
    commitment: secret === null ? null : commitmentTo(secret),
  }
}

function timeOf(option: string, text: string): string {
  const ms = Date.parse(text)
  if (Number.isNaN(ms))
    throw new AppError('REQUEST_INVALID', `${option}: a day or a time: 2026-01-01, 2026-01-01T12:00:00Z`)
  return new Date(ms).toISOString()
}

async function secretIn(file: string): Promise<string> {
  const made = randomBytes(SECRET_BYTES).toString('base64url')
  try {
    await writeFile(file, `${made}\n`, { flag: 'wx', mode: 0o600 })
    return made
  } catch {
    const kept = await readFile(file, 'utf8').catch((cause: unknown) => {
      throw new AppError('NOT_FOUND', `${file} can be neither written nor read`, { cause })
    })
    return kept.trim()
  }
}

function samplesCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('samples')
    .description('samples, newest first')
    .addOption(json())
    .action(async (options: Output) => {
      const { items } = await (await connectServer(env)).request('GET', '/api/v1/audit/samples', Samples)
      for (const one of items) print(options.json ? JSON.stringify(one) : sampleLine(one))
      if (items.length === 0 && !options.json)
        process.stderr.write('no sample was ordered yet: safelevel audit sample --help\n')
    })
}

function showCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('show')
    .description('a sample, or a request')
    .argument('<id>', 'aus_…, or aer_…')
    .addOption(json())
    .action(async (id: string, options: Output) => {
      const client = await connectServer(env)
      if (id.startsWith('aer_')) {
        const request = await client.request('GET', path('requests', id), EvidenceRequest)
        print(options.json ? JSON.stringify(request) : describeRequest(request))
        return
      }
      const sample = await client.request('GET', path('samples', id), AuditSampleView)
      print(options.json ? JSON.stringify(sample) : describeSample(sample))
    })
}

function exportCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('export')
    .description(
      'write a sample into a file: with proofs that others check offline (.zip), or as a table (.csv, .json)',
    )
    .argument('<id>', 'aus_…')
    .argument('<file>', 'ends in .zip, .csv or .json; must not be there yet')
    .action(async (id: string, file: string) => {
      const client = await connectServer(env)
      const bytes = await exported()
      // It discloses events: nobody else's to read.
      await writeFile(file, bytes, { flag: 'wx', mode: 0o600 }).catch((cause: unknown) => {
        throw new AppError('CONFLICT', `${file} can’t be written, or is there already`, { cause })
      })
      print(file.endsWith('.zip') ? `${file}: check it with safelevel audit verify ${file}` : file)

      async function exported(): Promise<Buffer> {
        if (file.endsWith('.zip')) {
          const parts: Uint8Array[] = []
          for await (const part of client.download('POST', `${path('samples', id)}/bundle`)) parts.push(part)
          return Buffer.concat(parts)
        }
        const sample = await client.request('GET', path('samples', id), AuditSampleView)
        if (file.endsWith('.json')) return Buffer.from(`${JSON.stringify(sample, null, 2)}\n`)
        if (!file.endsWith('.csv')) throw new AppError('REQUEST_INVALID', 'the file ends in .zip, .csv or .json')
        const found = new Map(sample.findings.map((one) => [one.entry, one.verdict]))
        return Buffer.from(
          ['entry,verdict', ...sample.entries.map((one) => `${one},${found.get(one) ?? ''}`), ''].join('\n'),
        )
      }
    })
}

function verifyCommand(): Command {
  return new Command('verify')
    .description('check a sample offline and draw it again: order, seed, draw, and every entry that it proves')
    .argument('<file>', 'sample.zip')
    .option('--key <vkey>', 'the log’s key, from a place that its operator does not control')
    .option('--policy <file>', 'whose cosignatures proven entries must have: a C2SP tlog-policy file')
    .addOption(new Option('--json', 'print one line of JSON'))
    .action(async (file: string, { key, policy, json: asJson }: { key?: string; policy?: string; json?: boolean }) => {
      const trust = await readTrustPolicy(policy)
      const zip = await readFile(file).catch((cause: unknown) => {
        throw new AppError('NOT_FOUND', `${file} can't be read`, { cause })
      })
      try {
        const report = await verifySampleBundle(zip, { key: (origin) => keyOf(origin, key), policy: trust })
        print(asJson ? JSON.stringify({ verified: true, ...report }) : describeSampleReport(report))
      } catch (error) {
        notVerified(error, asJson)
      }
    })
}

function requestsCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('requests')
    .description('what auditors asked for, newest first')
    .addOption(new Option('--state <state>', 'only these').choices(['open', 'answered', 'accepted', 'withdrawn']))
    .addOption(json())
    .action(async ({ state, ...options }: Output & { state?: string }) => {
      const { items } = await (await connectServer(env)).request('GET', '/api/v1/audit/requests', Requests)
      const shown = items.filter((one) => state === undefined || one.state === state)
      for (const one of shown) print(options.json ? JSON.stringify(one) : requestLine(one, Date.now()))
      if (shown.length === 0 && !options.json) process.stderr.write('no such request\n')
    })
}

function requestCommand(env: NodeJS.ProcessEnv): Command {
  return new Command('request')
    .description('ask those who answer for something to show it; that the operator asked stands on the ledger')
    .argument('<title>', 'what is wanted, in a line')
    .requiredOption('--text <words>', 'what is wanted, of which period')
    .option('--control <id>', 'the control that it is about: SEC-27')
    .addOption(
      new Option('--owner <role>', 'the role that is asked; that which answers for the control, when left out').choices(
        [...EvidenceRequest.shape.owner.options],
      ),
    )
    .requiredOption('--due <time>', '2026-12-01')
    .addOption(json())
    .action(async (title: string, { text, control, owner, due, ...options }: AskOptions) => {
      const asked = {
        title,
        text,
        control: control ?? null,
        dueAt: timeOf('--due', due),
        ...(owner === undefined ? {} : { owner }),
      }
      const made = await (await connectServer(env)).request('POST', '/api/v1/audit/requests', EvidenceRequest, asked)
      print(options.json ? JSON.stringify(made) : describeRequest(made))
    })
}

function whereCommand(
  env: NodeJS.ProcessEnv,
  name: string,
  says: string,
  who: (request: EvidenceRequest) => string,
): Command {
  return new Command(name)
    .description(says)
    .argument('<id>', 'aer_…')
    .addOption(json())
    .action(async (id: string, options: Output) => {
      const client = await connectServer(env)
      const request = await client.request('GET', path('requests', id), EvidenceRequest)
      const page = consolePage(client.url, `/audit/requests/${id}`)
      if (options.json) return print(JSON.stringify({ ...request, page }))
      print(describeRequest(request))
      print(`${who(request)}, signed in: ${page}`)
    })
}
