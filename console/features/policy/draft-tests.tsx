import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { call } from '../../app/api/client.ts'
import type { PolicyDraft, PolicyTestReport } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { count } from '../../components/count.ts'
import { EmptyState } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { labelName } from './words.ts'

type Result = PolicyTestReport['results'][number]

/** What the last run in this console said, and about which text. */
interface Run {
  readonly revision: string
  readonly report: PolicyTestReport
}

export function useTestRun(draftId: string): Run | undefined {
  return useQuery<Run>({ queryKey: keyOf(draftId), enabled: false }).data
}

const keyOf = (draftId: string) => ['policy', 'tests', draftId]

const SAID = { refuse: 'refused', revise: 'revised', flag: 'flagged', allow: 'allowed' } as const

const COLUMNS: readonly Column<Result>[] = [
  {
    id: 'passed',
    header: 'Result',
    value: (r) => r.passed,
    cell: (r) =>
      r.passed ? (
        <StateMark state="holds" className="whitespace-nowrap">
          as wanted
        </StateMark>
      ) : (
        <StateMark state="fails" className="whitespace-nowrap">
          otherwise
        </StateMark>
      ),
  },
  {
    id: 'clause',
    header: 'Clause',
    value: (r) => r.clause,
    cell: (r) => <span className="whitespace-nowrap">{r.clause}</span>,
  },
  {
    id: 'text',
    header: 'Example',
    value: (r) => r.text,
    cell: (r) => (
      <>
        <span className="text-quiet">{r.side === 'prompt' ? 'prompt' : 'answer'}</span> <bdi>{r.text}</bdi>
      </>
    ),
  },
  {
    id: 'expected',
    header: 'Wanted',
    wide: true,
    value: (r) => r.expected,
    cell: (r) => <span className="whitespace-nowrap">{SAID[r.expected]}</span>,
  },
  {
    id: 'got',
    header: 'Got',
    value: (r) => r.got,
    cell: (r) => (
      <span className="whitespace-nowrap">
        {SAID[r.got]}
        {r.refusedBy !== null && <span className="block text-quiet">by {r.refusedBy}</span>}
      </span>
    ),
  },
  {
    id: 'scores',
    header: 'Loudest scores',
    wide: true,
    value: (r) => JSON.stringify(r.scores),
    cell: (r) => (
      <span className="text-quiet">
        {Object.entries(r.scores)
          .map(([label, score]) => `${labelName(label)} ${score.toFixed(2)}`)
          .join(', ')}
      </span>
    ),
  },
]

/** The draft's own examples, put to the classifier in use. */
export function DraftTests({ draft }: { readonly draft: PolicyDraft }) {
  const client = useQueryClient()
  const { may: edits } = usePermissions()('policy.edit')
  const run = useTestRun(draft.id)
  const { mutate, isPending, error } = useMutation({
    mutationFn: async () => {
      const report = await call('POST /api/v1/policy/drafts/{id}/test', { params: { id: draft.id } })
      client.setQueryData<Run>(keyOf(draft.id), { revision: draft.revision, report })
    },
  })
  const results = run?.report.results.toSorted((a, b) => Number(a.passed) - Number(b.passed))
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p aria-live="polite">
          {isPending ? (
            <span className="text-quiet">putting the examples to the classifier</span>
          ) : run === undefined ? (
            <span className="text-quiet">not run since this page was opened</span>
          ) : (
            <Outcome run={run} current={run.revision === draft.revision} />
          )}
        </p>
        {edits && (
          <Button onClick={() => mutate()} busy={isPending}>
            Run the examples
          </Button>
        )}
      </div>
      {error !== null && <ProblemNote problem={error} />}
      {(isPending || results !== undefined) && (
        <Table
          label="Examples"
          rows={isPending ? undefined : results}
          columns={COLUMNS}
          rowKey={({ clause, index }) => `${clause} ${index}`}
          empty={
            <EmptyState title="No examples">
              Under a clause, `examples` lists texts and what should become of them. They are what keeps a policy’s
              intent when thresholds and classifiers change.
            </EmptyState>
          }
        />
      )}
    </div>
  )
}

function Outcome({ run: { report }, current }: { readonly run: Run; readonly current: boolean }) {
  const { passed, failed, classifier } = report
  return (
    <>
      <StateMark state={!current ? 'unknown' : failed === 0 ? 'holds' : 'fails'}>
        {failed === 0 ? `all ${count(passed, 'example')} as wanted` : `${failed} of ${passed + failed} otherwise`}
      </StateMark>{' '}
      <span className="text-quiet">
        by {classifier}
        {!current && ', of an earlier text'}
      </span>
    </>
  )
}
