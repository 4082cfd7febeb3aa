import type { CardChange, CardCheck, CardHead, CardStanding } from '../../app/api/schema.ts'
import type { State } from '../../components/state-mark.tsx'

export const STANDINGS: Record<CardStanding['state'], readonly [State, string]> = {
  fresh: ['holds', 'published, and holds'],
  stale: ['watch', 'published, and no longer holds'],
  withdrawn: ['fails', 'withdrawn'],
  none: ['unknown', 'no card is published'],
}

export const OUTCOMES: Record<CardCheck['outcome'], readonly [State, string]> = {
  passes: ['holds', 'nothing to be said against it'],
  passes_with_warnings: ['watch', 'passes, with warnings'],
  fails: ['fails', 'it can’t be published'],
  unreadable: ['fails', 'it is no card'],
}

export const VERSION_STATES: Record<CardHead['state'], readonly [State, string]> = {
  draft: ['unknown', 'draft'],
  published: ['holds', 'stands'],
  superseded: ['unknown', 'earlier'],
  withdrawn: ['fails', 'withdrawn'],
}

export const CHANGES: Record<CardChange['change'], readonly [State, string]> = {
  figure_moved: ['watch', 'figure moved'],
  figure_added: ['unknown', 'figure added'],
  figure_removed: ['watch', 'figure removed'],
  verdict_changed: ['watch', 'verdict changed'],
  evidence_renewed: ['unknown', 'evidence renewed'],
  item_added: ['unknown', 'added'],
  item_removed: ['watch', 'removed'],
  item_reworded: ['unknown', 'reworded'],
  words_changed: ['unknown', 'reworded'],
  fact_changed: ['unknown', 'changed'],
  audience_narrowed: ['watch', 'audience narrowed'],
  audience_widened: ['watch', 'audience widened'],
}

/** `/evaluations/0/value` -> `evaluations · 1 · value`: people count from one. */
export function place(path: string): string {
  return path
    .split('/')
    .slice(1)
    .map((step) =>
      /^\d+$/.test(step) ? String(Number(step) + 1) : step.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
    )
    .join(' · ')
}
