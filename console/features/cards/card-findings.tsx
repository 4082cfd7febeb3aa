import type { CardCheck } from '../../app/api/schema.ts'
import { StateMark } from '../../components/state-mark.tsx'
import { place } from './words.ts'

interface CardFindingsProps {
  readonly findings: CardCheck['findings']
  onGoTo(line: number, column: number): void
}

/** What lint says, errors first, each finding a way to its line. */
export function CardFindings({ findings, onGoTo }: CardFindingsProps) {
  if (findings.length === 0) return null
  return (
    <ul aria-label="Findings" className="max-h-80 divide-y divide-line overflow-y-auto border-y border-line">
      {findings.map(({ code, path, severity, words, line, column }, i) => (
        <li key={i}>
          <button
            type="button"
            onClick={() => onGoTo(line, column)}
            className="grid w-full grid-cols-[4rem_minmax(0,1fr)] gap-x-3 px-1 py-1 text-left hover:bg-sunken sm:grid-cols-[4rem_5rem_minmax(0,1fr)]"
          >
            <span className="text-quiet tabular-nums">{`${line}:${column}`}</span>
            <StateMark state={severity === 'error' ? 'fails' : 'watch'}>{severity}</StateMark>
            <span className="col-span-2 sm:col-span-1">
              {path !== '' && <span className="font-medium">{place(path)}: </span>}
              <bdi>{words}</bdi> <span className="text-xs text-quiet">{code}</span>
            </span>
          </button>
        </li>
      ))}
    </ul>
  )
}
