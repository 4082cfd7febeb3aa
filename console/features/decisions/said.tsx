import { useState } from 'react'
import type { ContentEvidence, ReviewAsJudged } from '../../app/api/schema.ts'
import { Button } from '../../components/button.tsx'
import { cn } from '../../components/class-names.ts'
import { stretches } from './hidden-characters.ts'
import { ShownText } from './shown-text.tsx'
import { labelName, score } from './words.ts'

/** So much is shown at first: a megabyte of text would hold up the page. */
const SHOWN_CHARS = 12_000

export interface SaidBlock {
  readonly source: string
  /** Who says it: `user`, `assistant, reasoning`. */
  readonly by: string
  /** Null for media, which are named and never kept. */
  readonly text: string | null
  readonly note: string | null
  readonly evidence: readonly ContentEvidence[]
  readonly asJudged: readonly ReviewAsJudged[]
}

/**
 * What was said, blurred and grey until it is asked for; who does not see the screen is not read it either. Characters that hide or turn
 * others are named in the text, and a text never reaches out of its block.
 */
export function Said({ blocks, clear }: { readonly blocks: readonly SaidBlock[]; readonly clear: boolean }) {
  if (blocks.length === 0) return <p className="text-quiet">Nothing was said.</p>
  return (
    <div className="relative">
      {!clear && <p className="sr-only">Blurred.</p>}
      <div aria-hidden={!clear} className={cn('flex flex-col gap-3', !clear && 'blur-[7px] grayscale select-none')}>
        {blocks.map((block) => (
          <Block key={block.source} block={block} clear={clear} />
        ))}
      </div>
    </div>
  )
}

function Block({ block, clear }: { readonly block: SaidBlock; readonly clear: boolean }) {
  const { by, text, note, evidence, asJudged } = block
  const labels = Map.groupBy(evidence, ({ label }) => label)
  return (
    <article className="flex min-w-0 flex-col gap-1">
      <p className="flex flex-wrap gap-x-3 text-xs text-quiet">
        <span className="font-medium">{by}</span>
        {note !== null && <span>{note}</span>}
        {[...labels].map(([label, some]) => (
          <span key={label} className="text-watch">
            {labelName(label)} {score(Math.max(...some.map((one) => one.score)))}
          </span>
        ))}
      </p>
      {text !== null && (
        <div className={cn('grid gap-3', asJudged.length > 0 && 'md:grid-cols-2')}>
          <Text text={text} evidence={evidence} clear={clear} caption={asJudged.length > 0 ? 'as it was sent' : null} />
          {asJudged.length > 0 && (
            <div className="flex min-w-0 flex-col gap-2">
              {asJudged.map((view) => (
                <Text
                  key={`${view.kind} ${view.text}`}
                  text={view.text}
                  evidence={[]}
                  clear={clear}
                  caption={DISGUISES[view.kind]}
                />
              ))}
            </div>
          )}
        </div>
      )}
    </article>
  )
}

const DISGUISES: Record<ReviewAsJudged['kind'], string> = {
  folded: 'as judged: look-alike characters undone',
  joined: 'as judged: letters brought together',
  leet: 'as judged: digits read as letters',
  decoded: 'as judged: encoding undone',
  shifted: 'as judged: alphabet shifted back',
  reversed: 'as judged: read backwards',
}

interface TextProps {
  readonly text: string
  readonly evidence: readonly ContentEvidence[]
  readonly clear: boolean
  readonly caption: string | null
}

function Text({ text, evidence, clear, caption }: TextProps) {
  const [whole, setWhole] = useState(false)
  const shown = whole ? text : text.slice(0, SHOWN_CHARS)
  return (
    <div className="flex min-w-0 flex-col gap-1">
      {caption !== null && <p className="text-xs text-quiet">{caption}</p>}
      <div
        dir="auto"
        className="max-h-96 overflow-auto rounded-md bg-sunken px-2.5 py-2 break-words whitespace-pre-wrap [contain:paint] [unicode-bidi:isolate]"
        tabIndex={clear ? 0 : -1}
      >
        {stretches(shown, evidence).map((stretch, i) =>
          stretch.mark === null ? (
            <ShownText key={i} text={stretch.text} />
          ) : (
            <mark
              key={i}
              title={`${labelName(stretch.mark.label)} ${score(stretch.mark.score)}`}
              className="bg-watch-soft text-ink underline decoration-watch decoration-2 underline-offset-2"
            >
              <ShownText text={stretch.text} />
            </mark>
          ),
        )}
      </div>
      {shown.length < text.length && clear && (
        <Button small className="self-start" onClick={() => setWhole(true)}>
          All {text.length.toLocaleString('en')} characters
        </Button>
      )}
    </div>
  )
}
