import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { InsiderEvidence } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Button } from '../../components/button.tsx'
import { Code } from '../../components/copy.tsx'
import { count } from '../../components/count.ts'
import { EmptyState, Section } from '../../components/page.tsx'
import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { exactly } from '../../components/when.tsx'
import { bytes } from '../weights/words.ts'
import { evidenceProofQuery, useCauseNames } from './queries.ts'

const FIRST = 25

interface CaseTimelineProps {
  readonly caseId: string
  /** Newest first. */
  readonly timeline: readonly InsiderEvidence[]
  readonly isOpened: boolean
}

/** What the person did that gave the reasons, newest first; of an opened case each with its proof. */
export function CaseTimeline({ caseId, timeline, isOpened }: CaseTimelineProps) {
  const [all, setAll] = useState(false)
  const shown = all ? timeline : timeline.slice(0, FIRST)
  return (
    <Section title="Timeline" note={isOpened ? 'each entry can be checked' : 'to the hour'}>
      {timeline.length === 0 ? (
        <EmptyState title="Nothing is left of it">
          What the alerts rest on was erased, as it is after a while. What stands on the ledger stays there.
        </EmptyState>
      ) : (
        <ol className="flex flex-col">
          {shown.map((evidence, i) => (
            <Entry
              key={i}
              caseId={caseId}
              evidence={evidence}
              sameHour={!isOpened && shown[i - 1]?.at === evidence.at}
              isOpened={isOpened}
            />
          ))}
        </ol>
      )}
      {shown.length < timeline.length && (
        <Button className="self-start" onClick={() => setAll(true)}>
          Show all {timeline.length}
        </Button>
      )}
    </Section>
  )
}

interface EntryProps {
  readonly caseId: string
  readonly evidence: InsiderEvidence
  /** As the one above it, so that it needn't be said again. */
  readonly sameHour: boolean
  readonly isOpened: boolean
}

function Entry({ caseId, evidence, sameHour, isOpened }: EntryProps) {
  const nameOf = useCauseNames()
  const { at, kind, causes, source, position, bytes: left, version, host, grant } = evidence
  const about = [
    version,
    left !== null && left > 0 ? bytes(left) : null,
    host === null ? null : `from ${host}`,
    grant === null ? null : `under ${grant}`,
  ]
  return (
    <li className="grid grid-cols-[5rem_minmax(0,1fr)] gap-x-3 sm:grid-cols-[8.5rem_minmax(0,1fr)]">
      <span className="pt-2 text-right text-quiet tabular-nums">{!sameHour && <Time at={at} whole={isOpened} />}</span>
      <div className="flex flex-col gap-0.5 border-l border-line py-2 pl-3">
        <p className="flex flex-wrap items-baseline gap-x-3">
          <span className="font-medium">{kind ?? 'something that is not kept any more'}</span>
          <span className="text-quiet">{about.filter((one) => one !== null).join(' · ')}</span>
        </p>
        <p className="text-xs text-quiet">{[...new Set(causes.map(nameOf))].join('; ')}</p>
        {source === 'outside' && <p className="text-xs text-quiet">told by another system</p>}
        {position !== null && <Proof caseId={caseId} position={position} source={source} />}
      </div>
    </li>
  )
}

function Time({ at, whole }: { readonly at: string; readonly whole: boolean }) {
  const words = exactly(at)
  return (
    <time dateTime={at} title={words}>
      <span className="block sm:inline">{words.slice(5, 10)}</span> {words.slice(11, whole ? 19 : 13)}
      {!whole && ' h'}
    </time>
  )
}

/** That it stands on the ledger, checked in this browser. */
function Proof({ caseId, position, source }: { caseId: string; position: number; source: InsiderEvidence['source'] }) {
  const [wanted, setWanted] = useState(false)
  const { data: verdict, error, isFetching } = useQuery({ ...evidenceProofQuery(caseId, position), enabled: wanted })
  const where = source === 'outside' ? `came with ledger entry ${position}` : `ledger entry ${position}`
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs">
      <AppLink href={`/ledger/${position}`} inline>
        {where}
      </AppLink>
      {verdict === undefined ? (
        <Button small look="quiet" busy={isFetching} onClick={() => setWanted(true)}>
          Check the proof
        </Button>
      ) : (
        <>
          <StateMark state={verdict.holds ? 'holds' : 'fails'}>
            {verdict.holds
              ? `on the ledger, under the checkpoint of ${count(verdict.size, 'entry', 'entries')}`
              : 'the proof does not lead to the checkpoint'}
          </StateMark>
          <Code>{verdict.root}</Code>
        </>
      )}
      {error !== null && <ProblemNote problem={error} />}
    </div>
  )
}
