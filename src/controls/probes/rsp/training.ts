import { allItems } from '../../../base/page.ts'
import type { ResponseCase } from '../../../models/response/index.ts'
import type { Finding, Probe } from '../../probe.ts'
import { openAssessment, RECORD_CHECKPOINT } from '../commands.ts'
import { attested, count, daysBetween, fails, holds, listed, record, seen, unknown, worstOf } from '../findings.ts'
import type { World } from '../world.ts'
import { effectOf, guarded, moved, type ResponseWorld, realCases, rehearsed, TRAINING, takenSteps } from './cases.ts'

type TrainingWorld = ResponseWorld & Pick<World, 'training' | 'evaluations' | 'access'>

/** How long a state may last before what must follow it is late; days. Ours: the policy says "immediately", "promptly", or nothing. */
const ANALYSE_DAYS = 14
const CONVENE_DAYS = 1
const DECIDE_DAYS = 14
const POST_MORTEM_DAYS = 30
const CONSOLE = 'console: /scaling'

/** What follows in training when a threshold is met: 1, 2, 2a, 2b and 2c of the response policy (RSP-01 to 06, 11, 13, 15). */
export function trainingProbes(world: TrainingWorld): Probe[] {
  return [
    { control: 'RSP-01', look: () => ability(world, ['resume_contained'], 'pause', activating) },
    { control: 'RSP-02', look: () => paused(world) },
    { control: 'RSP-03', look: () => ability(world, ['revise', 'amend', 'resume_revised'], 'pause', () => null) },
    { control: 'RSP-04', look: () => ability(world, ['resume_held'], 'pause', () => null) },
    { control: 'RSP-05', look: () => locked(world) },
    { control: 'RSP-06', look: () => ability(world, ['convene', 'delete', 'retain'], '2c', convened) },
    { control: 'RSP-11', look: () => interim(world) },
    { control: 'RSP-13', look: () => pretraining(world) },
    { control: 'RSP-15', look: () => followedUp(world) },
  ]
}

/**
 * What the machine must refuse, what has become of lines that stand there, and where none does, whether it was rehearsed.
 *
 * @param look at a line that may be concerned: null = it is not
 */
async function ability(
  world: TrainingWorld,
  steps: readonly string[],
  procedure: 'pause' | '2c',
  look: (of: ResponseCase, nowMs: number) => Finding | null,
): Promise<Finding> {
  const guard = guarded(TRAINING, steps)
  if (guard.state !== 'holds') return guard
  const cases = await lines(world)
  const wrong = await strays(world, cases)
  if (wrong !== null) return wrong
  const alone = takenSteps(
    cases,
    steps.filter((step) => TRAINING.transition(step)?.authority.by === 'two'),
  ).find(({ people }) => people.size < 2)
  if (alone !== undefined)
    return fails(`${alone.taken.step} of ${alone.of.id} was taken by one person`, CONSOLE, [
      record('response_case', alone.of.id),
    ])
  const now = cases.flatMap((of) => look(of, world.clock.now()) ?? [])
  const taken = takenSteps(cases, steps).map(({ of, taken: { step, to }, people }) =>
    holds(`${of.id}: ${step} by ${count(people.size, 'person', 'people')}, to ${to}`, [record('response_case', of.id)]),
  )
  if (now.length + taken.length > 0) return worstOf([...now, ...taken], guard)
  const practised = await rehearsed(world, procedure)
  return practised.state === 'holds'
    ? { ...practised, evidence: [...practised.evidence, ...guard.evidence] }
    : practised
}

function activating({ id, state, changedAt }: ResponseCase): Finding | null {
  if (state !== 'activating') return null
  return holds(`${id} is stopped since ${changedAt} while the next level is put in place`, [
    record('response_case', id),
  ])
}

/** Nothing trains where a line was met, and somebody looks into it. */
async function paused(world: TrainingWorld): Promise<Finding> {
  return ability(world, ['resume_contained', 'resume_revised', 'resume_held'], 'pause', (of, nowMs) => {
    if (of.state !== 'met' && of.state !== 'inconclusive') return null
    const about = [record('response_case', of.id)]
    const days = daysBetween(Date.parse(of.changedAt), nowMs)
    if (days > ANALYSE_DAYS)
      return fails(`${of.id} has been ${of.state} for ${days} days, and nobody has begun to analyse it`, CONSOLE, about)
    return holds(`${of.id} is ${of.state}: nothing trains`, about)
  })
}

/** Locked lines are locked where weights are opened. */
async function locked(world: TrainingWorld): Promise<Finding> {
  const { response, access } = world
  if (response.vault === null)
    return fails('no vault is installed that would obey a lock', 'safelevel vault ls', [seen('response has no vault')])
  const stray = await strays(world, await lines(world))
  if (stray !== null) return stray
  const now: Finding[] = []
  for (const of of await lines(world)) {
    if (effectOf(of) !== 'lock') continue
    const about = [record('response_case', of.id)]
    const open = access.grants
      .active()
      .filter(({ version }) => version.startsWith(`${of.model}/`) || version === of.model)
    if (!(await response.isLocked(of.model)))
      now.push(fails(`${of.id} is ${of.state} and its weights are not locked`, CONSOLE, about))
    else if (open.length > 0)
      now.push(
        fails(
          `${of.id} is ${of.state}, and ${count(open.length, 'grant')} on its weights still stands`,
          `safelevel vault revoke ${open[0]?.id ?? 'GRANT'} --reason WORDS`,
          about,
        ),
      )
    else now.push(holds(`the weights of ${of.model} are locked`, about))
  }
  return now.length > 0 ? worstOf(now, now[0] ?? unknown('nothing is locked')) : rehearsed(world, '2c')
}

function convened({ id, state, changedAt }: ResponseCase, nowMs: number): Finding | null {
  const about = [record('response_case', id)]
  const days = daysBetween(Date.parse(changedAt), nowMs)
  if (state === 'locked') {
    if (days >= CONVENE_DAYS)
      return fails(
        `the weights of ${id} were locked ${count(days, 'day')} ago, and CISO and CEO have not been convened`,
        CONSOLE,
        about,
      )
    return unknown(`${id} is locked since ${changedAt}: CISO and CEO are to convene`, CONSOLE, about)
  }
  if (state === 'convened') {
    if (days > DECIDE_DAYS)
      return fails(
        `CISO and CEO convened over ${id} ${days} days ago, and no decision on the weights is on record`,
        CONSOLE,
        about,
      )
    return unknown(`${id}: CISO and CEO have convened, and decide on the weights`, CONSOLE, about)
  }
  return state === 'retained' || state === 'deleted'
    ? holds(`${id}: the decision is on record (${state})`, about)
    : null
}

/** Interim measures are people's to choose and to approve: the plan is attested while a line needs one. */
async function interim(world: TrainingWorld): Promise<Finding> {
  const stopped = (await lines(world)).filter((of) => effectOf(of) === 'stop' || effectOf(of) === 'lock')
  const about = stopped.map(({ id }) => record('response_case', id))
  const missing =
    stopped.length === 0
      ? 'no line needs interim measures; whether there is a plan for them nobody has attested'
      : `${listed(stopped.map(({ id, state }) => `${id} is ${state}`))}: no plan of interim measures is attested`
  const found = await attested(world, 'RSP-11', missing, about)
  const since = stopped.map(({ changedAt }) => changedAt).toSorted()[0]
  if (found.state !== 'unknown' || since === undefined) return found
  const days = daysBetween(Date.parse(since), world.clock.now())
  return days > ANALYSE_DAYS ? fails(missing, 'safelevel controls attest RSP-11', about) : found
}

/** While one line is restricted, no other may be trained to as much: the gate asks each line alone, so it is looked for here. */
async function pretraining(world: TrainingWorld): Promise<Finding> {
  const { evaluations, registry, training, clock } = world
  const dues = await evaluations.dueList()
  if (dues.length === 0) return unknown('no model line is registered', RECORD_CHECKPOINT)
  const stopped = new Set(
    (await lines(world)).flatMap((of) =>
      ['stop', 'lock'].includes(effectOf(of)) && of.state !== 'paused' ? of.model : [],
    ),
  )
  const flopsOf = async (at: string | null) => (at === null ? 0 : (await registry.checkpoints.get(at)).flops)
  for (const restricted of dues.filter(({ model }) => stopped.has(model))) {
    const limit = await flopsOf(restricted.at)
    for (const { model } of dues.filter((one) => !stopped.has(one.model))) {
      const open = (await registry.runs.list(model)).filter(({ endedAt }) => endedAt === null)
      for (const { run, id } of open) {
        const [lease] = await training.leases(model, run, 1)
        const runs =
          lease?.answer === 'continue' && lease.expiresAt !== null && Date.parse(lease.expiresAt) > clock.now()
        if (lease !== undefined && runs && (lease.maxFlops ?? 0) >= limit)
          return fails(
            `${id} may be trained to ${lease.maxFlops} FLOP while ${restricted.model}, of ${limit} FLOP, is restricted`,
            `safelevel response pause --model ${model} --reason WORDS`,
            [record('lease', lease.id), record('response_case', `training/${restricted.model}`)],
          )
      }
    }
  }
  if (stopped.size > 0)
    return holds(`${listed([...stopped])}: restricted, and no lease lets another line be trained as far`, [
      seen(`leases of ${count(dues.length, 'line')} looked at`),
    ])
  return unknown('no line is restricted; nothing here stops another line by itself when one is', CONSOLE)
}

/** Who has gone to the next level is assessed for the one after. */
async function followedUp(world: TrainingWorld): Promise<Finding> {
  const ups = takenSteps(await lines(world), ['resume_contained'])
  if (ups.length === 0) return unknown('no model has gone to the next level')
  const found: Finding[] = []
  for (const { of, taken } of ups) {
    const items = await allItems((page) => world.evaluations.assessments.list({ ...page, model: of.model }))
    const after = items.findLast(({ openedAt, state }) => openedAt >= taken.at && state !== 'withdrawn')
    const says = `${of.model} went to the next level on ${taken.at.slice(0, 10)}`
    found.push(
      after === undefined
        ? fails(`${says}, and no assessment for the one after was opened`, openAssessment(), [
            record('response_case', of.id),
          ])
        : holds(`${says}; ${after.id} looks at the one after`, [record('assessment', after.id)]),
    )
  }
  return worstOf(found, unknown('no model has gone to the next level'))
}

/** A post-mortem is owed for weights that were deleted (RSP-10 asks). */
export function postMortemOwed({ id, state, shown, changedAt }: ResponseCase, nowMs: number): Finding | null {
  if (state !== 'deleted' && state !== 'retained' && state !== 'restricted') return null
  const about = [record('response_case', id)]
  const missing = ['post_mortem', 'policy_amendment'].filter((kind) => !shown.some((one) => one.kind === kind))
  if (missing.length === 0) return holds(`${id}: post-mortem and change of the policy are on record`, about)
  const days = daysBetween(Date.parse(changedAt), nowMs)
  const says = `${id} is ${state} since ${count(days, 'day')}: ${missing.join(' and ')} missing`
  return days > POST_MORTEM_DAYS ? fails(says, CONSOLE, about) : unknown(says, CONSOLE, about)
}

async function lines(world: TrainingWorld): Promise<ResponseCase[]> {
  return (await realCases(world)).filter(({ machine }) => machine === 'training')
}

async function strays(world: TrainingWorld, cases: readonly ResponseCase[]): Promise<Finding | null> {
  const found = (await Promise.all(cases.map((of) => moved(world, of)))).flatMap((one) => one ?? [])
  const [first] = found
  return first === undefined ? null : worstOf(found, first)
}
