import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { Reproduction, ReproductionAttempt } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { TextArea } from '../../components/field.tsx'
import { Facts } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { SelectField } from '../../components/select.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { SaidPanel } from '../decisions/said-panel.tsx'
import { PersonName } from '../people/person-name.tsx'
import { useReportChanged } from './queries.ts'
import { OUTCOMES } from './words.ts'

type Outcome = ReproductionAttempt['outcome']

interface AttemptDialogProps {
  readonly run: Reproduction
  readonly attempt: ReproductionAttempt
  readonly may: boolean
  readonly onClose: () => void
}

/** One try: what it came to and why, its answer, and a person's word against it. */
export function AttemptDialog({ run, attempt, may, onClose }: AttemptDialogProps) {
  const { nth, why, clause, score, decision, overruled, outcome, ms } = attempt
  const params = { id: run.id, nth }
  const read = useMutation({
    mutationFn: () => call('POST /api/v1/reproductions/{id}/attempts/{nth}/read', { params }),
  })
  const [says, setSays] = useState<Outcome>(overruled?.outcome ?? outcome)
  const [words, setWords] = useState('')
  const changed = useReportChanged()
  const overrule = useMutation({
    mutationFn: () =>
      call('POST /api/v1/reproductions/{id}/attempts/{nth}/overrulings', {
        params,
        body: { outcome: says, words: words.trim() },
      }),
    onSuccess: async () => {
      await changed('Overruled', 'What the machine said stays beside it.')
      onClose()
    },
  })
  const [state, word] = OUTCOMES[outcome]
  return (
    <Dialog
      open
      wide
      onOpenChange={(open) => !open && onClose()}
      title={`Try ${nth} of ${run.n}`}
      actions={<Button onClick={onClose}>Close</Button>}
    >
      <Facts
        rows={[
          [
            'Judged',
            <StateMark key="o" state={state}>
              {word}
            </StateMark>,
          ],
          ['Why', `${why}${score === null ? '' : `, score ${score.toFixed(2)}`}`],
          ...(clause === null ? [] : [['Clause', clause] as const]),
          ...(decision === null
            ? []
            : [
                [
                  'Decision',
                  <AppLink key="d" href={`/decisions/${decision}`} inline>
                    {decision}
                  </AppLink>,
                ] as const,
              ]),
          ['Took', `${(ms / 1_000).toFixed(1)} s`],
          ...(overruled === null
            ? []
            : [
                [
                  'A person says',
                  <span key="p">
                    {OUTCOMES[overruled.outcome][1]}, <PersonName id={overruled.by} />
                    {read.data?.overruling && <span className="block text-quiet">{read.data.overruling}</span>}
                  </span>,
                ] as const,
              ]),
        ]}
      />
      <SaidPanel
        title="The answer"
        held={false}
        busy={read.isPending}
        onAsk={() => read.data === undefined && !read.isPending && read.mutate()}
        blocks={
          read.data === undefined
            ? undefined
            : [
                {
                  source: 'answer',
                  by: 'assistant',
                  text: read.data.answer ?? 'There is none, or it was erased.',
                  note: null,
                  evidence: [],
                  asJudged: [],
                },
              ]
        }
      />
      {read.error !== null && <ProblemNote problem={read.error} />}
      {may && (
        <div className="flex flex-col gap-3 rounded-md border border-line p-3">
          <SelectField<Outcome>
            label="I say it was"
            value={says}
            onChange={setSays}
            choices={(Object.keys(OUTCOMES) as Outcome[]).map((value) => ({ value, label: OUTCOMES[value][1] }))}
          />
          <TextArea label="Why" value={words} onChange={setWords} maxLength={2000} rows={2} />
          {overrule.error !== null && <ProblemNote problem={overrule.error} />}
          <Button
            className="self-end"
            busy={overrule.isPending}
            disabled={words.trim() === ''}
            onClick={() => overrule.mutate()}
          >
            Overrule
          </Button>
        </div>
      )}
    </Dialog>
  )
}
