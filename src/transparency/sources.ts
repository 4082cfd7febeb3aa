import type { Enforcement, EnforcementAction } from '../accounts/index.ts'
import type { Appeal, Exemption, Redress } from '../accounts/redress/index.ts'
import { eachItem, type PageReader } from '../base/page.ts'
import { DAY_MS, isWithin, type Span } from '../base/quarter.ts'
import type { Evaluations } from '../models/evaluation/index.ts'
import type { Registry } from '../models/registry/index.ts'
import { DEPLOYMENT_MACHINE, effectOf, machineViewOf, type Response } from '../models/response/index.ts'
import { allClauses, type Policies } from '../policy/index.ts'
import type {
  ActionCounts,
  AppealCounts,
  ExemptionCounts,
  PolicyInForce,
  PublicDeployment,
  PublishedEvaluation,
  PublishedHalt,
  TransparencySources,
} from './ports.ts'

/** The rooms that this one asks. */
export interface Rooms extends Pick<TransparencySources, 'reports' | 'cards' | 'acknowledgements' | 'organisation'> {
  readonly enforcement: { readonly readings: Pick<Enforcement['readings'], 'actions'> }
  readonly redress: {
    readonly appeals: Pick<Redress['appeals'], 'list'>
    readonly exemptions: Pick<Redress['exemptions'], 'list'>
  }
  readonly policies: Pick<Policies, 'versions' | 'version'>
  readonly registry: { readonly deployments: Pick<Registry['deployments'], 'list'> }
  readonly evaluations: Pick<Evaluations, 'dueList'> & {
    readonly assessments: Pick<Evaluations['assessments'], 'list'>
  }
  readonly response: {
    readonly cases: Pick<Response['cases'], 'find'>
    readonly incidents: Pick<Response['incidents'], 'list'>
  }
}

const HOUR_MS = 3_600_000
/** What was done earlier than this before a quarter, and ends in it, is not looked for any more. */
const LOOK_BACK_MS = 800 * DAY_MS
const STEPS = ['warn', 'throttle', 'restrict', 'suspend', 'ban'] as const
const OUTCOMES = ['upheld', 'overturned', 'partly'] as const
const SERVES: Readonly<Record<string, string>> = {
  everybody: 'everybody',
  existing: 'those who were customers before, and nobody new',
  nobody: 'nobody',
}

/** What this room asks of the others, in its own terms. */
export function sourcesOf(rooms: Rooms): TransparencySources {
  const { enforcement, redress, policies, reports, cards, acknowledgements } = rooms
  return {
    organisation: () => rooms.organisation(),
    begunAt: () => policies.versions().at(-1)?.publishedAt ?? '2999-12-31T00:00:00.000Z',
    policies: (span) => policiesIn(policies, span),
    actions: (span) => actionsIn(({ after, limit }) => enforcement.readings.actions({ before: after, limit }), span),
    appeals: (span) => appealsIn((page) => redress.appeals.list(page), span),
    exemptions: (span) => exemptionsIn((page) => redress.exemptions.list(page), span),
    evaluations: (span) => evaluationsIn(rooms.evaluations.assessments, span),
    halts: (span) => haltsIn(rooms.response.incidents, span),
    deployments: () => deploymentsOf(rooms),
    ...{ reports, cards, acknowledgements },
  }
}

async function policiesIn(policies: Rooms['policies'], { fromMs, untilMs }: Span): Promise<readonly PolicyInForce[]> {
  const found: PolicyInForce[] = []
  // Newest first: each rules until the one before it in the list took effect.
  let endsMs = Number.POSITIVE_INFINITY
  for (const { version, digest, publishedAt, effectiveAt, state } of policies.versions()) {
    if (state === 'scheduled') continue
    const beginsMs = Date.parse(effectiveAt)
    if (beginsMs < untilMs && endsMs > fromMs) {
      const { document } = await policies.version(digest)
      const clauses = allClauses(document).map(({ id, title, labels }) => ({ id, title, labels }))
      found.push({ version, digest, publishedAt, effectiveAt, clauses })
    }
    endsMs = Math.min(endsMs, beginsMs)
  }
  return found.toReversed()
}

async function actionsIn(read: PageReader<EnforcementAction>, span: Span): Promise<ActionCounts> {
  const steps: Record<string, number> = Object.fromEntries(STEPS.map((step) => [step, 0]))
  let [automatic, takenBack] = [0, 0]
  const oldestMs = span.fromMs - LOOK_BACK_MS
  for await (const { step, source, startedAt, ended } of eachItem(read)) {
    if (Date.parse(startedAt) < oldestMs) break // newest first
    if (ended !== null && ended.cause !== 'expired' && isWithin(ended.at, span)) takenBack += 1
    if (!isWithin(startedAt, span)) continue
    steps[step] = (steps[step] ?? 0) + 1
    if (source === 'automatic') automatic += 1
  }
  return { steps, automatic, takenBack }
}

async function appealsIn(read: PageReader<Appeal>, span: Span): Promise<AppealCounts> {
  const outcomes: Record<string, number> = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0]))
  const hours: number[] = []
  let [received, withdrawn, openAtEnd, overdueAtEnd] = [0, 0, 0, 0]
  const oldestMs = span.fromMs - LOOK_BACK_MS
  for await (const { filedAt, state, decidedAt, closedAt, dueAt } of eachItem(read)) {
    if (Date.parse(filedAt) < oldestMs) break // newest first
    const [filedMs, closedMs] = [
      Date.parse(filedAt),
      closedAt === null ? Number.POSITIVE_INFINITY : Date.parse(closedAt),
    ]
    if (filedMs < span.untilMs && closedMs >= span.untilMs) {
      openAtEnd += 1
      if (Date.parse(dueAt) <= span.untilMs) overdueAtEnd += 1
    }
    if (isWithin(filedAt, span)) received += 1
    if (state === 'withdrawn' && isWithin(closedAt, span)) withdrawn += 1
    if (decidedAt !== null && isWithin(decidedAt, span) && Object.hasOwn(outcomes, state)) {
      outcomes[state] = (outcomes[state] ?? 0) + 1
      hours.push(Math.max(0, Date.parse(decidedAt) - filedMs) / HOUR_MS)
    }
  }
  return { received, withdrawn, outcomes, hours, openAtEnd, overdueAtEnd }
}

/** They are rare, and each ends: all are looked at. */
async function exemptionsIn(read: PageReader<Exemption>, span: Span): Promise<ExemptionCounts> {
  let [granted, ended, inForceAtEnd] = [0, 0, 0]
  for await (const { grantedAt, expiresAt, endedAt } of eachItem(read)) {
    const endsAt = endedAt ?? expiresAt
    if (isWithin(grantedAt, span)) granted += 1
    if (isWithin(endsAt, span)) ended += 1
    if (Date.parse(grantedAt) < span.untilMs && Date.parse(endsAt) >= span.untilMs) inForceAtEnd += 1
  }
  return { granted, ended, inForceAtEnd }
}

async function evaluationsIn(
  assessments: Rooms['evaluations']['assessments'],
  span: Span,
): Promise<readonly PublishedEvaluation[]> {
  const found: PublishedEvaluation[] = []
  for await (const one of eachItem((page) => assessments.list(page))) {
    const { id, model, checkpoint, verdict, concludedAt, reportDigest } = one
    if (verdict === null || concludedAt === null || !isWithin(concludedAt, span)) continue
    found.push({ id, model, checkpoint, verdict, concludedAt, reportDigest })
  }
  return found.toSorted((a, b) => (a.concludedAt < b.concludedAt ? -1 : 1))
}

async function haltsIn(incidents: Rooms['response']['incidents'], span: Span): Promise<readonly PublishedHalt[]> {
  const found: PublishedHalt[] = []
  for await (const one of eachItem((page) => incidents.list(page))) {
    const { id, model, openedAt, emergencyAt, closedAt, drill } = one
    if (!drill && isWithin(openedAt, span)) found.push({ id, model, openedAt, emergencyAt, closedAt })
  }
  return found.toSorted((a, b) => (a.openedAt < b.openedAt ? -1 : 1))
}

async function deploymentsOf({ registry, evaluations, response }: Rooms): Promise<readonly PublicDeployment[]> {
  const standing = (await registry.deployments.list()).filter(({ withdrawnAt }) => withdrawnAt === null)
  if (standing.length === 0) return []
  const due = new Map((await evaluations.dueList()).map((one) => [one.model, one]))
  return Promise.all(
    standing.map(async ({ id, model, checkpoint, surfaces }) => {
      const of = await response.cases.find(`deployment/${id}`)
      const about = due.get(model)
      const reference = about?.reference ?? null
      return {
        ...{ id, model, checkpoint, gatewayModels: surfaces.flatMap(({ gatewayModels }) => gatewayModels) },
        state: of === null ? null : stateWords(of.state, effectOf(of)),
        cleared: reference?.basis === 'cleared' ? { checkpoint: reference.checkpoint, at: reference.at } : null,
        nextAt: about?.calendarAt ?? null,
        isDue: about?.due ?? false,
      }
    }),
  )
}

const STATES = new Map(machineViewOf(DEPLOYMENT_MACHINE).states.map((state) => [state.state, state]))

function stateWords(state: string, effect: string): PublicDeployment['state'] {
  const { title = state, says = '' } = STATES.get(state) ?? {}
  return { title, says, serves: SERVES[effect] ?? effect }
}
