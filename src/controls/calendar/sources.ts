import { iso } from '../../base/clock.ts'
import { allItems } from '../../base/page.ts'
import { DAY_MS, quarterOf, spanOf } from '../../base/quarter.ts'
import type { World } from '../probes/world.ts'
import type { ControlBoard } from '../standing/schema.ts'
import type { Clocked } from './schema.ts'

/** What the calendar reads. */
export interface CalendarDeps
  extends Pick<
    World,
    | 'clock'
    | 'staff'
    | 'redress'
    | 'registry'
    | 'evaluations'
    | 'response'
    | 'release'
    | 'intake'
    | 'access'
    | 'runbooks'
  > {
  readonly controls: { board(): Promise<Pick<ControlBoard, 'controls'>> }
  /** For how many days a rehearsal counts. */
  readonly drillDays: number
  /** What auditors asked for and nobody has answered yet. */
  readonly requests: {
    open(): Promise<readonly { readonly id: string; readonly owner: string; readonly dueAt: string }[]>
  }
  /** Reports that people owe: those that are not delivered yet. */
  readonly reports: {
    owed(): Promise<readonly { readonly id: string; readonly title: string; readonly dueAt: string }[]>
  }
}

/** The clocks of one part of the product. */
export interface ClockSource {
  readonly name: string
  read(deps: CalendarDeps): Promise<Clocked[]>
}

/** A quarter waits a day for what is still on its way into the counts. */
const SETTLE_MS = DAY_MS

export const CLOCK_SOURCES: readonly ClockSource[] = [
  { name: 'evaluations', read: evaluations },
  { name: 'incidents', read: incidents },
  { name: 'runbooks', read: runbooks },
  { name: 'drills', read: drills },
  { name: 'deployments', read: deployments },
  { name: 'reports from outside', read: reportsFromOutside },
  { name: 'appeals and exemptions', read: redress },
  { name: 'roles', read: roles },
  { name: 'approvals', read: approvals },
  { name: 'weights', read: weights },
  { name: 'controls', read: controls },
  { name: 'requests of auditors', read: auditRequests },
  { name: 'transparency', read: transparency },
]

async function evaluations({ evaluations: rooms }: CalendarDeps): Promise<Clocked[]> {
  const all = { kind: 'evaluation', action: 'evaluations.read' } as const
  const due = (await rooms.dueList()).flatMap(({ model, calendarAt }) =>
    calendarAt === null
      ? []
      : [
          {
            ...{
              ...all,
              id: `evaluation/${model}`,
              title: `Evaluation of ${model} falls due by the calendar`,
              dueAt: calendarAt,
            },
            ...{ about: { type: 'model', id: model }, next: 'safelevel eval due' },
          },
        ],
  )
  const open = (await allItems((page) => rooms.assessments.list({ ...page, state: 'open' }))).map(
    ({ id, model, targetAt }) => ({
      ...{ ...all, id: `assessment/${id}`, title: `Assessment of ${model} is to be concluded`, dueAt: targetAt },
      ...{ about: { type: 'assessment', id }, next: `safelevel eval verdict ${id}` },
    }),
  )
  return [...due, ...open]
}

/** Drills have no clocks of their own: nobody outside hears of them. */
async function incidents({ response }: CalendarDeps): Promise<Clocked[]> {
  const open = await allItems((page) => response.incidents.list({ ...page, state: 'open' }))
  return open
    .filter(({ drill }) => !drill)
    .flatMap(({ id, tasks, clocks }) => {
      const all = { kind: 'incident', about: { type: 'incident', id }, action: 'models.read' } as const
      const next = 'safelevel response incidents'
      return [
        ...tasks
          .filter(({ assessedAt }) => assessedAt === null)
          .map(({ deployment, dueAt }) => ({
            ...{
              ...all,
              id: `incident/${id}/${deployment}`,
              title: `Deployment ${deployment} is to be assessed for an emergency`,
            },
            ...{ dueAt, next },
          })),
        ...clocks.map(({ id: clock, regime, what, dueAt }) => ({
          ...{ ...all, id: `incident/${id}/${clock}`, title: `${regime}, if it applies: ${what}`, dueAt, next },
        })),
      ]
    })
}

async function runbooks({ runbooks: room }: CalendarDeps): Promise<Clocked[]> {
  return (await room.due()).map(({ run, step, title, dueAt }) => ({
    ...{ id: `runbook/${run}/${step}`, kind: 'runbook', title: `Step of a runbook: ${title}`, dueAt },
    ...{ about: { type: 'runbook_run', id: run }, next: `safelevel runbook run ${run}`, action: 'runbooks.read' },
  }))
}

/** A line that was never rehearsed has no clock: its control says so. */
async function drills({ response, drillDays }: CalendarDeps): Promise<Clocked[]> {
  const newest = new Map<string, string>()
  for (const { model, filedAt } of await response.drills.list()) if (!newest.has(model)) newest.set(model, filedAt)
  return [...newest].map(([model, filedAt]) => ({
    ...{ id: `drill/${model}`, kind: 'drill', title: `Rehearsal of pause, 2c and 2d on ${model} counts no more` },
    dueAt: iso(Date.parse(filedAt) + drillDays * DAY_MS),
    ...{
      about: { type: 'model', id: model },
      next: `safelevel response drill --model ${model}`,
      action: 'models.read',
    },
  }))
}

async function deployments({ response, registry, release }: CalendarDeps): Promise<Clocked[]> {
  const cases = await response.cases.list({ machine: 'deployment' })
  const ending = cases.flatMap(({ id, expiresAt }) =>
    expiresAt === null
      ? []
      : [
          {
            ...{
              id: `deployment/${id}`,
              kind: 'deployment' as const,
              title: `The exception under which ${id} is open ends`,
            },
            ...{
              dueAt: expiresAt,
              about: { type: 'case', id },
              next: `safelevel release check ${id}`,
              action: 'models.read' as const,
            },
          },
        ],
  )
  const bindings: Clocked[] = []
  for (const { id } of await registry.deployments.list()) {
    for (const { surface, agreement } of await release.partners.of(id)) {
      bindings.push({
        ...{ id: `partner/${id}/${surface}`, kind: 'partner', title: `Agreement for surface ${surface} of ${id} ends` },
        ...{
          dueAt: agreement.endsAt,
          about: { type: 'deployment', id },
          next: `safelevel release check ${id}`,
          action: 'models.read',
        },
      })
    }
  }
  return [...ending, ...bindings]
}

/** Of each open report the clock that presses: promised answers, coordinated disclosure, what laws set. */
async function reportsFromOutside({ intake }: CalendarDeps): Promise<Clocked[]> {
  const items = await allItems((page) => intake.triage.queue({ ...page, state: 'open' }))
  return items.flatMap(({ id, clock }) =>
    clock === null
      ? []
      : [
          {
            ...{ id: `report/${id}/${clock.id}`, kind: 'report' as const, title: clock.title, dueAt: clock.dueAt },
            ...{ about: { type: 'report', id }, next: `safelevel report show ${id}`, action: 'reports.read' as const },
          },
        ],
  )
}

async function redress({ redress: { appeals, exemptions } }: CalendarDeps): Promise<Clocked[]> {
  const open = (await allItems((page) => appeals.list({ ...page, state: 'open' }))).map(({ id, dueAt }) => ({
    ...{ id: `appeal/${id}`, kind: 'appeal' as const, title: 'An appeal is to be decided', dueAt },
    ...{ about: { type: 'appeal', id }, next: `safelevel appeal show ${id}`, action: 'appeals.read' as const },
  }))
  const active = (await allItems((page) => exemptions.list({ ...page, state: 'active' }))).map(({ id, expiresAt }) => ({
    ...{ id: `exemption/${id}`, kind: 'exemption' as const, title: 'An exemption ends', dueAt: expiresAt },
    ...{ about: { type: 'exemption', id }, next: 'safelevel exemption ls', action: 'exemptions.read' as const },
  }))
  return [...open, ...active]
}

async function roles({ staff }: CalendarDeps): Promise<Clocked[]> {
  const all = { kind: 'role', next: 'console: /people', action: 'roles.read' } as const
  const courses = new Map((await staff.courses.table()).map((row) => [row.person, row.courses]))
  return (await staff.assignments.list()).flatMap(({ id, personId, role, expiresAt, reviewDueAt, trainingDueAt }) => {
    const about = { type: 'assignment', id }
    const first = courses.get(personId)?.find((one) => one.roles.includes(role))
    const isFirst = first !== undefined && first.dueAt < trainingDueAt
    return [
      {
        ...all,
        id: `role/${id}/review`,
        title: `Role ${role} is to be reviewed by somebody else`,
        dueAt: reviewDueAt,
        about,
      },
      {
        ...all,
        id: `role/${id}/training`,
        title: isFirst
          ? `Course ${first.course} is to be completed for the role ${role}`
          : `Training for the role ${role} runs out`,
        dueAt: isFirst ? first.dueAt : trainingDueAt,
        about,
        next: 'console: /training',
      },
      ...(expiresAt === null
        ? []
        : [{ ...all, id: `role/${id}/end`, title: `Role ${role} ends`, dueAt: expiresAt, about }]),
    ]
  })
}

async function approvals({ staff }: CalendarDeps): Promise<Clocked[]> {
  const items = await allItems((page) => staff.approvals.list({ ...page, state: 'pending' }))
  return items.map(({ id, action, expiresAt }) => ({
    ...{ id: `approval/${id}`, kind: 'approval', title: `A request for ${action} lapses unless it is agreed to` },
    ...{ dueAt: expiresAt, about: { type: 'approval', id }, next: 'console: /approvals', action: 'approvals.read' },
  }))
}

async function weights({ access }: CalendarDeps): Promise<Clocked[]> {
  const [copies, custodies, devices, environments, campaigns, glass] = await Promise.all([
    access.copies.list({ state: 'stands' }),
    access.custodies.list(),
    access.devices.list({ state: 'approved' }),
    access.environments.list(),
    access.campaigns.list(),
    access.glass.list(),
  ])
  const all = { kind: 'weights', action: 'weights.read' } as const
  const clock = (type: string, id: string, title: string, dueAt: string | null, next = 'console: /weights') =>
    dueAt === null ? [] : [{ ...all, id: `weights/${type}/${id}`, title, dueAt, about: { type, id }, next }]
  return [
    ...copies.flatMap(({ id, expiresAt }) =>
      clock('copy', id, 'A registered copy of weights is to be destroyed', expiresAt),
    ),
    ...custodies
      .filter(({ endedAt }) => endedAt === null)
      .flatMap(({ model, expiresAt }) =>
        clock('custody', model, `Custody of ${model} is to be stated anew`, expiresAt),
      ),
    ...devices.flatMap(({ id, expiresAt }) => clock('device', id, 'A device lapses unless it is confirmed', expiresAt)),
    ...environments
      .filter(({ endedAt }) => endedAt === null)
      .flatMap(({ name, expiresAt }) =>
        clock('environment', name, 'The attestation of an environment ends', expiresAt),
      ),
    ...campaigns
      .filter(({ state }) => state === 'open')
      .flatMap(({ id, dueAt }) => clock('campaign', id, 'Access to weights is to be confirmed, or it ends', dueAt)),
    ...glass
      .filter(({ reviewedAt }) => reviewedAt === null)
      .flatMap(({ id, reviewDueAt }) => clock('glass', id, 'That the glass was broken is to be reviewed', reviewDueAt)),
  ]
}

async function controls({ controls: room, reports }: CalendarDeps): Promise<Clocked[]> {
  const rows = (await room.board()).controls.filter(({ inProfile }) => inProfile)
  const of = (id: string) => ({ about: { type: 'control', id }, action: 'controls.read' as const })
  return [
    ...rows.flatMap(({ id, attestation }) =>
      attestation === null
        ? []
        : [
            {
              ...{
                id: `attestation/${id}`,
                kind: 'attestation' as const,
                title: `The attestation of ${id} counts no more`,
              },
              ...{ dueAt: attestation.until, next: `safelevel controls attest ${id}`, ...of(id) },
            },
          ],
    ),
    ...rows.flatMap(({ id, exception }) =>
      exception === null
        ? []
        : [
            {
              ...{ id: `exception/${id}`, kind: 'exception' as const, title: `The exception for ${id} ends` },
              ...{ dueAt: exception.until, next: `safelevel controls show ${id}`, ...of(id) },
            },
          ],
    ),
    ...(await reports.owed()).map(({ id, title, dueAt }) => ({
      ...{
        id: `control-report/${id}`,
        kind: 'control_report' as const,
        title,
        dueAt,
        about: { type: 'control_report', id },
      },
      ...{ next: 'safelevel controls report ls', action: 'controls.read' as const },
    })),
  ]
}

async function auditRequests({ requests }: CalendarDeps): Promise<Clocked[]> {
  return (await requests.open()).map(({ id, owner, dueAt }) => ({
    ...{ id: `audit-request/${id}`, kind: 'audit_request', title: `An auditor's request waits for ${owner}`, dueAt },
    ...{ about: { type: 'evidence_request', id }, next: `safelevel audit answer ${id}`, action: 'audit.read' },
  }))
}

/** The quarter that runs is published by itself, a day after its end. */
async function transparency({ clock }: CalendarDeps): Promise<Clocked[]> {
  const quarter = quarterOf(clock.now())
  return [
    {
      ...{ id: `transparency/${quarter}`, kind: 'transparency', title: `The numbers of ${quarter} are published` },
      ...{ dueAt: iso(spanOf(quarter).untilMs + SETTLE_MS), about: { type: 'transparency_report', id: quarter } },
      ...{ next: 'safelevel transparency ls', action: 'transparency.read' },
    },
  ]
}
