import { createRoute, lazyRouteComponent } from '@tanstack/react-router'
import { shellRoute } from '../../app/routes.tsx'

export const TABS = ['evaluations', 'red-team', 'datasets', 'comparisons'] as const
export type RefusalTab = (typeof TABS)[number]

export interface RefusalSearch {
  readonly tab?: RefusalTab | undefined
  /** Of evaluations: which model line, or model, is drawn. */
  readonly line?: string | undefined
  /** … and which suite; left out: all that were asked. */
  readonly suite?: string | undefined
  readonly sort?: string | undefined
}

/** Which rows of a result are looked for, and which one is open. */
export interface RowsSearch {
  readonly part?: string | undefined
  readonly kind?: string | undefined
  readonly category?: string | undefined
  readonly outcome?: string | undefined
  readonly flag?: string | undefined
  readonly row?: number | undefined
  /** Of the matrix: which family of attacks. */
  readonly family?: string | undefined
}

function text(value: unknown): string | undefined {
  const read = typeof value === 'number' ? String(value) : value
  return typeof read === 'string' && read !== '' && read.length <= 200 ? read : undefined
}

function readRows({ part, kind, category, outcome, flag, row, family }: Record<string, unknown>): RowsSearch {
  return {
    part: text(part),
    kind: text(kind),
    category: text(category),
    outcome: text(outcome),
    flag: text(flag),
    row: typeof row === 'number' && Number.isInteger(row) && row >= 0 ? row : undefined,
    family: text(family),
  }
}

const listRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/refusal',
  validateSearch: ({ tab, line, suite, sort }): RefusalSearch => ({
    tab: TABS.find((one) => one === tab),
    line: text(line),
    suite: text(suite),
    sort: typeof sort === 'string' ? sort : undefined,
  }),
  component: lazyRouteComponent(() => import('./refusal-page.tsx'), 'RefusalPage'),
})

const evaluationRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/refusal/evaluations/$id',
  validateSearch: readRows,
  component: lazyRouteComponent(() => import('./evaluation-page.tsx'), 'EvaluationPage'),
})

const runRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/refusal/red-team/$id',
  validateSearch: readRows,
  component: lazyRouteComponent(() => import('./run-page.tsx'), 'RunPage'),
})

const datasetRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/refusal/datasets/$id',
  validateSearch: readRows,
  component: lazyRouteComponent(() => import('./dataset-page.tsx'), 'DatasetPage'),
})

const comparisonRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/refusal/comparisons/$id',
  component: lazyRouteComponent(() => import('./comparison-page.tsx'), 'ComparisonPage'),
})

export const refusalRoutes = [listRoute, evaluationRoute, runRoute, datasetRoute, comparisonRoute]
