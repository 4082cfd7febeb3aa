import { ProblemNote } from '../../components/problem-note.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import type { Lint } from './use-lint.ts'
import { count } from './words.ts'

interface FindingsProps {
  readonly lint: Lint
  onGoTo(line: number, column: number): void
}

/** What lint says, each finding a way to its line. */
export function Findings({ lint: { result, isChecking, error }, onGoTo }: FindingsProps) {
  if (error !== null) return <ProblemNote problem={error} />
  const findings = result?.findings ?? []
  const order = [...findings].sort((a, b) => Number(a.level === 'warning') - Number(b.level === 'warning'))
  return (
    <div className="flex flex-col gap-1">
      <p aria-live="polite" className="flex min-h-5 items-baseline gap-3">
        {result !== undefined && <InShort result={result} />}
        {isChecking && <span className="text-quiet">checking</span>}
      </p>
      {order.length > 0 && (
        <ul aria-label="Findings" className="max-h-64 divide-y divide-line overflow-y-auto border-y border-line">
          {order.map(({ level, line, column, rule, message, path }) => (
            <li key={`${line}:${column} ${rule} ${path} ${message}`}>
              <button
                type="button"
                onClick={() => onGoTo(line, column)}
                className="grid w-full grid-cols-[4rem_minmax(0,1fr)] gap-x-3 px-1 py-1 text-left hover:bg-sunken sm:grid-cols-[4rem_6rem_minmax(0,1fr)]"
              >
                <span className="tabular-nums text-quiet">{`${line}:${column}`}</span>
                <StateMark state={level === 'error' ? 'fails' : 'watch'}>{level}</StateMark>
                <span className="col-span-2 sm:col-span-1">
                  <bdi>{message}</bdi> <span className="text-xs text-quiet">{rule}</span>
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function InShort({ result: { ok, findings } }: { readonly result: NonNullable<Lint['result']> }) {
  const errors = findings.filter(({ level }) => level === 'error').length
  const warnings = findings.length - errors
  const more = warnings === 0 ? '' : `${count(warnings, 'warning')}`
  if (!ok)
    return (
      <StateMark state="fails">
        {count(errors, 'error')}
        {more !== '' && `, ${more}`}: it can’t be published
      </StateMark>
    )
  return more === '' ? (
    <StateMark state="holds">nothing to be said against it</StateMark>
  ) : (
    <StateMark state="watch">{more}</StateMark>
  )
}
