import type { RecordKind } from '../../journal/index.ts'
import { Budget } from './schema.ts'

export const BUDGET: RecordKind<Budget> = {
  kind: 'budget',
  schema: Budget,
  columns: ({ kind, id, setAt, lifted }) => ({
    id: budgetId(kind, id),
    about: kind,
    state: lifted ? 'lifted' : 'stands',
    at: setAt,
  }),
}

/** Neither a kind nor `*` has a slash. */
export function budgetId(kind: string, id: string): string {
  return `${kind}/${id}`
}
