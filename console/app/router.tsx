import { QueryClient } from '@tanstack/react-query'
import { createRouter } from '@tanstack/react-router'
import { accountRoutes } from '../features/account/routes.tsx'
import { accountsRoutes } from '../features/accounts/routes.tsx'
import { appealsRoutes } from '../features/appeals/routes.tsx'
import { approvalRoutes } from '../features/approvals/routes.tsx'
import { auditRoutes } from '../features/audit/routes.tsx'
import { cardRoutes } from '../features/cards/routes.tsx'
import { controlRoutes } from '../features/controls/routes.tsx'
import { coverageRoutes } from '../features/coverage/routes.tsx'
import { decisionRoutes } from '../features/decisions/routes.tsx'
import { evaluationRoutes } from '../features/evaluations/routes.tsx'
import { exemptionsRoutes } from '../features/exemptions/routes.tsx'
import { incidentRoutes } from '../features/incidents/routes.tsx'
import { insiderRoutes } from '../features/insider/routes.tsx'
import { ledgerRoutes } from '../features/ledger/routes.tsx'
import { noncomplianceRoutes } from '../features/noncompliance/routes.tsx'
import { noticesRoutes } from '../features/notices/routes.tsx'
import { nowRoutes } from '../features/now/routes.tsx'
import { peopleRoutes } from '../features/people/routes.tsx'
import { policyRoutes } from '../features/policy/routes.tsx'
import { queueRoutes } from '../features/queue/routes.tsx'
import { refusalRoutes } from '../features/refusal/routes.tsx'
import { releaseRoutes } from '../features/releases/routes.tsx'
import { reportsRoutes } from '../features/reports/routes.tsx'
import { runbookRoutes } from '../features/runbooks/routes.tsx'
import { scalingRoutes } from '../features/scaling/routes.tsx'
import { signInRoutes } from '../features/sign-in/routes.tsx'
import { trainingRoutes } from '../features/training/routes.tsx'
import { transparencyRoutes } from '../features/transparency/routes.tsx'
import { weightsRoutes } from '../features/weights/routes.tsx'
import { ApiProblem } from './api/client.ts'
import { rootRoute, shellRoute } from './routes.tsx'
import { sessionQuery } from './session.ts'

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // A refusal stays one; only silence and overload are worth another try.
      retry: (failures, error) =>
        failures < 2 && (!(error instanceof ApiProblem) || error.status === 0 || error.status === 503),
    },
    // An act without a network fails there and then: it isn't kept, to be done when nobody expects it any more.
    mutations: { retry: false, networkMode: 'always' },
  },
})

const routeTree = rootRoute.addChildren([
  ...signInRoutes,
  shellRoute.addChildren([
    ...nowRoutes,
    ...decisionRoutes,
    ...queueRoutes,
    ...approvalRoutes,
    ...policyRoutes,
    ...accountsRoutes,
    ...appealsRoutes,
    ...exemptionsRoutes,
    ...scalingRoutes,
    ...evaluationRoutes,
    ...incidentRoutes,
    ...releaseRoutes,
    ...runbookRoutes,
    ...cardRoutes,
    ...refusalRoutes,
    ...reportsRoutes,
    ...weightsRoutes,
    ...insiderRoutes,
    ...noncomplianceRoutes,
    ...controlRoutes,
    ...auditRoutes,
    ...transparencyRoutes,
    ...coverageRoutes,
    ...noticesRoutes,
    ...peopleRoutes,
    ...trainingRoutes,
    ...ledgerRoutes,
    ...accountRoutes,
  ]),
])

export const router = createRouter({
  routeTree,
  context: { queries },
  defaultPreload: 'intent',
  defaultPreloadStaleTime: 0,
  scrollRestoration: false,
})

// A session that ended elsewhere, or by itself, ends here at the next answer that says so.
queries.getQueryCache().subscribe(({ query }) => {
  const { error } = query.state
  if (error instanceof ApiProblem && error.status === 401 && queries.getQueryData(sessionQuery.queryKey)) {
    queries.setQueryData(sessionQuery.queryKey, null)
  }
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
