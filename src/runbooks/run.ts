import type { z } from 'zod'
import { iso } from '../base/clock.ts'
import { AppError } from '../base/errors.ts'
import type { Actor } from '../ledger/index.ts'
import type { Role } from '../staff/index.ts'
import type { CheckStep, Closing, Run, RunbookStep, RunStep, RunSummary, Settled, StepWork } from './schema.ts'

const MINUTE_MS = 60_000

/** Who acts: a person with the roles held now, or the operator's token, which holds none. */
export interface Worker {
  readonly actor: Actor
  readonly roles: ReadonlySet<Role>
}

/** What a look came to. `unknown`: there was nothing to look at, or nobody can say. */
export interface Found {
  readonly state: 'holds' | 'fails' | 'unknown'
  readonly says: string
}

/** Words of people; a look has found something. */
export type Act = z.output<typeof StepWork> | { readonly act: 'look'; readonly found: Found }

type Said = Pick<Settled, 'state' | 'words'> & { readonly answer?: string }

/** Every step as it stands. @param nowMs since the Unix epoch */
export function stepsOf(run: Run, nowMs: number): RunStep[] {
  const startedMs = Date.parse(run.startedAt)
  const untilMs = run.closed === null ? nowMs : Date.parse(run.closed.at)
  return run.runbook.steps.map((step) => {
    const applies = appliesTo(run, step)
    const settled = run.settled[step.id] ?? null
    const isSettled = settled !== null && settles(step, settled)
    const open = applies === 'yes' && !isSettled
    const dueMs = step.withinMinutes === null ? null : startedMs + step.withinMinutes * MINUTE_MS
    const atMs = isSettled ? Date.parse(settled.since) : untilMs
    const late = applies === 'yes' && dueMs !== null && atMs > dueMs
    return { step, applies, settled, open, dueAt: dueMs === null ? null : iso(dueMs), late }
  })
}

export function summaryOf(run: Run, nowMs: number): RunSummary {
  const { id, runbook, about, drill, startedBy, startedAt, closed } = run
  const open = closed === null ? stepsOf(run, nowMs).filter((one) => one.open) : []
  return {
    ...{ id, runbook: runbook.id, title: runbook.title, about, drill, startedBy, startedAt, closed },
    ...{ open: open.length, late: open.filter((one) => one.late).length, next: open[0]?.step.id ?? null },
  }
}

/**
 * The run after somebody has acted on a step.
 *
 * @param at ISO 8601
 * @throws {AppError} NOT_FOUND for a step that there isn't; CONFLICT for what the run doesn't ask for, or not any more; FORBIDDEN for a role that
 *   somebody doesn't hold; REQUEST_INVALID
 */
export function settle(run: Run, id: string, act: Act, by: Worker, at: string): Run {
  mustBeOpen(run)
  const step = stepOf(run, id)
  const applies = appliesTo(run, step)
  if (applies === 'undecided')
    throw new AppError('CONFLICT', `whether ${id} is asked for depends on ${step.only?.decision}: answer that first`)
  if (applies === 'no')
    throw new AppError('CONFLICT', `${step.only?.decision} was answered so that ${id} is not asked for`)
  const said = settledBy(run, step, act, by)
  const before = run.settled[id]
  const since = said.state === 'holds' && before?.state === 'holds' ? before.since : at
  const settled = { answer: null, ...said, by: by.actor.id, at, since }
  return { ...run, settled: { ...run.settled, [id]: settled } }
}

/**
 * The run after its end. What was looked at for the last time goes in before.
 *
 * @throws {AppError} FORBIDDEN for who doesn't lead; CONFLICT while steps are open, or a required check does not hold and nobody says why
 */
export function close(run: Run, { outcome, summary, despite = null }: Closing, by: Worker, at: string): Run {
  mustBeOpen(run)
  mustHold(by, run.runbook.lead, 'to close it')
  const open = stepsOf(run, Date.parse(at)).filter((one) => one.open)
  const failing = open.filter(({ step }) => step.kind === 'check')
  const left = open.filter(({ step }) => step.kind !== 'check')
  if (outcome === 'finished' && left.length > 0)
    throw new AppError(
      'CONFLICT',
      `these steps are open: ${idsOf(left)}; do them or pass over them with a reason, or stop the run`,
    )
  if (failing.length > 0 && despite === null)
    throw new AppError(
      'CONFLICT',
      `these checks do not hold: ${idsOf(failing)}; say why it is closed all the same (despite)`,
    )
  const why = failing.length === 0 ? null : despite
  return { ...run, closed: { outcome, summary, despite: why, by: by.actor.id, at } }
}

/** Checks that are asked for: what closing looks at once more. */
export function checksOf(run: Run): CheckStep[] {
  return run.runbook.steps.flatMap((step) => (step.kind === 'check' && appliesTo(run, step) === 'yes' ? [step] : []))
}

/** @throws {AppError} NOT_FOUND */
export function stepOf(run: Run, id: string): RunbookStep {
  const step = run.runbook.steps.find((one) => one.id === id)
  if (step === undefined)
    throw new AppError('NOT_FOUND', `the run has no step ${id}: see safelevel runbook run ${run.id}`)
  return step
}

function appliesTo(run: Run, { only }: RunbookStep): RunStep['applies'] {
  if (only === null) return 'yes'
  const question = run.runbook.steps.find(({ id }) => id === only.decision)
  // Only an earlier step can be named, so that this ends.
  if (question === undefined || appliesTo(run, question) === 'no') return 'no'
  const answer = run.settled[question.id]?.answer ?? null
  if (answer === null || appliesTo(run, question) === 'undecided') return 'undecided'
  return only.answers.includes(answer) ? 'yes' : 'no'
}

/** A required check is settled only while it holds. */
function settles(step: RunbookStep, { state }: Settled): boolean {
  return step.kind !== 'check' || !step.required || state === 'holds'
}

/** What becomes of a step by what somebody says of it. */
function settledBy(run: Run, step: RunbookStep, act: Act, by: Worker): Said {
  const before = run.settled[step.id] ?? null
  if (act.act === 'look') {
    if (step.kind !== 'check')
      throw new AppError('REQUEST_INVALID', `${step.id} is for people: there is nothing to look at`)
    return { state: act.found.state, words: act.found.says }
  }
  if (step.kind === 'check') throw new AppError('REQUEST_INVALID', `${step.id} is looked at, not said: act "look"`)
  if (act.act === 'answer') {
    if (step.kind !== 'decide') throw new AppError('REQUEST_INVALID', `${step.id} asks no question`)
    mustHold(by, step.roles, `to answer ${step.id}`)
    if (!step.answers.some(({ id }) => id === act.answer))
      throw new AppError(
        'REQUEST_INVALID',
        `${step.id} has these answers: ${step.answers.map(({ id }) => id).join(', ')}`,
      )
    if (before?.answer === act.answer) throw new AppError('CONFLICT', `${step.id} is answered so already`)
    if (before !== null && act.reason === null)
      throw new AppError(
        'REQUEST_INVALID',
        `${step.id} was answered otherwise: say why it is another answer now (reason)`,
      )
    return { state: 'answered', answer: act.answer, words: act.reason }
  }
  if (step.kind !== 'do') throw new AppError('REQUEST_INVALID', `${step.id} is a question: answer it`)
  if (before?.state === 'done') throw new AppError('CONFLICT', `${step.id} is done already`)
  if (act.act === 'done') {
    mustHold(by, step.roles, `to do ${step.id}`)
    return { state: 'done', words: act.note }
  }
  if (before !== null) throw new AppError('CONFLICT', `${step.id} is passed over already`)
  mustHold(by, [...step.roles, ...run.runbook.lead], `to pass over ${step.id}`)
  return { state: 'skipped', words: act.reason }
}

function mustBeOpen({ id, closed }: Run): void {
  if (closed !== null) throw new AppError('CONFLICT', `${id} is closed: what comes now is another run`)
}

function mustHold({ roles }: Worker, needed: readonly Role[], what: string): void {
  if (needed.some((role) => roles.has(role))) return
  throw new AppError('FORBIDDEN', `${what} takes one of these roles: ${[...new Set(needed)].join(', ')}`)
}

function idsOf(steps: readonly RunStep[]): string {
  return steps.map(({ step }) => step.id).join(', ')
}
