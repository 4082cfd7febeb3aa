import type { Assessment } from '../../../models/evaluation/index.ts'
import type { ControlId } from '../../catalogue/schema.ts'
import type { Finding, Probe } from '../../probe.ts'
import { openAssessment } from '../commands.ts'
import { attested, day, fails, holds, listed, record, unknown } from '../findings.ts'
import type { World } from '../world.ts'
import type { LineStanding, Programme } from './programme.ts'

type AssessedWorld = Pick<World, 'clock' | 'evaluations' | 'attestations'>
type Vouched = Assessment['vouched'][string]

/** What an assessment must have, that the room of evaluations says when it is missing. */
interface Asked {
  readonly control: ControlId
  /** Codes of what is missing. */
  readonly codes: readonly string[]
  /** What people must have vouched for of every suite: null, or what is wrong. */
  readonly vouched?: (vouched: Vouched) => string | null
  /** Once nothing is missing. */
  readonly says: string
}

const VOUCH = 'console: /scaling'

const ASKED: readonly Asked[] = [
  {
    control: 'EVL-08',
    codes: ['elicitation'],
    vouched: ({ elicitation }) => (elicitation === null ? 'nobody vouches for its elicitation' : null),
    says: 'elicitation was done, step by step',
  },
  {
    control: 'EVL-09',
    codes: ['refusals'],
    vouched: ({ elicitation }) =>
      elicitation === null || elicitation.helpfulOnly === 'not-done'
        ? 'no helpful-only variant was tried, or nobody says so'
        : null,
    says: 'harmlessness was out of the way, and few tries were refused',
  },
  {
    control: 'EVL-10',
    codes: [],
    vouched: ({ elicitation }) =>
      elicitation === null || elicitation.fineTuned === 'not-done'
        ? 'it was not fine-tuned before it was tried, or nobody says so'
        : null,
    says: 'what was tried had been fine-tuned, or could not gain by it',
  },
  {
    control: 'EVL-16',
    codes: ['contamination'],
    vouched: ({ contamination }) => (contamination === null ? 'nobody checked whether tasks were memorised' : null),
    says: 'memorised tasks were looked for, and none is left',
  },
  {
    control: 'EVL-17',
    codes: ['transcripts', 'spurious_failures'],
    vouched: ({ transcripts }) => (transcripts === null ? 'nobody says that failed transcripts were read' : null),
    says: 'people have read failed transcripts, and the failures are the model’s own',
  },
  { control: 'EVL-20', codes: ['showing', 'threat_model'], says: 'the four showings were made' },
]

/** What the newest assessment of each line has, and lacks (EVL-08 to 10, 16, 17, 20 to 23, 28, 29). */
export function assessedProbes(world: AssessedWorld, programme: Programme): Probe[] {
  return [
    ...ASKED.map((asked) => ({
      control: asked.control,
      look: () => programme.concluded((assessment, line) => complete(assessment, line, asked)),
    })),
    { control: 'EVL-21', look: () => programme.each((line) => inTime(line, world.clock.now())) },
    { control: 'EVL-22', look: () => foldedIn(world, programme) },
    { control: 'EVL-23', look: () => forecast(world, programme) },
    { control: 'EVL-28', look: () => programme.concluded((one) => covers(world, one, 'autonomy')) },
    { control: 'EVL-29', look: () => programme.concluded((one) => covers(world, one, 'cyber')) },
  ]
}

function complete({ id, suites, missing, vouched }: Assessment, { model }: LineStanding, asked: Asked): Finding {
  const gaps = missing.flatMap(({ code, words, suite }) =>
    asked.codes.includes(code) ? [suite === null ? words : `${suite}: ${words}`] : [],
  )
  const unsaid = suites.flatMap((suite) => {
    const said = vouched[suite]
    const why = asked.vouched === undefined ? null : said === undefined ? 'nobody vouches for it' : asked.vouched(said)
    return why === null ? [] : [`${suite}: ${why}`]
  })
  const wrong = gaps.length > 0 ? gaps : unsaid
  const about = [record('assessment', id)]
  if (wrong.length > 0) return fails(`${id} of ${model}: ${listed(wrong, '; ')}`, VOUCH, about)
  return holds(`${id} of ${model}: ${asked.says}`, about)
}

/** About a month from the day on which it was opened (RSP 2.2, 3.2). */
function inTime({ model, open, concluded }: LineStanding, nowMs: number): Finding {
  if (open !== null) {
    const about = [record('assessment', open.id)]
    if (nowMs > Date.parse(open.targetAt)) {
      const says = `${open.id} of ${model} should have come to something by ${day(open.targetAt)}`
      return fails(says, `safelevel eval verdict ${open.id}`, about)
    }
    return holds(`${open.id} of ${model} is under way, until ${day(open.targetAt)}`, about)
  }
  if (concluded === null) return unknown(`no assessment of ${model} has come to anything yet`)
  const { id, concludedAt, targetAt } = concluded
  const about = [record('assessment', id)]
  const took = `${id} of ${model} took until ${day(concludedAt ?? targetAt)}`
  if (concludedAt !== null && concludedAt > targetAt)
    return fails(`${took}: its target was ${day(targetAt)}`, openAssessment(`${model}/CHECKPOINT`), about)
  return holds(`${took}, within a month`, about)
}

/** What others found has no form of its own here: people say that it was asked for and used. */
async function foldedIn(world: AssessedWorld, programme: Programme): Promise<Finding> {
  return programme.concluded(({ id, model }) =>
    attested(
      world,
      'EVL-22',
      `whether findings of partners and of others went into ${id} of ${model} nobody has attested`,
      [record('assessment', id)],
    ),
  )
}

async function forecast({ evaluations }: AssessedWorld, programme: Programme): Promise<Finding> {
  return programme.concluded(async ({ id, model, showings }) => {
    const about = [record('assessment', id)]
    if (showings.forecast === null)
      return fails(
        `${id} of ${model} has no forecast to the next assessment`,
        `safelevel eval forecast --model ${model}`,
        about,
      )
    const { target, madeAt } = await evaluations.forecast(model, {})
    const until = target === null ? '' : `; the curve is drawn to what is planned, as of ${day(madeAt)}`
    return holds(`${id} of ${model} shows a forecast${until}`, about)
  })
}

async function covers(
  { evaluations }: AssessedWorld,
  { id, model, suites }: Assessment,
  domain: string,
): Promise<Finding> {
  const asked = await Promise.all(suites.map((suite) => evaluations.suites.get(suite)))
  const own = asked.filter((one) => one.domain === domain).map(({ suite }) => suite)
  const about = [record('assessment', id)]
  if (own.length > 0) return holds(`${id} of ${model} tried ${listed(own)}`, about)
  return fails(`${id} of ${model} tried nothing of ${domain}`, 'safelevel eval suite FILE', about)
}
