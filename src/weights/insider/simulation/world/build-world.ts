import type { Draw } from '../draw.ts'
import type { Parameters } from '../parameters.ts'
import { buildModels, type Launch } from './models.ts'
import { buildPeople } from './people.ts'
import { OFFICES, officePlace } from './places.ts'
import type { Host, World } from './world.ts'

const DAY_MS = 86_400_000
const WEEK_DAYS = 7
const YEAR_WEEKS = 52
/** A Monday. */
const FIRST_MS = Date.UTC(2026, 0, 5)

export interface Built {
  readonly world: World
  readonly launches: readonly Launch[]
  readonly clusters: readonly Host[]
}

/** The organisation as it stands before its first day, which is a Monday. */
export function buildWorld(asked: { people: number; days: number }, parameters: Parameters, draw: Draw): Built {
  const { days } = asked
  const startMs = FIRST_MS + draw.int(0, YEAR_WEEKS - 1) * WEEK_DAYS * DAY_MS
  const { versions, launches } = buildModels(parameters, draw.fork('models'), days)
  const models = [...new Set(versions.filter(({ isCanary }) => !isCanary).map(({ model }) => model))]
  const built = buildPeople({ count: asked.people, days, models }, parameters, draw.fork('people'))
  const { people, teams, clusters } = built
  const fleet = [...clusters, ...buildServers(models, parameters, draw.fork('servers'))]
  return { world: { startMs, days, people, teams, versions, fleet }, launches, clusters }
}

/** Machines that answer customers: some for each model, in one place each. */
function buildServers(models: readonly string[], parameters: Parameters, draw: Draw): Host[] {
  return models.flatMap((model) => {
    const place = officePlace(draw.pick(OFFICES), draw)
    const count = Math.max(1, draw.poisson(parameters.value('weights.servingHosts')))
    return Array.from(
      { length: count },
      (_, index): Host => ({ id: `dev_serve_${model}_${index}`, kind: 'server', place }),
    )
  })
}
