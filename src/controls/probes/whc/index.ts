import { allItems } from '../../../base/page.ts'
import type { Finding, Probe } from '../../probe.ts'
import { DECLARE } from '../commands.ts'
import { attested, count, day, fails, holds, listed, record, seen, unknown, worstOf } from '../findings.ts'
import { DEPLOYMENT, realCases } from '../rsp/cases.ts'
import type { World } from '../world.ts'

/** What was promised to the White House and is not another family's: red teams, reports from outside, what the public reads of a model. */
export function whcProbes(world: World): Probe[] {
  return [
    { control: 'WHC-01', look: () => redTeamed(world) },
    { control: 'WHC-03', look: () => contained(world) },
    { control: 'WHC-04', look: () => reportable(world) },
    { control: 'WHC-05', look: () => attested(world, 'WHC-05', PROVENANCE) },
    { control: 'WHC-06', look: () => described(world) },
  ]
}

const PROVENANCE =
  'nothing here marks sound or pictures; whether a model makes any, and how they are marked, nobody has attested'
const NOTHING = unknown('nothing is deployed', DECLARE)
const MOST_SHOWN = 3

/** Whatever is served was attacked before it was opened, under a name by which it is served, with figures that are no fixture's. */
async function redTeamed(world: World): Promise<Finding> {
  const items = await allItems((page) => world.refusal.records.redTeamRuns(page))
  return eachServed(world, async ({ id, checkpoint, surfaces }, openedAt) => {
    const { takenAt } = await world.registry.checkpoints.get(checkpoint)
    const served = surfaces.flatMap(({ gatewayModels }) => gatewayModels)
    const names = new Set(served.flatMap((name) => [name, world.models.get(name)?.upstreamModel ?? name]))
    const runs = items.filter(
      ({ fixture, madeAt, head: { target } }) =>
        !fixture && madeAt >= takenAt && (names.has(target.model) || names.has(target.name)),
    )
    const about = [record('deployment', id), ...runs.slice(0, MOST_SHOWN).map((run) => record('red_team_run', run.id))]
    const next = 'safelevel redteam run --target NAME --budget REQUESTS --out FOLDER --record'
    if (runs.length === 0)
      return fails(`no red-team run of what ${id} serves is on record since ${checkpoint} was taken`, next, about)
    if (openedAt !== null && !runs.some(({ madeAt }) => madeAt <= openedAt))
      return fails(`what ${id} serves was attacked only after it had been opened`, next, about)
    const behaviours = runs.reduce((most, { head }) => Math.max(most, head.behaviours), 0)
    return holds(`${id}: ${count(runs.length, 'red-team run')}, up to ${count(behaviours, 'behaviour')} tried`, about)
  })
}

async function contained(world: World): Promise<Finding> {
  const { unwatchedMs, problem } = await world.insider.watching()
  return eachServed(world, async ({ id, model, checkpoint }) => {
    const about = [record('deployment', id)]
    const { weightsDigest } = await world.registry.checkpoints.get(checkpoint)
    const { met, says } = await world.access.finding({ model, checkpoint, weightsDigest })
    if (!met) return fails(`${id}: ${says}`, 'console: /weights', about)
    if (!world.insider.config.watch || unwatchedMs > UNWATCHED_MS)
      return fails(`nobody watches for insiders${problem === null ? '' : ` (${problem})`}`, 'console: /insider', about)
    return holds(`${id}: ${says}; insiders are watched for`, about)
  })
}

const UNWATCHED_MS = 600_000

async function reportable({ reporting }: World): Promise<Finding> {
  const { met, says } = await reporting.finding()
  if (!met) return fails(says, 'console: /people')
  return holds(says, [seen('each way to report was tried through the front door')])
}

/** The published card of what is served says what it can, cannot, and is for. */
async function described(world: World): Promise<Finding> {
  return eachServed(world, async ({ id, model }) => {
    const next = `safelevel card new ${model}`
    const version = await world.cards.published(model)
    if (version === null)
      return fails(`no card of ${model}, served as ${id}, is published`, next, [record('deployment', id)])
    const { card, publishedAt } = version
    const parts = { capabilities: card.capabilities, limitations: card.limitations, 'intended uses': card.intendedUses }
    const missing = Object.entries(parts).flatMap(([name, items]) => (items.length === 0 ? [name] : []))
    const about = [record('card', version.id)]
    if (missing.length > 0) return fails(`the card of ${model} says nothing of ${listed(missing)}`, next, about)
    return holds(`the card of ${model} is public since ${day(publishedAt ?? version.savedAt)}`, about)
  })
}

type Served = Awaited<ReturnType<World['registry']['deployments']['list']>>[number]

/** What is found of each deployment that anybody is served by. @param look `openedAt`: when it was opened; null where no opening is on record */
async function eachServed(
  world: World,
  look: (deployment: Served, openedAt: string | null) => Promise<Finding>,
): Promise<Finding> {
  const cases = new Map((await realCases(world)).map((of) => [of.id, of]))
  const standing = (await world.registry.deployments.list()).filter(({ withdrawnAt }) => withdrawnAt === null)
  const found = standing.map(async (deployment) => {
    const of = cases.get(`deployment/${deployment.id}`)
    if (of === undefined || DEPLOYMENT.effect(of) === 'nobody') return []
    const opened = of.history.find(({ step }) => step === 'open' || step === 'release')
    return [await look(deployment, opened?.at ?? null)]
  })
  const none = standing.length === 0 ? NOTHING : unknown('no deployment is open', 'safelevel release ls')
  return worstOf((await Promise.all(found)).flat(), none)
}
