import type { Draw } from '../draw.ts'
import type { Parameters } from '../parameters.ts'
import type { ModelFile, ModelVersion } from './world.ts'

const GIGABYTE = 1e9
const NAMES = [
  'heron',
  'orca',
  'lynx',
  'ibis',
  'marten',
  'kestrel',
  'otter',
  'raven',
  'tern',
  'vole',
  'wren',
  'yak',
] as const
const SMALL_BYTES = 60_000
/** A launch begins before its version is offered: so many days before, it is sealed. */
const SEALED_AHEAD_DAYS = 3
const MONTH_DAYS = 30

/** A version of a model that goes to customers, with all the reading that this takes. */
export interface Launch {
  readonly version: ModelVersion
  readonly firstDay: number
  readonly lastDay: number
}

/** Models, what was sealed of them before the first day, and what is launched on the days that follow. */
export function buildModels(
  parameters: Parameters,
  draw: Draw,
  days: number,
): { versions: ModelVersion[]; launches: Launch[] } {
  const count = Math.min(NAMES.length, Math.round(parameters.value('models.count')))
  const median = parameters.value('models.gigabytes') * GIGABYTE
  const sizes = new Map(
    NAMES.slice(0, count).map((name) => [name, draw.logNormal(median, parameters.value('models.spread'))]),
  )
  const versions: ModelVersion[] = []
  const next = (model: string, sealedDay: number, isCanary = false): ModelVersion => {
    const number = versions.filter((one) => one.model === model).length + 1
    const size = isCanary ? median : (sizes.get(nameOf(model)) ?? median)
    const made = buildVersion(
      { model, number, sizeBytes: size * draw.real(0.95, 1.1), sealedDay, isCanary },
      parameters,
      draw,
    )
    versions.push(made)
    return made
  }
  for (const model of sizes.keys()) {
    const before = Math.max(1, draw.poisson(parameters.value('models.versionsBefore')))
    for (let made = 0; made < before; made++) next(model, 0)
  }
  next('sparrow', 0, true)
  const launches: Launch[] = []
  const meanDays = MONTH_DAYS / parameters.value('models.launchesPerMonth')
  for (
    let day = Math.ceil(draw.exponential(meanDays)) + 5;
    day < days;
    day += Math.ceil(draw.exponential(meanDays)) + 2
  ) {
    const version = next(draw.pick([...sizes.keys()]), day - SEALED_AHEAD_DAYS)
    launches.push({ version, firstDay: day, lastDay: day + Math.round(parameters.value('models.launchDays')) })
  }
  return { versions, launches }
}

function nameOf(model: string): (typeof NAMES)[number] {
  return NAMES.find((name) => name === model) ?? NAMES[0]
}

interface Plan {
  readonly model: string
  readonly number: number
  readonly sizeBytes: number
  readonly sealedDay: number
  readonly isCanary: boolean
}

/** Shards of about equal size, some small files beside them, and in some versions one more shard that is a decoy. */
function buildVersion(
  { model, number, sizeBytes, sealedDay, isCanary }: Plan,
  parameters: Parameters,
  draw: Draw,
): ModelVersion {
  const shardBytes = parameters.value('models.fileGigabytes') * GIGABYTE
  const shards = Math.max(2, Math.round(sizeBytes / shardBytes))
  const sizes = Array.from({ length: shards }, () => Math.round((sizeBytes / shards) * draw.real(0.97, 1.03)))
  const hasCanary = isCanary || draw.chance(parameters.value('models.canaryShare'))
  const files: ModelFile[] = [...sizes, SMALL_BYTES, SMALL_BYTES * 20].map((size, position) => ({
    position,
    sizeBytes: size,
    tensors: size > GIGABYTE ? draw.int(20, 60) : 1,
    isCanary: false,
  }))
  if (hasCanary) files.push({ position: files.length, sizeBytes: sizes[0] ?? SMALL_BYTES, tensors: 30, isCanary: true })
  const total = files.reduce((sum, file) => sum + file.sizeBytes, 0)
  return { model, id: `${model}/v${number}`, files, sizeBytes: total, sealedDay, isCanary }
}
