import { useQuery } from '@tanstack/react-query'
import { useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import type { KeptDataset } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { Button } from '../../components/button.tsx'
import { BarChart } from '../../components/chart/bar-chart.tsx'
import { Code } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { Facts, Page, Section, Skeleton } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { History } from '../ledger/history.tsx'
import { ExportDialog } from './export-dialog.tsx'
import { FixtureBand } from './marks.tsx'
import { datasetQuery } from './queries.ts'
import { ResultFoot } from './result-foot.tsx'
import { RowsBrowser } from './rows-browser.tsx'
import { flagName } from './words.ts'

/** One dataset of the constitution: what it is for, what is wrong with it, and its records. */
export function DatasetPage() {
  const { id } = useParams({ from: '/shell/refusal/datasets/$id' })
  const search = useSearch({ from: '/shell/refusal/datasets/$id' })
  const { data: dataset, error } = useQuery(datasetQuery(id))
  const { may } = usePermissions()('refusal.export')
  const [exporting, setExporting] = useState(false)
  if (dataset === undefined)
    return (
      <Page title="Dataset">{error === null ? <Skeleton className="w-64" /> : <ProblemNote problem={error} />}</Page>
    )
  const { records, name } = dataset.head
  return (
    <Page
      title={`Dataset ${name}`}
      summary={`${count(records.count, 'record')}: ${records.sft.toLocaleString('en')} for tuning by example, ${records.preference.toLocaleString('en')} as pairs`}
      actions={may && dataset.erased === null && <Button onClick={() => setExporting(true)}>Export…</Button>}
    >
      {dataset.fixture && <FixtureBand />}
      <Flags dataset={dataset} />
      <RowsBrowser result={dataset} search={search} title="Records" part="Source" />
      <About dataset={dataset} />
      <ResultFoot result={dataset} />
      <History id={id} />
      <ExportDialog dataset={dataset} open={exporting} onOpenChange={setExporting} />
    </Page>
  )
}

function Flags({ dataset: { head } }: { readonly dataset: KeptDataset }) {
  const flags = Object.entries(head.records.flags)
    .filter(([, n]) => n > 0)
    .toSorted(([, a], [, b]) => b - a)
  const without = (use: 'sft' | 'preference') => (head.records.count - head.records[use]).toLocaleString('en')
  return (
    <Section
      title="Flags"
      note={`kept out of tuning by example: ${without('sft')}; out of pairs: ${without('preference')}`}
    >
      {flags.length === 0 ? (
        <p className="text-quiet">Nothing was found wrong with any record.</p>
      ) : (
        <BarChart
          summary="Records with each flag; a record may have several."
          unit="Records"
          bars={flags.map(([flag, value]) => ({ label: flagName(flag), value }))}
        />
      )}
    </Section>
  )
}

function About({ dataset: { head } }: { readonly dataset: KeptDataset }) {
  const { constitution, policy, authors, settings, seed, prompts, screening } = head
  return (
    <Section title="How it was made">
      <Facts
        rows={[
          [
            'Constitution',
            <span key="constitution">
              {constitution.version}, {count(constitution.principles, 'principle')}; policy {policy.version}
              <Code className="block">{constitution.digest}</Code>
            </span>,
          ],
          [
            'Written by',
            <ul key="authors">
              {Object.entries(authors).map(([role, author]) => (
                <li key={role}>
                  {role}:{' '}
                  {author.kind === 'person' ? `a person (${author.note})` : `${author.model} (${author.upstreamModel})`}
                </li>
              ))}
            </ul>,
          ],
          [
            'Settings',
            `${count(settings.rounds, 'round')}, pairs: ${settings.pairs}, judged by ${settings.judging}, labels clamped to ${settings.clamp.join(' to ')}; seed ${seed}`,
          ],
          [
            'Prompts',
            prompts.length === 0 ? (
              <span className="text-quiet">not said</span>
            ) : (
              <ul key="prompts">
                {prompts.map(({ file, kind, count, licences }) => (
                  <li key={file}>
                    {file}: {count.toLocaleString('en')} {kind}
                    <span className="text-quiet"> {licences.join(', ')}</span>
                  </li>
                ))}
              </ul>
            ),
          ],
          ['Screened by', screening.classifier ?? 'nothing'],
        ]}
      />
    </Section>
  )
}
