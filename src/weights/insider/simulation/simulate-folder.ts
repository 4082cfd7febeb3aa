import type { CampaignKind } from './campaign.ts'
import { FORMAT, FolderWriter, noteOf } from './folder.ts'
import type { Overrides } from './parameters.ts'
import { Simulation } from './simulate.ts'

/** A campaign for every so many people. */
const PEOPLE_PER_CAMPAIGN = 9

export interface SimulateOptions {
  readonly people: number
  readonly days: number
  readonly seed: number
  readonly out: string
  readonly kinds: readonly CampaignKind[]
  /** Left out, as many as an organisation of this size bears in these days. */
  readonly campaigns?: number
  readonly overrides?: Overrides
  /** Told after each day. */
  readonly progress?: (daysDone: number, of: number) => void
  /** Asked after each day: whether to stop, leaving nothing behind. */
  readonly isStopped?: () => boolean
}

export interface Simulated {
  readonly synthetic: true
  readonly people: number
  readonly days: number
  readonly seed: number
  readonly activities: number
  readonly campaigns: number
  /** Campaigns by kind. */
  readonly byKind: Readonly<Record<string, number>>
  /** SHA-256 over all files, hex. */
  readonly digest: string
}

/**
 * Invents an organisation, lets it live through its days and writes them to a folder, which is there whole or not at all.
 *
 * @returns null when it was stopped
 * @throws {AppError} CONFLICT when `out` is not empty
 */
export async function simulateFolder(options: SimulateOptions): Promise<Simulated | null> {
  const { people, days, seed, out, kinds, overrides = new Map(), progress, isStopped = () => false } = options
  const campaigns = options.campaigns ?? Math.round((people / PEOPLE_PER_CAMPAIGN) * Math.min(1, days / 120))
  const simulation = new Simulation({ seed, people, days, overrides, kinds, campaigns })
  const writer = new FolderWriter(out)
  try {
    for (const { day, startMs, activities } of simulation.days()) {
      writer.append(startMs, activities)
      progress?.(day + 1, days)
      await new Promise((resolve) => setImmediate(resolve)) // so that Ctrl-C is heard
      if (isStopped()) {
        writer.abandon()
        return null
      }
    }
    const truths = simulation.truths()
    const { startMs, parametersDigest: parameters } = simulation
    const manifest = {
      format: FORMAT,
      synthetic: true,
      origin: 'simulation',
      seed,
      people,
      days,
      startMs,
      parameters,
    } as const
    const digest = writer.finish(manifest, simulation.people.map(noteOf), truths)
    const byKind = Object.fromEntries(
      [...Map.groupBy(truths, ({ kind }) => kind)].map(([kind, all]) => [kind, all.length] as const).sort(),
    )
    return {
      synthetic: true,
      people,
      days,
      seed,
      activities: writer.activities,
      campaigns: truths.length,
      byKind,
      digest,
    }
  } catch (error) {
    writer.abandon()
    throw error
  }
}
