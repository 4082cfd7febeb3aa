import { z } from 'zod'
import type { Catalogue, Regime } from '../catalogue/index.ts'
import { Control, ControlId, REGIMES } from '../catalogue/index.ts'
import type { ControlBoard } from './schema.ts'
import { ControlRow, ControlState } from './schema.ts'

/** What another regime asks for, the controls that answer to it, and how those stand. */
export const RegimeView = z
  .object({
    id: z.enum(REGIMES),
    title: z.string(),
    whole: z
      .boolean()
      .meta({ description: 'whether every clause is listed; if not, what is not covered can’t be told from this' }),
    note: z.string(),
    profile: z.string().meta({ description: 'by which controls count' }),
    lookedAt: z.string().nullable(),
    criteria: z.array(
      z.object({
        id: z.string(),
        title: z.string().nullable(),
        gap: z.string().nullable().meta({ description: 'where no control answers to it' }),
        state: ControlState.nullable().meta({
          description: 'the worst of its controls that the profile asks for; null: none of them, so nothing is shown',
        }),
        controls: z.array(
          z.object({
            id: ControlId,
            title: Control.shape.title,
            state: ControlState,
            inProfile: ControlRow.shape.inProfile,
          }),
        ),
      }),
    ),
  })
  .meta({ id: 'RegimeView' })
export type RegimeView = z.infer<typeof RegimeView>

const WORST = ['fails', 'unknown', 'stale', 'holds'] as const

export function regimeView(
  catalogue: Catalogue,
  board: Omit<ControlBoard, 'counts' | 'families'>,
  regime: Regime,
): RegimeView {
  const about = catalogue.regimes.find(({ id }) => id === regime)
  const rows = new Map(board.controls.map((row) => [row.id, row]))
  const criteria = catalogue.regime(regime).map(({ clause, title, gap, controls }) => {
    const shown = controls.flatMap(({ id }) => rows.get(id) ?? [])
    const counted = shown.filter(({ inProfile }) => inProfile)
    return {
      ...{ id: clause, title, gap, state: WORST.find((state) => counted.some((row) => row.state === state)) ?? null },
      controls: shown.map(({ id, title: what, state, inProfile }) => ({ id, title: what, state, inProfile })),
    }
  })
  return {
    ...{ id: regime, title: about?.title ?? regime, whole: about?.whole ?? false, note: about?.note ?? '' },
    ...{ profile: [board.profile, ...board.overlays].join(' + '), lookedAt: board.lookedAt, criteria },
  }
}
