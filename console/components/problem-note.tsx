import { ApiProblem } from '../app/api/client.ts'
import { cn } from './class-names.ts'

/** What went wrong, in words, with what to quote to somebody who can look further. */
export function ProblemNote({ problem, className }: { readonly problem: unknown; readonly className?: string }) {
  const known = problem instanceof ApiProblem
  return (
    <div role="alert" className={cn('rounded-md border border-fails bg-fails-soft px-3 py-2 text-ink', className)}>
      <p>{known ? sentence(problem.message) : 'Something in this page failed. Load it again.'}</p>
      {known && problem.requestId !== null && problem.requestId !== '' && (
        <p className="mt-1 text-xs text-quiet">
          {problem.code} · request <code className="select-all">{problem.requestId}</code>
        </p>
      )}
    </div>
  )
}

/** The API's messages begin small, as parts of sentences do. */
export function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?…]$/.test(first) ? first : `${first}.`
}
