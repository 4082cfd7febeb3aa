import { z } from 'zod'
import { isDrill } from './cases/raised.ts'
import { CaseState } from './cases/schema.ts'
import { openCases } from './cases/taking.ts'
import { maySee } from './cases/visibility.ts'
import type { InsiderContext } from './context.ts'
import { thresholdOf } from './detection.ts'
import type { Viewer } from './ports.ts'
import { trendOf } from './watch/trend.ts'
import type { Watch } from './watch/watch.ts'

const MOST = 100

export const RiskRow = z
  .object({
    of: z.enum(['person', 'host', 'grant']),
    shown: z.string().meta({ description: 'a person’s pseudonym; the id of a host or grant, by pseudonym too' }),
    risk: z.number().meta({ description: 'nats' }),
    drill: z.boolean().meta({ description: 'synthetic: of somebody who does not exist' }),
    causes: z.array(
      z.object({
        cause: z.string(),
        risk: z.number(),
        says: z.string().meta({ description: 'in plain words, after "this person"; nobody’s name' }),
      }),
    ),
    trend: z
      .array(z.number())
      .meta({ description: 'nats, every six hours up to now, oldest first; at most 14 days, and only while watched' }),
    case: z.string().nullable(),
    state: CaseState.nullable(),
  })
  .meta({ id: 'InsiderRiskRow' })
export type RiskRow = z.infer<typeof RiskRow>

export const RiskBoard = z
  .object({
    at: z.iso.datetime().nullable().meta({ description: 'when risk stood so; null = nothing was looked at yet' }),
    threshold: z.number().meta({ description: 'from which an alert is raised' }),
    items: z.array(RiskRow),
  })
  .meta({ id: 'InsiderRiskBoard' })
export type RiskBoard = z.infer<typeof RiskBoard>

/** How risk stands, most first, by pseudonyms, and without the viewer. Hosts and grants would give people away: they go by pseudonyms of their own. */
export async function riskBoard(
  { db, pseudonyms, clock, config }: InsiderContext,
  watch: Pick<Watch, 'standings'>,
  viewer: Viewer,
): Promise<RiskBoard> {
  const stored = await watch.standings()
  const cases = new Map((await openCases(db.db)).map((one) => [one.tag, one]))
  const nowMs = clock.now()
  const items = (stored?.standings ?? [])
    .filter(({ of, id }) => of !== 'person' || maySee({ tag: pseudonyms.tag(id) }, viewer, pseudonyms))
    .sort((a, b) => b.risk - a.risk)
    .slice(0, MOST)
    .map(({ of, id, risk, causes }): RiskRow => {
      const known = of === 'person' ? cases.get(pseudonyms.tag(id)) : undefined
      const letter = of === 'person' ? 'P' : of === 'host' ? 'H' : 'G'
      const shown = known?.pseudonym ?? pseudonyms.of(of === 'person' ? id : `${of}\n${id}`, nowMs).replace('P', letter)
      const trend = trendOf(stored?.trend, of, id)
      return {
        of,
        shown,
        risk,
        causes: [...causes],
        trend,
        drill: isDrill(id),
        case: known?.id ?? null,
        state: known?.state ?? null,
      }
    })
  return { at: stored?.at.toISOString() ?? null, threshold: thresholdOf(config), items }
}
