import { createHash } from 'node:crypto'
import { iso, ManualClock } from '../../src/base/clock.ts'
import { AppError } from '../../src/base/errors.ts'
import { createPublicSite, type PublicRecord, type PublicSiteDeps } from '../../src/http/public-site/index.ts'
import { canonicalJson, type LogSource } from '../../src/ledger/index.ts'
import { allClauses, Policy } from '../../src/policy/index.ts'
import { changesOf } from '../../src/transparency/changes.ts'
import { compile } from '../../src/transparency/compile.ts'
import type { EditionView, TransparencyReport, TransparencySources } from '../../src/transparency/index.ts'
import type { DayCounts } from '../../src/transparency/kinds.ts'
import { CALIBRATED, changedPolicy, shippedPolicy } from './policies.ts'

export const KEY = 'log.example/1+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW'
const NOW_MS = Date.UTC(2026, 10, 22, 9)
const NO_TILES: LogSource = { read: async () => null }

export const policy = shippedPolicy()
export const changed = Policy.load(
  changedPolicy('There are no exceptions.', '<b>None</b> at all.').replace('version: 1.1.0', 'version: 1.2.0'),
  { calibratedThresholds: CALIBRATED },
)
export const OLDER = versionOf(policy, 1, null, 'superseded', '2026-06-01T00:00:00.000Z')
export const NEWER = versionOf(changed, 2, policy.digest, 'in_force', '2026-08-14T09:00:00.000Z')

function versionOf(
  { version, digest, document }: Policy,
  number: number,
  previous: string | null,
  state: 'in_force' | 'superseded',
  at: string,
) {
  const by = { draftId: null, approvalId: null, requestedBy: 'per_1', approvedBy: ['per_2'] }
  const about = {
    number,
    version,
    digest,
    previous,
    state,
    source: 'published',
    changelog: `Why <i>${version}</i> came.`,
  } as const
  return { version: { ...about, ...by, publishedAt: at, effectiveAt: at }, document }
}

/** A service in its third quarter: models deployed, traffic refused, appeals heard, one model halted. */
export function sampleSources(more: Partial<TransparencySources> = {}): TransparencySources {
  const clauses = allClauses(policy.document).map(({ id, title, labels }) => ({ id, title, labels }))
  return {
    organisation: () => 'Orca <Research>',
    begunAt: () => '2026-05-20T08:00:00.000Z',
    policies: async () =>
      [OLDER, NEWER].map(({ version: { version, digest, publishedAt, effectiveAt } }) => ({
        ...{ version, digest, publishedAt, effectiveAt },
        clauses,
      })),
    actions: async () => ({
      steps: { warn: 214, throttle: 61, restrict: 33, suspend: 12, ban: 3 },
      automatic: 271,
      takenBack: 9,
    }),
    appeals: async () => ({
      ...{
        received: 57,
        withdrawn: 2,
        outcomes: { upheld: 31, overturned: 14, partly: 6 },
        openAtEnd: 4,
        overdueAtEnd: 0,
      },
      hours: Array.from({ length: 51 }, (_, i) => 6 + i * 3.7),
    }),
    exemptions: async () => ({ granted: 3, ended: 2, inForceAtEnd: 2 }),
    evaluations: async () => [
      {
        id: 'asm_1',
        model: 'orca',
        checkpoint: 'orca/2-base',
        verdict: 'BELOW',
        concludedAt: '2026-07-21T12:00:00.000Z',
        reportDigest: 'cd'.repeat(32),
      },
    ],
    halts: async () => [
      {
        id: 'inc_1',
        model: 'orca-mini',
        openedAt: '2026-08-03T07:10:00.000Z',
        emergencyAt: null,
        closedAt: '2026-08-11T16:00:00.000Z',
      },
    ],
    deployments: async () => [
      {
        ...{ id: 'orca-2-api', model: 'orca', checkpoint: 'orca/2-base', gatewayModels: ['orca-2'], isDue: false },
        state: { title: 'Live', says: 'everybody is served', serves: 'everybody' },
        cleared: { checkpoint: 'orca/2-base', at: '2026-07-21T12:00:00.000Z' },
        nextAt: '2026-12-21T12:00:00.000Z',
      },
      {
        ...{
          id: 'orca-mini-api',
          model: 'orca-mini',
          checkpoint: 'orca-mini/1',
          gatewayModels: ['orca-mini'],
          isDue: true,
        },
        state: {
          title: '2d: frozen',
          says: 'no emergency was found; still no new customers',
          serves: 'those who were customers before, and nobody new',
        },
        ...{ cleared: null, nextAt: null },
      },
    ],
    reports: async () => ({
      ...{
        received: 43,
        byKind: { harmful_output: 21, safeguard_bypass: 11, security: 6, misuse: 5, other: 0 },
        confirmed: 12,
        mitigated: 9,
      },
      ...{ open: 7, answered: 40, medianHoursToFirstAnswer: 9.4 },
    }),
    cards: async () => [
      {
        model: 'orca',
        version: 2,
        digest: 'ef'.repeat(32),
        publishedAt: '2026-07-28T10:00:00.000Z',
        path: '/cards/orca/v/2',
      },
    ],
    acknowledgements: async () => [
      {
        id: 'adv-1',
        name: 'M. Okafor',
        about: 'a way around the screening of tool results',
        at: '2026-09-02T10:00:00.000Z',
        href: '/advisories/adv-1',
      },
      { id: 'adv-2', name: null, about: null, at: '2026-08-20T10:00:00.000Z', href: null },
    ],
    ...more,
  }
}

function sampleDay(day: string, i: number): DayCounts {
  const labels = allClauses(policy.document).flatMap(({ id, labels: of }) => of.map((label) => `${id}/${label}`))
  const cells = Object.fromEntries(labels.map((key, n) => [key, n % 7 === 3 ? 0 : Math.floor((n * 5 + i) % 11)]))
  const refused = Object.values(cells).reduce((sum, count) => sum + count, 0)
  return {
    ...{ day, passedOn: 0, tests: 2, unevaluated: i % 9 === 0 ? 3 : 0, cells },
    outcomes: {
      allow: 52_000 + ((i * 7_919) % 9_000),
      refuse: refused - 20,
      cut: 20,
      reject: 31,
      error: 4,
      cancel: 66,
    },
    canaries: { sent: 288, missed: i === 40 ? 1 : 0, unanswered: 0 },
  }
}

const days = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => sampleDay(iso(from + i * 86_400_000).slice(0, 10), i))

/** Two quarters that are over, one of them corrected, and one that runs. */
export async function sampleRecord(sources = sampleSources()): Promise<PublicRecord> {
  const report = (quarter: string, edition: number | null, of: DayCounts[], nowMs = NOW_MS) =>
    compile({ quarter, days: of, sources, nowMs, edition })
  const published: { about: EditionView; report: TransparencyReport; bytes: string }[] = []
  const publish = (made: TransparencyReport, at: string, reason: string | null) => {
    const bytes = canonicalJson(made)
    const digest = createHash('sha256').update(bytes).digest('hex')
    const about = { quarter: made.quarter, edition: made.edition ?? 1, digest, publishedAt: at, approval: null, reason }
    published.unshift({ about, report: made, bytes })
    return digest
  }
  publish(
    await report(
      '2026-q2',
      1,
      days(Date.UTC(2026, 4, 20), 3).map((one) => ({
        ...one,
        cells: { other: 4 },
        outcomes: { allow: 90, refuse: 4 },
      })),
    ),
    '2026-07-02T00:00:00.000Z',
    null,
  )
  const replaces = publish(await report('2026-q3', 1, days(Date.UTC(2026, 6, 1), 91)), '2026-10-02T00:00:00.000Z', null)
  const reason = 'One day had not been counted:\n\nits log was restored <late>.'
  const changes = [{ figure: '/decisions/requests', before: '5,104,121', after: '5,160,274' }]
  publish(
    { ...(await report('2026-q3', 2, days(Date.UTC(2026, 6, 1), 92))), correction: { replaces, reason, changes } },
    '2026-10-09T00:00:00.000Z',
    reason,
  )
  const editions = published.map(({ about }) => about)
  const running = await report('2026-q4', null, days(Date.UTC(2026, 9, 1), 52))
  return {
    running: async () => running,
    editions: async (quarter) => editions.filter((one) => quarter === undefined || one.quarter === quarter),
    edition: async (quarter, edition) => {
      const found = published.find(
        ({ about }) => about.quarter === quarter && (edition ?? about.edition) === about.edition,
      )
      if (found === undefined) throw new AppError('NOT_FOUND', 'there is no such transparency report')
      return found
    },
    deployments: () => sources.deployments(),
    acknowledgements: async () => (await sources.acknowledgements?.()) ?? [],
    changes: () => changesOf({ sources, editions, nowMs: NOW_MS }),
  }
}

/** The public site of that service. */
export function sampleSite(record: PublicRecord | undefined, more: Partial<PublicSiteDeps> = {}) {
  return createPublicSite({ ...sampleDeps(record), ...more })
}

export function sampleDeps(record: PublicRecord | undefined): PublicSiteDeps {
  return {
    config: {
      organisation: { name: 'Orca <Research>', securityContact: 'mailto:security@orca.example' },
      publicUrl: 'https://ai.orca.example/',
      host: '127.0.0.1',
    },
    baseUrl: () => 'https://ai.orca.example/',
    models: () => [
      { name: 'orca-2', surface: 'api', enforced: true, sandbox: false },
      { name: 'orca-mini', surface: 'partner', enforced: false, sandbox: false },
    ],
    policy: () => changed,
    policyVersions: () => [NEWER.version, OLDER.version],
    policyVersion: async (reference) => {
      const found = [NEWER, OLDER].find(({ version }) => [version.version, version.digest].includes(reference))
      if (found === undefined) throw new AppError('NOT_FOUND', 'there is no such version of the policy')
      return found
    },
    ledger: {
      tiles: NO_TILES,
      size: () => 48_211,
      checkpoint: () => 'log.example/1\n7\nabc=\n',
      verifierKey: () => KEY,
      trustPolicy: () => null,
      witnesses: () => ({ witnessed: true, by: ['w1.example', 'w2.example'], of: 3 }),
    },
    clock: new ManualClock(NOW_MS),
    transparency: record,
    readiness: () => ({ ready: true, reasons: [], observed: [] }),
  }
}
