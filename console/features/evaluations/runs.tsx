import type { Assessment, EvaluationResult } from '../../app/api/schema.ts'
import { Code } from '../../components/copy.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { percent, VERDICTS } from '../scaling/words.ts'

const RUN_COLUMNS: readonly Column<EvaluationResult>[] = [
  {
    id: 'suite',
    header: 'Suite, snapshot',
    value: (r) => `${r.suite} ${r.snapshot}`,
    cell: (r) => (
      <>
        <span className="font-medium">{r.suite}</span>
        <span className="block text-quiet">{r.snapshot}</span>
      </>
    ),
  },
  {
    id: 'verdict',
    header: 'By itself',
    value: (r) => r.verdict.verdict,
    cell: (r) => (
      <>
        <StateMark state={VERDICTS[r.verdict.verdict][0]}>{VERDICTS[r.verdict.verdict][1]}</StateMark>
        <span className="block text-quiet">
          {percent(r.verdict.lower)} to {percent(r.verdict.upper)}
        </span>
      </>
    ),
  },
  {
    id: 'flags',
    header: 'Flags on the log',
    value: (r) => r.flags.map(({ code }) => code).join(' '),
    cell: (r) =>
      r.flags.length === 0 ? (
        <span className="text-quiet">none</span>
      ) : (
        <ul className="flex flex-col gap-0.5">
          {r.flags.map(({ code, words }) => (
            <li key={`${code} ${words}`}>
              <StateMark state="watch">{code.replaceAll('_', ' ')}</StateMark>
              <span className="block text-quiet">{words}</span>
            </li>
          ))}
        </ul>
      ),
  },
  {
    id: 'tries',
    header: 'Tries',
    numeric: true,
    wide: true,
    value: (r) => r.totals.tries,
    cell: (r) => r.totals.tries.toLocaleString('en'),
  },
  {
    id: 'file',
    header: 'File',
    wide: true,
    value: (r) => r.fileDigest,
    cell: (r) => (
      <>
        {r.format}
        {r.triedModel !== null && <span className="block text-quiet">tried {r.triedModel}</span>}
        <Code className="block">{r.fileDigest.slice(0, 16)}</Code>
      </>
    ),
  },
  {
    id: 'at',
    header: 'Imported',
    numeric: true,
    wide: true,
    value: (r) => r.importedAt,
    cell: (r) => (
      <>
        <When at={r.importedAt} />
        <span className="block text-quiet">
          <PersonName id={r.importedBy} />
        </span>
      </>
    ),
  },
]

/** What was imported, file by file, with what speaks against each log. */
export function Runs({
  assessment,
  results,
}: {
  readonly assessment: Assessment
  readonly results: readonly EvaluationResult[]
}) {
  return (
    <Table
      label={`Results of ${assessment.checkpoint}`}
      rows={results}
      columns={RUN_COLUMNS}
      rowKey={({ id }) => id}
      empty={
        <p className="text-quiet">The files themselves are not kept: their digests are, and the counts by task.</p>
      }
    />
  )
}
