import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { ApiProblem, call } from '../../app/api/client.ts'
import type { ReviewCaseDetail, ReviewRevealed } from '../../app/api/schema.ts'
import { withFreshKey } from '../../app/security-key.ts'
import { ProblemNote } from '../../components/problem-note.tsx'
import { useHeldKey } from '../decisions/held-key.ts'
import { completionBlocks, promptBlocks } from '../decisions/said-blocks.ts'
import { SaidPanel } from '../decisions/said-panel.tsx'
import { useRefreshQueue } from './queries.ts'

export type Part = 'prompt' | 'completion'
export const PARTS: readonly Part[] = ['prompt', 'completion']
const TITLES: Record<Part, string> = { prompt: 'Prompt', completion: 'Completion' }

interface PartsProps {
  readonly one: ReviewCaseDetail
  readonly decision: string
  /** Null: it is not held, and nothing can be read. */
  readonly claim: string | null
  /** False: it was refused before anything was answered. */
  readonly answered: boolean
  readonly active: Part
  onActivate(part: Part): void
  /** Nothing more is shown: the budget, or a break. */
  onStopped(): void
}

/** What was said in one decision of a case: fetched side by side, each on record, each blurred until it is held clear. */
export function Parts({ one, decision, claim, answered, active, onActivate, onStopped }: PartsProps) {
  const [shown, setShown] = useState<Partial<Record<Part, ReviewRevealed>>>({})
  const refresh = useRefreshQueue()
  const isThere = (part: Part) => part === 'prompt' || answered
  const asking = useMutation({
    mutationFn: async (what: { part: Part; claim: string }) => {
      const revealed = await fetchPart(one, { ...what, decision })
      setShown((was) => ({ ...was, [what.part]: revealed }))
    },
    onError: (error) => {
      if (error instanceof ApiProblem && error.code === 'RATE_LIMITED') onStopped()
    },
    onSettled: () => void refresh(),
  })
  const ask = (part: Part) => {
    if (claim !== null && !asking.isPending && shown[part] === undefined && isThere(part))
      asking.mutate({ part, claim })
  }
  const held = useHeldKey('r', () => ask(active))
  return PARTS.map((part) => {
    const revealed = shown[part]
    return (
      <div key={part} className="flex min-w-0 flex-col gap-2">
        <SaidPanel
          title={TITLES[part]}
          blocks={revealed === undefined || claim === null ? undefined : blocksOf(revealed)}
          omittedChars={revealed?.omittedChars ?? 0}
          active={active === part}
          held={held && active === part}
          busy={asking.isPending && asking.variables.part === part}
          onActivate={() => onActivate(part)}
          onAsk={claim === null || !isThere(part) ? undefined : () => ask(part)}
          instead={insteadOf(one, claim, isThere(part))}
        />
        {asking.error !== null && asking.variables.part === part && <ProblemNote problem={asking.error} />}
      </div>
    )
  })
}

function insteadOf({ state }: ReviewCaseDetail, claim: string | null, isThere: boolean): ReactNode {
  if (!isThere)
    return <p className="text-quiet">There is none: the request was refused before anything was answered.</p>
  if (claim !== null) return undefined
  if (state === 'decided') return <p className="text-quiet">Shown only while a case is being read.</p>
  return <p className="text-quiet">Shown to who holds the case.</p>
}

function fetchPart(
  { id, desk }: ReviewCaseDetail,
  body: { claim: string; decision: string; part: Part },
): Promise<ReviewRevealed> {
  const input = { params: { id }, body }
  if (desk !== 'restricted') return call('POST /api/v1/review/cases/{id}/reveal', input)
  return withFreshKey(() => call('POST /api/v1/review/cases/{id}/restricted-reveal', input))
}

function blocksOf({ part, turns, completion, evidence, asJudged }: ReviewRevealed) {
  const judged = { evidence, asJudged }
  return part === 'prompt' ? promptBlocks(turns, judged) : completionBlocks(completion, judged)
}
