import { type DueRule, dueOf } from '../../../models/evaluation/index.ts'
import type { Finding, Probe } from '../../probe.ts'
import { DECLARE, openAssessment, RECORD_CHECKPOINT } from '../commands.ts'
import { count, day, daysBetween, entryOf, fails, holds, record, seen, unknown } from '../findings.ts'
import type { World } from '../world.ts'
import { type LineStanding, NO_LINES, type Programme } from './programme.ts'

type DueWorld = Pick<World, 'clock' | 'registry' | 'evaluations' | 'training' | 'entries' | 'holders' | 'models'>

/** An order that nobody has followed for so long has not been obeyed. */
const ORDER_DAYS = 31
/** No edition of the policy lets more months pass. */
const MOST_MONTHS = 6
const BEYOND = 1.05

/** Whether evaluations come when they must: by compute, by the calendar, by order (EVL-01 to 05, 11, 19, 27). */
export function dueProbes(world: DueWorld, programme: Programme): Probe[] {
  return [
    { control: 'EVL-01', look: () => programme.each(evaluated) },
    { control: 'EVL-02', look: () => byCompute(world, programme) },
    { control: 'EVL-03', look: () => byCalendar(world, programme) },
    { control: 'EVL-04', look: () => programme.each(measured) },
    { control: 'EVL-05', look: () => byOrder(world, programme) },
    { control: 'EVL-19', look: () => looked(world, programme) },
  ]
}

function evaluated({ model, due, open }: LineStanding): Finding {
  const about = [record('model', model)]
  if (due.reference === null)
    return unknown(`${model} has no checkpoint that could be evaluated`, RECORD_CHECKPOINT, about)
  const next = due.calendarAt === null ? '' : `, next by ${day(due.calendarAt)}`
  if (due.due && open === null) {
    const [why] = due.reasons
    return fails(`an evaluation of ${model} is due and none is under way: ${why?.words}`, openAssessment(due.at), about)
  }
  if (open !== null) return holds(`${open.id} of ${model} is under way`, [record('assessment', open.id)])
  if (due.reference.basis === 'baseline') {
    return unknown(
      `nobody has evaluated ${model} yet: none is due before ${due.calendarAt === null ? '…' : day(due.calendarAt)}`,
      openAssessment(due.at),
      about,
    )
  }
  return holds(`${model} is evaluated up to ${due.reference.checkpoint}${next}`, about)
}

/** Asks the rule of the gate what a segment would be told that ends beyond the interval, and looks for training that went past the gate. */
async function byCompute({ evaluations, registry, training }: DueWorld, programme: Programme): Promise<Finding> {
  const [alarm] = await training.alarms()
  if (alarm !== undefined)
    return fails(`the checkpoint ${alarm.id} was trained past the gate: ${alarm.problem}`, 'console: /scaling', [
      record('checkpoint', alarm.id),
    ])
  return programme.each(async (line) => {
    const { model, due, open } = line
    const late = overdue(line, 'compute') ?? overdue(line, 'no_reference')
    if (late !== null) return late
    if (due.reference === null) return null
    const { flops } = await registry.checkpoints.get(due.reference.checkpoint)
    const factor = (open === null ? due.interval : due.buffer) * BEYOND
    const asked = { model, flops: flops * factor, loss: null, lossSet: null, endMs: null }
    const { answer } = await evaluations.segment(asked)
    const shown = seen(`a segment of ${model} that would end at ${factor.toFixed(1)} times is told: ${answer.answer}`)
    if (answer.answer === 'continue') {
      return fails(
        `${model} could be trained to ${factor.toFixed(1)} times without an evaluation`,
        'safelevel eval due',
        [shown],
      )
    }
    const k = due.kHi === null ? '' : `, now at ${due.kHi.toFixed(2)}`
    return holds(`${model} is stopped before ${due.interval} times${k}`, [shown])
  })
}

async function byCalendar({ evaluations }: DueWorld, programme: Programme): Promise<Finding> {
  const { months } = evaluations.cadence
  if (months > MOST_MONTHS)
    return fails(
      `evaluations fall due every ${months} months: no edition of the policy allows more than ${MOST_MONTHS}`,
      'safelevel response profile',
    )
  return programme.each((line) => {
    const late = overdue(line, 'calendar')
    if (late !== null) return late
    const { calendarAt } = line.due
    if (calendarAt === null) return null
    return holds(`${line.model}: due by ${day(calendarAt)}, every ${months} months`, [record('model', line.model)])
  })
}

function measured({ model, due }: LineStanding): Finding {
  const { reference, kHi, confidence, at, extrapolated } = due
  const about = [record('model', model)]
  if (reference === null) return unknown(`${model} has no checkpoint to count from`, RECORD_CHECKPOINT, about)
  if (kHi === null || extrapolated) {
    const why = extrapolated
      ? 'its curve is read beyond what was measured, and the RSO has not allowed that'
      : 'there is no upper bound'
    return fails(`nobody can say how far ${model} has grown: ${why}`, 'console: /scaling', about)
  }
  const how = confidence === 'measured' ? 'read off a curve' : 'by compute and a declared multiplier'
  return holds(`${model} has grown at most ${kHi.toFixed(2)} times since ${reference.checkpoint}, ${how}`, [
    ...about,
    ...(at === null ? [] : [record('checkpoint', at)]),
  ])
}

/** The Responsible Scaling Officer is there, an order makes an evaluation due at once, and none was left lying. */
async function byOrder({ clock, holders, entries, evaluations }: DueWorld, programme: Programme): Promise<Finding> {
  const officers = await holders(['rso'])
  const last = entryOf(await entries.last('evaluations.ordered'))
  if (officers === 0) {
    if ((await programme.lines()).length === 0) return NO_LINES
    return fails('nobody is Responsible Scaling Officer, so nobody may order an evaluation', 'console: /people', last)
  }
  const nowMs = clock.now()
  const reference = { basis: 'cleared' as const, checkpoint: 'rehearsed/c1', atMs: nowMs - 1 }
  const growth = { k: 1, kHi: 1, confidence: 'low' as const, estimates: [] }
  const rehearsed = dueOf({
    ...{ cadence: evaluations.cadence, reference, growth, elicitations: [], nowMs },
    orders: [{ id: 'rehearsed', atMs: nowMs }],
  })
  if (!rehearsed.reasons.some(({ rule }) => rule === 'order'))
    return fails('an order would not make an evaluation due', 'safelevel eval due')
  const ability = seen(`${count(officers, 'person', 'people')} may order; an order, tried dry, makes one due at once`)
  return programme.each(({ model, due, open }) => {
    const order = due.reasons.find(({ rule }) => rule === 'order')
    const waited = order?.since == null ? 0 : daysBetween(Date.parse(order.since), nowMs)
    if (waited > ORDER_DAYS && open === null)
      return fails(
        `an order to evaluate ${model} has stood for ${waited} days, and no assessment was opened`,
        openAssessment(due.at),
        last,
      )
    return holds('the Responsible Scaling Officer can order an evaluation at any time', [ability, ...last])
  })
}

/** Whatever is served belongs to a line whose growth is known, at every moment. */
async function looked({ models, registry }: DueWorld, programme: Programme): Promise<Finding> {
  const served = models.list().filter(({ sandbox }) => !sandbox)
  const declared = new Set(
    (await registry.deployments.list())
      .filter(({ withdrawnAt }) => withdrawnAt === null)
      .flatMap(({ surfaces }) => surfaces.flatMap(({ gatewayModels }) => gatewayModels)),
  )
  const strange = served.find(({ name }) => !declared.has(name))
  if (strange !== undefined)
    return fails(
      `the gateway serves ${strange.name}, which belongs to no deployment: nobody can say whether it needs an assessment`,
      DECLARE,
    )
  return programme.each(({ model, due }) => {
    const about = [record('model', model)]
    if (due.kHi === null)
      return fails(`whether ${model} is notably more capable can't be told`, 'safelevel eval due', about)
    const asks = due.due ? 'an assessment is due' : 'no assessment is due'
    return holds(`${model}: looked at now, ${asks}`, about)
  })
}

/** An evaluation that a rule makes due and that nobody has begun. */
function overdue({ model, due, open }: LineStanding, rule: DueRule): Finding | null {
  const reason = due.reasons.find((one) => one.rule === rule)
  if (reason === undefined || open !== null) return null
  return fails(`${model}: ${reason.words}`, due.at === null ? RECORD_CHECKPOINT : openAssessment(due.at), [
    record('model', model),
  ])
}
