import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { EvaluationTimeline } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { SelectField } from '../../components/select.tsx'
import { useChoices } from '../../components/use-choices.ts'
import { suitesQuery, useModelsChanged } from './queries.ts'
import { flop, times } from './words.ts'

const OFFERED = 50

/** Begins an assessment: which checkpoint, by which frozen suites. */
export function OpenDialog({ timeline, onClose }: { readonly timeline: EvaluationTimeline; onClose(): void }) {
  const { due, points } = timeline
  const [checkpoint, setCheckpoint] = useState(due.at ?? '')
  const [chosen, toggle] = useChoices<string>()
  const suites = useQuery(suitesQuery)
  const changed = useModelsChanged()
  const navigate = useNavigate()
  const open = useMutation({
    mutationFn: () => {
      const body = { checkpoint, suites: [...chosen] }
      return withFreshKey(() => call('POST /api/v1/evaluations/assessments', { body }))
    },
    onSuccess: async ({ id }) => {
      onClose()
      await changed('The assessment has begun')
      await navigate({ to: '/scaling/assessments/$id', params: { id } })
    },
  })
  return (
    <FormDialog
      open
      onOpenChange={onClose}
      wide
      title="Open an assessment"
      description="While it is open, training may go on within the buffer, until its target in a month."
      submit="Open it"
      busy={open.isPending}
      ready={checkpoint !== '' && chosen.size > 0}
      problem={open.error}
      onSubmit={() => open.mutate()}
    >
      <SelectField
        label="Checkpoint"
        value={checkpoint}
        onChange={setCheckpoint}
        choices={points
          .slice(-OFFERED)
          .toReversed()
          .map(({ id, kHi, flops }) => ({ value: id, label: id, note: `${times(kHi)} at most · ${flop(flops)} FLOP` }))}
        hint="What is counted from is the checkpoint that is assessed: the one that has grown most covers all before it."
      />
      {suites.error !== null && <ProblemNote problem={suites.error} />}
      {suites.data === undefined ? (
        <Skeleton className="h-24" />
      ) : suites.data.length === 0 ? (
        <p className="text-quiet">
          No suite is frozen yet: <code className="select-all">safelevel eval suite FILE</code>
        </p>
      ) : (
        <fieldset className="flex flex-col gap-1">
          <legend className="mb-1 text-xs font-medium text-quiet">Suites</legend>
          <div className="max-h-48 overflow-y-auto rounded-md border border-edge py-1">
            {suites.data.map(({ suite, domain, threshold }) => (
              <label key={suite} className="flex items-baseline gap-2 px-2.5 py-0.5 hover:bg-sunken">
                <input
                  type="checkbox"
                  checked={chosen.has(suite)}
                  onChange={() => toggle(suite)}
                  className="translate-y-0.5 accent-accent"
                />
                <span className="grow">{suite}</span>
                <span className="text-quiet">
                  {domain}, {threshold}
                </span>
              </label>
            ))}
          </div>
        </fieldset>
      )}
    </FormDialog>
  )
}
