import { Command, Option } from 'commander'
import {
  ActionEffect,
  EnforcementAction,
  NewAction,
  REASONS,
  Step,
  type Subject,
  type SubjectType,
  SubjectView,
} from '../accounts/index.ts'
import { AppError } from '../base/errors.ts'
import { connectServer } from './connect-server.ts'

const TYPES: Readonly<Record<string, SubjectType>> = {
  eu: 'end_user',
  key: 'key',
  prj: 'project',
  org: 'organisation',
}

/** `safelevel account show|restrict`, on a running server. */
export function accountCommand(env: NodeJS.ProcessEnv = process.env): Command {
  const json = () => new Option('--json', 'print JSON')
  const show = new Command('show')
    .description('where an end user, key, project or organisation stands: strikes, actions, patterns, links')
    .argument('<id>', 'eu_…, key_…, prj_… or org_…')
    .addOption(json())
    .action(async (id: string, options: { json?: true }) => {
      const { type } = subjectOf(id)
      const client = await connectServer(env)
      const view = await client.request(
        'GET',
        `/api/v1/enforcement/subjects/${type}/${encodeURIComponent(id)}`,
        SubjectView,
      )
      print(options.json ? JSON.stringify(view) : describe(view))
    })

  const restrict = new Command('restrict')
    .description('warn, throttle, restrict, suspend or ban, at once; lifting it takes two people in the console')
    .argument('<id>', 'eu_…, key_…, prj_… or org_…')
    .addOption(new Option('--step <step>', 'what to do').choices(Step.options).default('suspend'))
    .addOption(new Option('--reason <reason>', 'as the customer is told').choices(REASONS).makeOptionMandatory())
    .option('--until <time>', 'when it ends by itself: 2027-01-31T00:00:00Z')
    .option('--models <names...>', 'with restrict: the only models that stay open')
    .option('--dry-run', 'say whom it would reach, and do nothing')
    .addOption(json())
    .action(async (id: string, options: RestrictOptions) => {
      const client = await connectServer(env)
      const { reason, step, until = null, models } = options
      const wanted = NewAction.safeParse({
        subject: subjectOf(id),
        step,
        reason,
        until,
        ...(models === undefined ? {} : { models }),
      })
      if (!wanted.success) {
        const [issue] = wanted.error.issues
        throw new AppError('REQUEST_INVALID', `${issue?.path.join('.')}: ${issue?.message}`)
      }
      const effect = await client.request('POST', '/api/v1/enforcement/simulations', ActionEffect, wanted.data)
      if (options.dryRun) return print(options.json ? JSON.stringify(effect) : `would reach ${reach(effect)}`)
      const action = await client.request('POST', '/api/v1/enforcement/actions', EnforcementAction, wanted.data)
      if (options.json) return print(JSON.stringify({ action, effect }))
      print(`${action.id}: ${action.step} on ${id}${action.until === null ? '' : ` until ${action.until}`}`)
      process.stderr.write(`reaches ${reach(effect)}\n`)
    })

  return new Command('account')
    .description('how customers and their end users stand')
    .addCommand(show)
    .addCommand(restrict)
}

interface RestrictOptions {
  readonly step: string
  readonly reason: string
  readonly until?: string
  readonly models?: string[]
  readonly dryRun?: true
  readonly json?: true
}

function subjectOf(id: string): Subject {
  const type = TYPES[id.slice(0, id.indexOf('_'))]
  if (type === undefined) throw new AppError('REQUEST_INVALID', 'an id begins with eu_, key_, prj_ or org_')
  return { type, id }
}

function describe({ standing, actions, strikes, patterns, links, requestsPerDay }: SubjectView): string {
  const { subject, step, points, pointsReach } = standing
  const lines = [
    `${subject.id}  ${step ?? 'nothing in force'}  ${points} points (${pointsReach})  ${standing.strikes} strikes`,
    ...(requestsPerDay === null ? [] : [`  ${requestsPerDay} requests seen in the last day`]),
    ...actions.map((a) => {
      const end = a.ended === null ? (a.until === null ? '' : ` until ${a.until}`) : ` ${a.ended.cause} ${a.ended.at}`
      return `  action   ${a.id}  ${a.step}  ${a.source}  ${a.reason}  ${a.startedAt}${end}`
    }),
    ...strikes.map((s) => {
      const undone = s.undone === null ? '' : `  undone ${s.undone.at}`
      return `  strike   ${s.decisionId ?? s.patternId}  ${s.severity}  ${s.clause ?? ''}  ${s.at}${undone}`
    }),
    ...patterns.map((p) => `  pattern  ${p.id}  ${p.pattern}  ${p.at}  ${JSON.stringify(p.observed)}`),
    ...links.map((l) => `  link     ${l.subject.id}  ${l.signal}`),
  ]
  return lines.join('\n')
}

function reach({ organisations, projects, keys, endUsers, requestsPerDay, observedSince }: ActionEffect): string {
  return `${organisations} organisations, ${projects} projects, ${keys} keys, about ${endUsers} end users and ${requestsPerDay} requests a day (seen since ${observedSince})`
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
