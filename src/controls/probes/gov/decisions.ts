import type { Assessment } from '../../../models/evaluation/index.ts'
import { ROLES, roleMay } from '../../../staff/index.ts'
import type { Finding, Probe } from '../../probe.ts'
import { decision, reported } from '../evl/outcome.ts'
import type { LineStanding, Programme } from '../evl/programme.ts'
import { NO_LINES } from '../evl/programme.ts'
import {
  attested,
  count,
  day,
  daysBetween,
  entryOf,
  fails,
  holds,
  listed,
  record,
  seen,
  unknown,
  worstOf,
} from '../findings.ts'
import { guarded, moved, realCases, rehearsed, TRAINING } from '../rsp/cases.ts'
import type { World } from '../world.ts'

/** "Promptly", in days. Ours: the policy names no number. */
const PROMPT_DAYS = 14
const EVALUATIONS = 'console: /scaling'
/** For how long a rehearsal counts. */
const REHEARSED_DAYS = 183
/** Runbooks of what else the policy wants exercised. */
const SCENARIOS = ['weights-theft', 'jailbreak'] as const
const OPENINGS: readonly string[] = ['approve', 'release', 'grandfather', 'restore', 'reopen', 'reopen_reviewed']

/** Who decides, and who is told of it: assessments, openings, runs, editions (GOV-02, 05, 08, 09, 18, 19, 22, 31, 32). */
export function decisionProbes(world: World, programme: Programme): Probe[] {
  return [
    { control: 'GOV-02', look: () => edition(world) },
    { control: 'GOV-05', look: () => byOfficer(world, programme) },
    { control: 'GOV-08', look: () => programme.concluded((assessment, line) => told(world, assessment, line)) },
    { control: 'GOV-09', look: () => delivered(programme) },
    { control: 'GOV-18', look: () => exercised(world) },
    { control: 'GOV-19', look: () => reviewed(world, programme) },
    { control: 'GOV-22', look: () => readable(world, programme) },
    { control: 'GOV-31', look: () => programme.each((line) => definedBefore(world, line)) },
    { control: 'GOV-32', look: () => safeguardsFirst(world, programme) },
  ]
}

/** Which edition counts here changes by two people; the text of the policy is theirs to publish. */
async function edition(world: World): Promise<Finding> {
  const { switches, profile, months } = world.scaling.view()
  const [last] = switches
  const entry = await world.entries.last('models.profile_switched')
  const evidence = entryOf(entry)
  if (last !== undefined) {
    const approval = entry === null ? null : (await world.entries.event(entry.entry))?.data.approval
    const isOurs = approval === undefined || approval === last.approval
    if (new Set(last.people).size < 2 || entry === null || !isOurs)
      return fails('the edition was switched without two people on the ledger', 'safelevel response profile', evidence)
  }
  const by = last === undefined ? 'as configured' : `switched by two people on ${day(last.at)}`
  const now = `evaluations fall due every ${months} months, ${profile === null ? 'an interval of one’s own' : `as ${profile} has it`}, ${by}`
  return attested(world, 'GOV-02', `${now}; that its text was approved and public before its day nobody has attested`, [
    ...evidence,
    seen(now),
  ])
}

async function byOfficer(world: World, programme: Programme): Promise<Finding> {
  const found: Finding[] = []
  for (const { assessments } of await programme.lines()) {
    const decided = assessments.find(({ state }) => state === 'decided' || state === 'cleared')
    if (decided !== undefined) found.push(await decision(world, decided))
  }
  for (const of of await realCases(world)) {
    const opened = of.history.findLast(({ step }) => OPENINGS.includes(step))
    if (of.machine !== 'deployment' || opened === undefined || of.state === 'removed') continue
    const held = await Promise.all(opened.people.map((id) => world.staff.assignments.list(id)))
    const about = [
      record('response_case', of.id),
      ...(opened.approval === null ? [] : [record('approval', opened.approval)]),
    ]
    const isOfficer = held.flat().some(({ role }) => role === 'rso')
    found.push(
      isOfficer
        ? holds(`${of.id}: ${opened.step} with the agreement of the RSO`, about)
        : unknown(`none of those who agreed to ${opened.step} ${of.id} is RSO now`, 'safelevel release ls', about),
    )
  }
  return worstOf(found, unknown('nothing that rests on an assessment has been decided yet', EVALUATIONS))
}

/** Whatever it came to, the board has it within two weeks. */
async function told(world: World, of: Assessment, { model }: LineStanding): Promise<Finding> {
  const { id, concludedAt, receipts, verdict } = of
  const about = [record('assessment', id)]
  const fromCase = verdict === 'BELOW' ? [] : (await world.response.trainingOf(model)).shown
  const late = fromCase.find(({ kind, at }) => kind === 'board_receipt' && at >= (concludedAt ?? ''))
  const receipt = receipts.find(({ body }) => body === 'board') ?? late
  const days = daysBetween(
    Date.parse(concludedAt ?? ''),
    receipt === undefined ? world.clock.now() : Date.parse(receipt.at),
  )
  const entry = entryOf(await world.entries.last('evaluations.delivered', id))
  const says = `${id} of ${model} (${verdict})`
  if (receipt === undefined) {
    if (days >= PROMPT_DAYS)
      return fails(`${says} was concluded ${days} days ago, and the board does not have it`, EVALUATIONS, about)
    return unknown(
      `${says} was concluded ${count(days, 'day')} ago; the board is to have it within ${PROMPT_DAYS}`,
      EVALUATIONS,
      about,
    )
  }
  if (days >= PROMPT_DAYS)
    return fails(`${says} reached the board after ${days} days`, EVALUATIONS, [...about, ...entry])
  return holds(`${says} reached the board after ${count(days, 'day')}`, [...about, ...entry])
}

/** Board and trust have the decision of what was gone on with. The gate asks for the board alone; the trust is looked for here. */
async function delivered(programme: Programme): Promise<Finding> {
  if ((await programme.lines()).length === 0) return NO_LINES
  return programme.each(
    ({ assessments, model }) => {
      const cleared = assessments.find(({ state }) => state === 'cleared')
      if (cleared === undefined) return null
      const { id, receipts, clearedAt } = cleared
      const about = [record('assessment', id)]
      const missing = (['board', 'ltbt'] as const).filter((body) => !receipts.some((one) => one.body === body))
      if (missing.length > 0)
        return fails(`${model} went on by ${id}, of which ${missing.join(' and ')} has no receipt`, EVALUATIONS, about)
      return holds(`${id} of ${model}: board and trust have it; cleared on ${day(clearedAt ?? '')}`, about)
    },
    unknown('no assessment has been cleared yet', EVALUATIONS),
  )
}

async function exercised(world: World): Promise<Finding> {
  const found = await Promise.all((['pause', '2c', '2d'] as const).map((procedure) => rehearsed(world, procedure)))
  const all = worstOf(found, unknown('nothing was rehearsed'))
  if (all.state !== 'holds') return all
  const nowMs = world.clock.now()
  const finished = (await world.runbooks.exercises()).filter(
    (one) => one.finished && daysBetween(Date.parse(one.at), nowMs) <= REHEARSED_DAYS,
  )
  const cases = SCENARIOS.flatMap((runbook) => finished.find((one) => one.runbook === runbook) ?? [])
  const evidence = [...all.evidence]
  for (const { id } of cases)
    evidence.push(record('runbook run', id), ...entryOf(await world.entries.last('runbooks.run_closed', id)))
  if (cases.length === SCENARIOS.length) {
    const days = cases.map(({ runbook, at }) => `${runbook} on ${day(at)}`).join(', ')
    return holds(`pause, 2c and 2d are rehearsed; by runbooks people exercised ${days}`, evidence)
  }
  const missing =
    'pause, 2c and 2d are rehearsed; that stolen weights and a severe jailbreak were among the cases nobody has attested, nor exercised by the runbooks'
  return attested(world, 'GOV-18', missing, evidence)
}

async function reviewed(world: World, programme: Programme): Promise<Finding> {
  const found: Finding[] = []
  for (const { model } of await programme.lines()) {
    for (const { run, id, endedAt, safetyReview } of await world.registry.runs.list(model)) {
      if (endedAt !== null) continue
      const about = [record('run', id)]
      const next = `console: /scaling/models/${model}`
      const [lease] = await world.training.leases(model, run, 1)
      if (safetyReview !== null) found.push(holds(`the run ${id} was reviewed on ${day(safetyReview.at)}`, about))
      else if (lease?.answer === 'continue')
        found.push(
          fails(`the run ${id} is trained without a safety review`, next, [...about, record('lease', lease.id)]),
        )
      else found.push(unknown(`the run ${id} has no safety review yet, and is not trained`, next, about))
    }
  }
  for (const { id, withdrawnAt } of await world.registry.deployments.list()) {
    const of = withdrawnAt === null ? await world.response.cases.find(`deployment/${id}`) : null
    if (of === null || ['undeployed', 'removed'].includes(of.state)) continue
    const about = [record('deployment', id)]
    const passed = of.history.some(({ step }) => step === 'approve' || step === 'release')
    if (!passed)
      found.push(
        fails(`the deployment ${id} is ${of.state}, without a safety review`, `safelevel release check ${id}`, about),
      )
    else found.push(holds(`the deployment ${id} was opened with its safety review on the case`, about))
  }
  return worstOf(
    found,
    unknown('no run and no deployment is there', 'safelevel train gate --model MODEL --run NAME --flops FLOPS'),
  )
}

async function readable(world: World, programme: Programme): Promise<Finding> {
  const readers = ROLES.filter((role) => roleMay([role], 'evaluations.read'))
  const people = await world.holders(readers)
  return programme.concluded(async (assessment) => {
    const found = await reported(world, assessment)
    if (found.state !== 'holds') return found
    if (people === 0) return fails(`nobody on the staff may read the report of ${assessment.id}`, 'console: /people')
    return holds(`${count(people, 'person', 'people')} may read the report of ${assessment.id} in full`, found.evidence)
  })
}

async function definedBefore({ registry, evaluations }: World, { model }: LineStanding): Promise<Finding> {
  const suites = await evaluations.suites.list()
  const next = 'safelevel eval suite FILE'
  const first = suites.map(({ frozenAt }) => frozenAt).toSorted()[0]
  if (first === undefined)
    return fails(`${model} is trained, and no evaluation of the next level is defined`, next, [record('model', model)])
  const open = (await registry.runs.list(model)).filter(({ endedAt }) => endedAt === null)
  const early = open.filter(({ declaredAt }) => declaredAt < first).map(({ id }) => id)
  if (early.length > 0)
    return fails(`${listed(early)} was declared before any evaluation of the next level was frozen`, next)
  return holds(`${model}: ${count(suites.length, 'suite')} frozen, the first on ${day(first)}`, [
    record('model', model),
  ])
}

/** Nothing resumes at a level whose safeguards are not on the case: the machine is asked dry, and no case stands elsewhere than it led. */
async function safeguardsFirst(world: World, programme: Programme): Promise<Finding> {
  const guard = guarded(TRAINING, ['resume_contained', 'resume_held', 'resume_retained'])
  if (guard.state !== 'holds') return guard
  const lines = await programme.lines()
  if (lines.length === 0) return NO_LINES
  const strays = await Promise.all((await realCases(world)).map((of) => moved(world, of)))
  const found = strays.flatMap((one) => one ?? [])
  return worstOf(found, { ...guard, says: `${count(lines.length, 'model line')}: ${guard.says}` })
}
