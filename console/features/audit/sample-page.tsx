import { useMutation, useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { call, callFile } from '../../app/api/client.ts'
import type { AuditSampleView } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { AppLink, INLINE_LINK } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { Code, CopyText } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { downloadBlob } from '../../components/export.ts'
import { TextField } from '../../components/field.tsx'
import { Facts, Page, Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { exactly } from '../../components/when.tsx'
import { Actor } from '../ledger/actor.tsx'
import { sampleQuery, useAuditChanged } from './queries.ts'
import { SampleItems } from './sample-items.tsx'
import { forgetSecret, keptSecret } from './secret.ts'
import { percent, SAMPLE_STATES } from './words.ts'
import { WordsDialog } from './words-dialog.tsx'

/** One sample: its order, its draw, what was found, and what that shows. */
export function SamplePage() {
  const { id } = useParams({ from: '/shell/audit/samples/$id' })
  const { data: sample } = useSuspenseQuery(sampleQuery(id))
  const [state, word] = SAMPLE_STATES[sample.state]
  return (
    <Page
      title={sample.title}
      summary={
        <>
          <StateMark state={state}>{word}</StateMark> · {count(sample.size, 'entry', 'entries')} of{' '}
          {sample.frame.entries.toLocaleString('en')}
        </>
      }
      actions={sample.drawn !== null && <TakeAlong sample={sample} />}
    >
      {sample.state === 'ordered' ? <ToDraw sample={sample} /> : <Result sample={sample} />}
      {sample.drawn !== null && <SampleItems sample={sample} />}
      <Order sample={sample} />
    </Page>
  )
}

function TakeAlong({ sample: { id } }: { readonly sample: AuditSampleView }) {
  const { may } = usePermissions()('audit.export')
  const take = useMutation({
    mutationFn: async () =>
      downloadBlob(`${id}.zip`, await callFile('POST /api/v1/audit/samples/{id}/bundle', { params: { id } })),
  })
  if (!may) return null
  return (
    <>
      <Button onClick={() => take.mutate()} busy={take.isPending}>
        With proofs, as a file
      </Button>
      {take.error !== null && <ProblemNote problem={take.error} />}
    </>
  )
}

/** The order stands: its secret may be told now, and nothing about the draw can be chosen any more. */
function ToDraw({ sample: { id, commitment } }: { readonly sample: AuditSampleView }) {
  const { may } = usePermissions()('audit.sample')
  const [secret, setSecret] = useState(() => keptSecret(id))
  const changed = useAuditChanged()
  const draw = useMutation({
    mutationFn: () =>
      call('POST /api/v1/audit/samples/{id}/draw', {
        params: { id },
        body: { secret: commitment === null ? null : secret.trim() },
      }),
    onSuccess: async () => {
      forgetSecret(id)
      await changed('The sample is drawn')
    },
  })
  return (
    <Section title="To be drawn" className="max-w-prose">
      <p>
        The order stands on the ledger. Which entries are drawn follows from the tree that ends with it
        {commitment === null ? '.' : ', and from the secret to which it is bound.'}
      </p>
      {may ? (
        <form
          className="flex flex-wrap items-end gap-2"
          onSubmit={(event) => {
            event.preventDefault()
            draw.mutate()
          }}
        >
          {commitment !== null && (
            <TextField label="Your secret" value={secret} onChange={setSecret} className="min-w-0 grow" />
          )}
          <Button
            type="submit"
            look="primary"
            busy={draw.isPending}
            disabled={commitment !== null && secret.trim() === ''}
          >
            Draw it
          </Button>
        </form>
      ) : (
        <p className="text-quiet">An auditor draws it.</p>
      )}
      {draw.error !== null && <ProblemNote problem={draw.error} />}
    </Section>
  )
}

function Result({ sample }: { readonly sample: AuditSampleView }) {
  const { id, result, sizing, acceptable, closed, state } = sample
  const { may } = usePermissions()('audit.examine')
  const [closing, setClosing] = useState(false)
  const { examined, ok, exceptions, notTestable, rate, interval, supports, complete } = result
  return (
    <Section
      title="Result"
      note={complete ? undefined : `${examined} of ${sample.size} examined`}
      actions={
        may && complete && state === 'drawn' ? (
          <Button look="primary" onClick={() => setClosing(true)}>
            Conclude
          </Button>
        ) : undefined
      }
    >
      <Facts
        rows={[
          ['Found', `${ok} ok, ${count(exceptions, 'exception')}, ${notTestable} not testable`],
          [
            'Rate of deviations',
            rate === null || interval === null
              ? 'nothing is examined yet'
              : `${percent(rate)}; 95 % interval ${percent(interval[0])} to ${percent(interval[1])}`,
          ],
          ...(sizing.kind === 'attribute'
            ? [
                [
                  'Supports',
                  supports === null ? (
                    <span key="supports" className="text-quiet">
                      {`that fewer than ${percent(sizing.tolerableRate)} deviate, if at most ${acceptable} do here (${percent(sizing.confidence)} confidence)`}
                    </span>
                  ) : (
                    <StateMark key="supports" state={supports ? 'holds' : 'fails'}>
                      {`${supports ? 'supports' : 'does not support'} that fewer than ${percent(sizing.tolerableRate)} deviate`}
                    </StateMark>
                  ),
                ] as const,
              ]
            : []),
          ...(closed === null ? [] : [['Conclusion', <p key="closed">{closed.words}</p>] as const]),
        ]}
      />
      <p className="text-quiet">What can’t be tested counts as a deviation.</p>
      {closing && (
        <WordsDialog
          title="Conclude the sample"
          description="What was found stands from then on. The ledger has the digest of your words."
          label="Conclusion"
          submit="Conclude"
          done="The sample is concluded"
          required
          send={(words) => call('POST /api/v1/audit/samples/{id}/conclusion', { params: { id }, body: { words } })}
          onClose={() => setClosing(false)}
        />
      )}
    </Section>
  )
}

function Order({ sample }: { readonly sample: AuditSampleView }) {
  const { id, population, frame, commitment, by, at, drawn } = sample
  const { may } = usePermissions()('ledger.read')
  return (
    <Section title="Order and draw">
      <Facts
        rows={[
          [
            'Population',
            population.kinds.join(', ') +
              (population.outcomes.length === 0 ? '' : `: ${population.outcomes.join(', ')}`),
          ],
          ['Period', `${exactly(population.from)} until ${exactly(population.until)}`],
          [
            'Ordered',
            <span key="by">
              {exactly(at)} by <Actor actor={by} />
            </span>,
          ],
          [
            'Frame',
            <span key="frame">
              {count(frame.entries, 'entry', 'entries')}, SHA-256 <Code>{frame.digest}</Code>
            </span>,
          ],
          [
            'Bound to',
            commitment === null ? (
              <StateMark key="bound" state="unknown">
                no secret: who runs the ledger could have tried orders until one suited them
              </StateMark>
            ) : (
              <Code key="bound">{commitment}</Code>
            ),
          ],
          ...(drawn === null
            ? []
            : ([
                ['Secret', drawn.secret === null ? 'none' : <Code key="secret">{drawn.secret}</Code>],
                [
                  'Tree',
                  <span key="tree">
                    of {drawn.tree.toLocaleString('en')}, ending with the order (
                    {may ? (
                      <AppLink href={`/ledger/${drawn.order}`} className={INLINE_LINK}>
                        entry {drawn.order}
                      </AppLink>
                    ) : (
                      `entry ${drawn.order}`
                    )}
                    ), root <Code>{drawn.root}</Code>
                  </span>,
                ],
                ['Seed', <Code key="seed">{drawn.seed}</Code>],
              ] as const)),
        ]}
      />
      {drawn !== null && <CopyText label="command" text={`safelevel audit verify ${id}.zip`} />}
    </Section>
  )
}
