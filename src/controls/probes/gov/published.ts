import type { ControlId } from '../../catalogue/schema.ts'
import type { Finding, Probe } from '../../probe.ts'
import { DECLARE } from '../commands.ts'
import type { Programme } from '../evl/programme.ts'
import {
  attested,
  count,
  day,
  daysBetween,
  fails,
  holds,
  listed,
  record,
  seen,
  stale,
  unknown,
  worstOf,
} from '../findings.ts'
import { DEPLOYMENT, realCases, TRAINING } from '../rsp/cases.ts'
import type { World } from '../world.ts'
import { reportedProbe } from './reported.ts'

/** The public hears something at least so often. */
const UPDATE_DAYS = 366
/** After an opening results may take so long to be public. */
const PUBLISH_DAYS = 31

/** What others must hear: partners, the government, the public; and what people alone can answer for (GOV-01, 06, 07, 12, 14, 17, 21, 23, 25 to 29). */
export function publishedProbes(world: World, programme: Programme): Probe[] {
  return [
    { control: 'GOV-17', look: () => documented(world) },
    { control: 'GOV-21', look: () => partners(world) },
    { control: 'GOV-26', look: () => government(world, programme) },
    { control: 'GOV-27', look: () => results(world, programme) },
    { control: 'GOV-28', look: () => updates(world) },
    reportedProbe(world),
    ...WORD_OF.map(({ control, missing }) => ({ control, look: () => attested(world, control, missing) })),
  ]
}

/**
 * Nothing here sees these. Of concerns nothing is said on purpose: that there is one, or none, is for those who may read them.
 */
const WORD_OF: readonly { readonly control: ControlId; readonly missing: string }[] = [
  {
    control: 'GOV-01',
    missing: 'the scaling policy is published elsewhere: nobody has attested its address and versions',
  },
  {
    control: 'GOV-07',
    missing: 'whether a failure had to be reported at once nobody has attested; concerns are not looked at here',
  },
  { control: 'GOV-12', missing: 'whether concerns were looked into is for those to attest who may read them' },
  { control: 'GOV-14', missing: 'nobody has attested that the board was shown the trend of concerns' },
  { control: 'GOV-23', missing: 'nobody has attested which teams were asked about the report' },
  { control: 'GOV-25', missing: 'nobody has attested a review of procedures by a third party' },
  { control: 'GOV-29', missing: 'decisions on ambiguities have no register here, and nobody has attested one' },
]

async function documented(world: World): Promise<Finding> {
  const machines = [TRAINING, DEPLOYMENT].map(({ definition }) => {
    const steps = Object.keys(definition.transitions).length
    return seen(`${definition.title}: ${steps} steps, with who may take each and what it needs`)
  })
  const missing =
    'pause, lock and halt are written down as the machines that run; nobody has attested the procedures beside them'
  return attested(world, 'GOV-17', missing, machines)
}

async function partners({ registry, release }: World): Promise<Finding> {
  const standing = (await registry.deployments.list()).filter(({ withdrawnAt }) => withdrawnAt === null)
  if (standing.length === 0) return unknown('nothing is deployed', DECLARE)
  const found = await Promise.all(
    standing.map(async (one): Promise<Finding> => {
      const { met, says } = await release.partners.finding(one)
      const about = [record('deployment', one.id)]
      return met
        ? holds(`${one.id}: ${says}`, about)
        : fails(`${one.id}: ${says}`, `safelevel release check ${one.id}`, about)
    }),
  )
  return worstOf(found, unknown('nothing is deployed'))
}

async function government(world: World, programme: Programme): Promise<Finding> {
  const lines = await programme.lines()
  const over = (await realCases(world)).filter(
    ({ machine, state, history }) =>
      machine === 'training' && (state === 'met' || history.some(({ to }) => to === 'met' || to === 'locked')),
  )
  if (over.length > 0) {
    const about = over.map(({ id }) => record('response_case', id))
    const names = listed(over.map(({ model }) => model))
    const since = over.map(({ changedAt }) => changedAt).toSorted()[0] ?? ''
    const found = await attested(
      world,
      'GOV-26',
      `a threshold was met by ${names}: nobody has attested who was told`,
      about,
    )
    const days = daysBetween(Date.parse(since), world.clock.now())
    return found.state === 'unknown' && days > PUBLISH_DAYS
      ? fails(found.says, 'safelevel controls attest GOV-26', about)
      : found
  }
  const cleared = lines.filter(({ concluded }) => concluded?.verdict === 'BELOW')
  if (cleared.length === 0) return unknown('no assessment says yet whether a model needs more than ASL-2')
  return holds(
    `no threshold is known to be met: ${listed(cleared.map(({ model }) => model))} came out BELOW`,
    cleared.map(({ concluded, model }) => record('assessment', concluded?.id ?? model)),
  )
}

/** What is served shows on its card what its assessment found. */
async function results(world: World, programme: Programme): Promise<Finding> {
  const found: Finding[] = []
  for (const of of await realCases(world)) {
    if (of.machine !== 'deployment' || DEPLOYMENT.effect(of) === 'nobody') continue
    const line = (await programme.lines()).find(({ model }) => model === of.model)
    const assessed = line?.assessments.find(({ state }) => state === 'cleared')
    if (assessed === undefined) continue
    found.push(await onCard(world, of.model, assessed.id, assessed.clearedAt ?? of.changedAt))
  }
  return worstOf(found, unknown('nothing that was assessed is served yet', 'safelevel release ls'))
}

async function onCard(world: World, model: string, assessment: string, since: string): Promise<Finding> {
  const next = `safelevel card publish ${model} --reason WORDS`
  const card = await world.cards.published(model)
  const about = [record('assessment', assessment)]
  if (card === null || card.card.evaluations.length === 0) {
    const found = await attested(
      world,
      'GOV-27',
      `no published card of ${model} has the results of ${assessment}`,
      about,
    )
    const days = daysBetween(Date.parse(since), world.clock.now())
    return found.state === 'unknown' && days > PUBLISH_DAYS ? fails(found.says, next, about) : found
  }
  const shown = [...about, record('card', card.id)]
  const { state, reasons } = await world.cards.standingOf(card)
  if (state === 'stale')
    return stale(`the card of ${model} no longer says what is on record: ${reasons[0]?.words ?? ''}`, next, shown)
  return holds(
    `the card of ${model} has ${count(card.card.evaluations.length, 'result')}, published ${day(card.publishedAt ?? since)}`,
    shown,
  )
}

async function updates(world: World): Promise<Finding> {
  const [newest] = await world.transparency.editions()
  const next = 'safelevel transparency publish'
  if (newest === undefined) return unknown('no quarter has been published yet', next)
  const about = [record('transparency_report', `${newest.quarter}/${newest.edition}`)]
  const days = daysBetween(Date.parse(newest.publishedAt), world.clock.now())
  const says = `the numbers of ${newest.quarter} are public since ${day(newest.publishedAt)}`
  if (days > UPDATE_DAYS) return fails(`${says}, ${days} days ago`, next, about)
  return attested(world, 'GOV-28', `${says}; plans and what went wrong nobody has attested`, about)
}
