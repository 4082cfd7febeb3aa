import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '../../app/api/client.ts'
import type { AuditFinding, AuditSampleView, LedgerEntry } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { Table } from '../../components/table.tsx'
import { exactly } from '../../components/when.tsx'
import { entriesQuery, useAuditChanged } from './queries.ts'
import { VERDICTS } from './words.ts'
import { WordsDialog } from './words-dialog.tsx'

type Verdict = AuditFinding['verdict']
interface Item {
  readonly entry: number
  readonly shown: LedgerEntry | undefined
  readonly found: AuditFinding | undefined
}

/** What was drawn, entry by entry, with what was found in each. */
export function SampleItems({ sample }: { readonly sample: AuditSampleView }) {
  const reads = usePermissions()('ledger.read').may
  const examines = usePermissions()('audit.examine').may && sample.state === 'drawn'
  const { data, fetchNextPage, hasNextPage, isFetchingNextPage } = useInfiniteQuery({
    ...entriesQuery(sample.id),
    enabled: reads,
  })
  const shown = new Map(data?.pages.flatMap(({ items }) => items).map((one) => [one.position, one]))
  const found = new Map(sample.findings.map((one) => [one.entry, one]))
  const [saying, setSaying] = useState<{ readonly entry: number; readonly verdict: Verdict } | null>(null)
  const rows = sample.entries.map((entry): Item => ({ entry, shown: shown.get(entry), found: found.get(entry) }))
  return (
    <Section title="Entries">
      <Table<Item>
        label="Entries of the sample"
        rows={reads ? rows.filter((row) => row.shown !== undefined || !hasNextPage) : rows}
        rowKey={({ entry }) => String(entry)}
        columns={[
          {
            id: 'entry',
            header: 'Entry',
            value: ({ entry }) => entry,
            cell: ({ entry }) =>
              reads ? (
                <AppLink href={`/ledger/${entry}`} inline>
                  <span className="whitespace-nowrap">{entry}</span>
                </AppLink>
              ) : (
                entry
              ),
          },
          {
            id: 'what',
            header: 'What',
            value: ({ shown: one }) => one?.event?.kind ?? null,
            cell: (item) => <What item={item} />,
          },
          {
            id: 'at',
            header: 'Recorded',
            wide: true,
            value: ({ shown: one }) => one?.recordedAt ?? null,
            cell: ({ shown: one }) => (one === undefined ? '' : exactly(one.recordedAt)),
          },
          {
            id: 'verdict',
            header: 'Found',
            value: ({ found: one }) => one?.verdict ?? null,
            cell: ({ entry, found: one }) => (
              <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
                <Found found={one} />
                {examines && (
                  <Say sample={sample.id} entry={entry} onWords={(verdict) => setSaying({ entry, verdict })} />
                )}
              </span>
            ),
          },
        ]}
        empty={<p className="text-quiet">Nothing was drawn.</p>}
        onMore={hasNextPage ? () => fetchNextPage() : undefined}
        loadingMore={isFetchingNextPage}
      />
      {saying !== null && (
        <WordsDialog
          title={`Entry ${saying.entry}: ${VERDICTS[saying.verdict][1]}`}
          label={saying.verdict === 'exception' ? 'What is wrong' : 'Why it can’t be tested'}
          submit="Say so"
          done={`Entry ${saying.entry} is examined`}
          required
          send={(words) =>
            call('PUT /api/v1/audit/samples/{id}/findings/{entry}', {
              params: { id: sample.id, entry: String(saying.entry) },
              body: { verdict: saying.verdict, words },
            })
          }
          onClose={() => setSaying(null)}
        />
      )}
    </Section>
  )
}

function What({ item: { shown } }: { readonly item: Item }) {
  if (shown === undefined) return <span className="text-quiet">not shown to you</span>
  if (shown.event === null) return <StateMark state="unknown">erased</StateMark>
  const { kind, subject, data } = shown.event
  return (
    <details className="min-w-24">
      <summary className="cursor-pointer">
        <Kind of={kind} /> <span className="hidden text-quiet md:inline">{subject.id}</span>
      </summary>
      <pre className="mt-1 max-w-prose rounded-md border border-line bg-sunken p-2 break-all whitespace-pre-wrap">
        {JSON.stringify(data, null, 2)}
      </pre>
    </details>
  )
}

/** It may break after its dot, where a phone is too narrow for all of it. */
function Kind({ of }: { readonly of: string }) {
  const dot = of.indexOf('.') + 1
  return (
    <>
      {of.slice(0, dot)}
      <wbr />
      {of.slice(dot)}
    </>
  )
}

function Found({ found }: { readonly found: AuditFinding | undefined }) {
  if (found === undefined) return <span className="whitespace-nowrap text-quiet md:min-w-28">not examined</span>
  const [state, word] = VERDICTS[found.verdict]
  return (
    <span className="md:min-w-28">
      <StateMark state={state} className="whitespace-nowrap">
        {word}
      </StateMark>
      {found.words !== '' && <span className="block text-quiet">{found.words}</span>}
    </span>
  )
}

interface SayProps {
  readonly sample: string
  readonly entry: number
  onWords(verdict: Verdict): void
}

function Say({ sample: id, entry, onWords }: SayProps) {
  const changed = useAuditChanged()
  const ok = useMutation({
    mutationFn: () =>
      call('PUT /api/v1/audit/samples/{id}/findings/{entry}', {
        params: { id, entry: String(entry) },
        body: { verdict: 'ok' },
      }),
    onSuccess: () => changed(),
  })
  return (
    <span className="flex flex-wrap gap-1">
      <Button small aria-label={`Entry ${entry} is ok`} busy={ok.isPending} onClick={() => ok.mutate()}>
        OK
      </Button>
      <Button small aria-label={`Entry ${entry} is an exception`} onClick={() => onWords('exception')}>
        Exception
      </Button>
      <Button small look="quiet" aria-label={`Entry ${entry} is not testable`} onClick={() => onWords('not_testable')}>
        Not testable
      </Button>
      {ok.error !== null && <ProblemNote problem={ok.error} />}
    </span>
  )
}
