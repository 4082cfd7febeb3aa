import { type Assessment, DECIDE_ACTION, reportDigest } from '../../../models/evaluation/index.ts'
import { Machine, TRAINING_MACHINE } from '../../../models/response/index.ts'
import type { Finding, Probe } from '../../probe.ts'
import { count, entryOf, fails, holds, record, unknown } from '../findings.ts'
import type { EntryNote, World } from '../world.ts'
import { type LineStanding, NO_LINES, type Programme } from './programme.ts'

type OutcomeWorld = Pick<World, 'clock' | 'evaluations' | 'entries' | 'staff' | 'response'>

const TRAINING = new Machine(TRAINING_MACHINE)
/** So long what follows from a verdict may take before its absence counts. */
const FOLLOWED_MS = 30_000

/** What assessments came to: the report, the decision of two, no showing counted as crossed, lateness on record (EVL-24 to 26, 31). */
export function outcomeProbes(world: OutcomeWorld, programme: Programme): Probe[] {
  return [
    { control: 'EVL-24', look: () => programme.concluded((assessment) => reported(world, assessment)) },
    { control: 'EVL-25', look: () => decidedByTwo(world, programme) },
    { control: 'EVL-26', look: () => programme.concluded((assessment, line) => crossed(world, assessment, line)) },
    { control: 'EVL-31', look: () => programme.each((line) => lateness(world, line)) },
  ]
}

/** The report that is kept is the one that was decided on, and the one on the ledger. */
export async function reported(
  { evaluations, entries }: OutcomeWorld,
  { id, model, ...kept }: Assessment,
): Promise<Finding> {
  const entry = await entries.last('evaluations.concluded', id)
  const evidence = [record('assessment', id), ...entryOf(entry)]
  const next = `safelevel eval report ${id}`
  if (entry === null) return fails(`the ledger has no entry of what ${id} of ${model} came to`, next, evidence)
  const event = await entries.event(entry.entry)
  const digests = [kept.reportDigest, reportDigest(await evaluations.report(id)), event?.digests.report]
  if (digests.some((digest) => digest !== undefined && digest !== kept.reportDigest))
    return fails(
      `the capability report of ${id} is not the one that was concluded on: its digest differs`,
      next,
      evidence,
    )
  return holds(`the capability report of ${id} of ${model} stands as it was concluded on`, evidence)
}

async function decidedByTwo(world: OutcomeWorld, programme: Programme): Promise<Finding> {
  const none = unknown('nobody has decided on an assessment yet', 'console: /scaling')
  const lines = await programme.lines()
  if (lines.length === 0) return NO_LINES
  return programme.each(({ assessments }) => {
    const decided = assessments.find(({ state }) => state === 'decided' || state === 'cleared')
    return decided === undefined ? null : decision(world, decided)
  }, none)
}

/** One assessment that people have decided on: by CEO and RSO, two of them, on the report that they read. */
export async function decision({ entries, staff }: OutcomeWorld, of: Assessment): Promise<Finding> {
  const { id, model } = of
  const entry = await entries.last('evaluations.decided', id)
  const evidence = [record('assessment', id), ...entryOf(entry)]
  const next = 'console: /approvals'
  const people = new Set(of.decision?.people)
  if (of.decision === null || entry === null || people.size < 2)
    return fails(`${id} of ${model} is ${of.state}, and no decision of two people is on record`, next, evidence)
  const approval = await approvalOf(staff, of.decision.approval)
  if (approval === null) return fails(`no approval stands behind the decision on ${id} of ${model}`, next, evidence)
  const { rule, action, requester, approvers } = approval
  const seats = rule.kind === 'quorum' ? [rule.requesters, ...rule.groups.map(({ roles }) => roles)].flat() : []
  const both = seats.includes('rso') && seats.includes('ceo')
  if (action !== DECIDE_ACTION || !both || new Set([requester, ...approvers]).size < 2)
    return fails(`${id} of ${model} was not decided on by the CEO and the RSO`, next, evidence)
  return holds(`${id} of ${model} was decided on by the CEO and the RSO, two people`, [
    ...evidence,
    record('approval', approval.id),
  ])
}

/** Judged again from every try on record; and whatever is not BELOW has stopped training. */
async function crossed(
  { clock, evaluations, response }: OutcomeWorld,
  of: Assessment,
  { model }: LineStanding,
): Promise<Finding> {
  const { id, verdict, concludedAt, lineMet, missing } = of
  const evidence = [record('assessment', id)]
  const next = `safelevel eval verdict ${id}`
  const judged = await evaluations.assessments.verdict(id)
  if (verdict === 'BELOW' && judged.verdict !== 'BELOW')
    return fails(`${id} of ${model} is on record as BELOW, and its tries come to ${judged.verdict}`, next, evidence)
  if (verdict === 'BELOW')
    return holds(`${id} of ${model}: BELOW, with nothing missing; judged again just now`, evidence)
  // Results that meet a line stop training when they come in, before anything is concluded.
  const sinceMs = Date.parse(lineMet?.at ?? concludedAt ?? '') - FOLLOWED_MS
  const { state, history } = await response.trainingOf(model)
  const stopped = history.some(({ at, to }) => Date.parse(at) >= sinceMs && !RUNS.has(TRAINING.effect({ state: to })))
  const shown = [...evidence, record('response_case', `training/${model}`)]
  if (!stopped && RUNS.has(TRAINING.effect({ state })) && clock.now() - FOLLOWED_MS > Date.parse(concludedAt ?? ''))
    return fails(
      `${id} is ${verdict}, which counts as crossed, and training of ${model} is ${state}`,
      `safelevel response show training/${model}`,
      shown,
    )
  const why = missing.length === 0 ? '' : ` (${count(missing.length, 'piece')} of evidence missing)`
  return holds(`${id} of ${model}: ${verdict}${why}, counted as crossed, and training was stopped`, shown)
}

const RUNS: ReadonlySet<string> = new Set(['run', 'wait'])

async function lateness(
  { evaluations, entries }: OutcomeWorld,
  { model, assessments }: LineStanding,
): Promise<Finding | null> {
  if (assessments.length === 0) return unknown(`no assessment of ${model} has been opened yet`)
  const deviations = await evaluations.assessments.deviations(model)
  const wasLate = ({ late, concludedAt, targetAt }: Assessment) =>
    late || (concludedAt !== null && concludedAt > targetAt)
  const late = assessments.filter(wasLate)
  const unsaid = late.find(
    ({ openedAt, late: marked }) => !marked || !deviations.some(({ kind, at }) => kind === 'late' && at >= openedAt),
  )
  if (unsaid !== undefined)
    return fails(`${unsaid.id} of ${model} was late, and that is not on record as a deviation`, 'console: /scaling', [
      record('assessment', unsaid.id),
    ])
  const newest = deviations.find(({ kind }) => kind === 'late')
  const entry: EntryNote | null = newest === undefined ? null : await entries.last('evaluations.deviation', newest.id)
  return holds(
    `${model}: ${count(late.length, 'assessment')} of ${assessments.length} came late, each on record`,
    entryOf(entry),
  )
}

async function approvalOf({ approvals }: OutcomeWorld['staff'], id: string) {
  try {
    return await approvals.get(id)
  } catch {
    return null
  }
}
