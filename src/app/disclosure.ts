import type { Enforcement } from '../accounts/index.ts'
import type { Redress } from '../accounts/redress/index.ts'
import { type Clock, iso } from '../base/clock.ts'
import type { Config } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import type { Span } from '../base/quarter.ts'
import type { DbHandle } from '../db/index.ts'
import type { Decisions } from '../decisions/index.ts'
import type { ModelDirectory } from '../gateway/index.ts'
import { Intake, linkPort, modelPort, Noncompliance, type OfficesPort, Probe } from '../intake/index.ts'
import type { Ledger } from '../ledger/index.ts'
import { CARD_PUBLISH_ACTION, Cards } from '../models/cards/index.ts'
import type { Policies } from '../policy/index.ts'
import type { RefusalRecords } from '../refusal/records/index.ts'
import type { Classifier } from '../screening/index.ts'
import type { Staff } from '../staff/index.ts'
import {
  type Acknowledgement,
  CORRECT_ACTION,
  type PublishedCard,
  sourcesOf,
  Transparency,
} from '../transparency/index.ts'
import { advisoriesOf, type PublicAdvisory } from './advisories.ts'
import type { ModelRooms } from './models.ts'
import { refusalPort } from './refusal.ts'
import { Reporting } from './reporting.ts'
import { servedAs } from './reproductions.ts'
import { rolesHeld } from './roles-held.ts'

/** What is told, and what is heard: model cards, reports from outside and inside, and the public record. */
export interface Disclosure {
  readonly cards: Cards
  readonly intake: Intake
  /** Under which reproductions of reports come through our own front door. */
  readonly probe: Probe
  /** Whether the ways to report answer. */
  readonly reporting: Reporting
  readonly noncompliance: Noncompliance
  readonly transparency: Transparency
  /** What was disclosed, newest first. */
  advisories(): Promise<readonly PublicAdvisory[]>
}

export interface DisclosureDeps {
  readonly db: DbHandle
  readonly ledger: Ledger
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly config: Pick<Config, 'intake' | 'organisation'>
  readonly keysDir: string
  /** HMAC under the installation's digest key, hex. */
  readonly digest: (text: string) => string
  readonly decisions: Decisions
  readonly enforcement: Enforcement
  readonly redress: Redress
  readonly policies: Policies
  readonly classifier: Classifier
  readonly staff: Staff
  readonly models: ModelDirectory
  readonly modelRooms: ModelRooms
  readonly refusalRecords: RefusalRecords
}

const MOST_MODELS = 1_000

/** Opens them, lets people ask for what takes two, and closes them with `resources`. @throws {AppError} LEDGER_UNAVAILABLE, CONFIG_INVALID */
export async function openDisclosure(deps: DisclosureDeps, resources: AsyncDisposableStack): Promise<Disclosure> {
  const { decisions, enforcement, redress, policies, modelRooms, models, classifier, staff, config, ids, ledger } = deps
  const { registry } = modelRooms
  const { name: developer, securityContact: contact = null } = config.organisation
  const refusal = refusalPort(deps.refusalRecords)
  const cards = await Cards.open({
    ...deps,
    ...modelRooms,
    refusal,
    policy: policies,
    defaults: { developer, contact },
  })
  staff.approvals.registerAction(CARD_PUBLISH_ACTION, cards.publishing())
  const probe = new Probe(ids)
  const served = (name: string) => servedAs(models, name)
  const card = async (model: string, checkpoint: string | null) => {
    const found = await cards.published(model)
    if (found === null || (checkpoint !== null && found.checkpoint !== checkpoint)) return null
    return { id: found.id, digest: found.digest, at: found.publishedAt }
  }
  const intake = resources.use(
    await Intake.open({
      ...deps,
      config: config.intake,
      decisions: { find: (id) => decisions.get(id).catch(orNull) },
      triage: {
        classifier,
        policies,
        models: modelPort({ registry, served, probe }),
        links: linkPort({ policies, registry, ledger, card }),
      },
    }),
  )
  intake.triage.register(staff.approvals)
  const noncompliance = resources.use(await Noncompliance.open({ ...deps, offices: officesOf(staff, deps.clock) }))
  const sources = sourcesOf({
    ...{ enforcement, redress, policies, ...modelRooms },
    organisation: () => config.organisation.name,
    reports: (from, until) => intake.counts(from, until),
    cards: (span) => cardsIn(cards, span),
    acknowledgements: async () => acknowledgementsIn(await advisoriesOf(intake, deps.digest)),
  })
  const transparency = resources.use(await Transparency.open({ ...deps, sources }))
  staff.approvals.registerAction(CORRECT_ACTION, transparency.correcting())
  const readers = () => modelRooms.officer.holders(['analyst', 'security_engineer'])
  const reporting = new Reporting({ log: deps.log, readers })
  const advisories = () => advisoriesOf(intake, deps.digest)
  return { cards, intake, probe, reporting, noncompliance, transparency, advisories }
}

function officesOf(staff: Pick<Staff, 'assignments' | 'people'>, clock: Clock): OfficesPort {
  return {
    holding: async (role) => (await staff.assignments.list()).flatMap((one) => (one.role === role ? one.personId : [])),
    rolesOf: rolesHeld(staff, clock),
  }
}

/** Versions that were published within it, oldest first. */
async function cardsIn(cards: Cards, { fromMs, untilMs }: Span): Promise<readonly PublishedCard[]> {
  const { items } = await cards.list({ limit: MOST_MODELS })
  const [from, until] = [iso(fromMs), iso(untilMs)]
  const versions = await Promise.all(items.map(({ model }) => cards.versions(model)))
  const published = versions.flat().flatMap(({ id, number, digest, publishedAt }): PublishedCard[] => {
    if (number === null || publishedAt === null || publishedAt < from || publishedAt >= until) return []
    const model = id.slice(0, id.lastIndexOf('/'))
    return [{ model, version: number, digest, publishedAt, path: `/cards/${encodeURIComponent(model)}/v/${number}` }]
  })
  return published.toSorted((a, b) => (a.publishedAt < b.publishedAt ? -1 : 1))
}

function acknowledgementsIn(advisories: readonly PublicAdvisory[]): readonly Acknowledgement[] {
  return advisories.map(({ id, credit, title, publishedAt }) => ({
    ...{ id, name: credit, about: title, at: publishedAt },
    href: `/advisories/${id}`,
  }))
}

function orNull(error: unknown): null {
  if (error instanceof AppError && error.code === 'NOT_FOUND') return null
  throw error
}
