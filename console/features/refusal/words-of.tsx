import { useMemo, useState } from 'react'
import { Button } from '../../components/button.tsx'
import { cn } from '../../components/class-names.ts'
import { ShownText } from '../decisions/shown-text.tsx'
import { diffWords, type Piece } from '../policy/word-diff.ts'

/** So much is shown at first: a megabyte of text would hold up the page. */
const SHOWN_CHARS = 12_000

interface TextBoxProps {
  readonly by: string
  readonly note?: string | null
  readonly text: string
  readonly clear: boolean
}

/** What somebody or some model said; characters that hide or turn others are named in it, and it never reaches out of its box. */
export function TextBox({ by, note = null, text, clear }: TextBoxProps) {
  const [whole, setWhole] = useState(false)
  const shown = whole ? text : text.slice(0, SHOWN_CHARS)
  return (
    <article className="flex min-w-0 flex-col gap-1">
      <Caption by={by} note={note} />
      <div dir="auto" className={BOX} tabIndex={clear ? 0 : -1}>
        {shown === '' ? <span className="text-quiet">nothing</span> : <ShownText text={shown} />}
      </div>
      {shown.length < text.length && clear && (
        <Button small className="self-start" onClick={() => setWhole(true)}>
          All {text.length.toLocaleString('en')} characters
        </Button>
      )}
    </article>
  )
}

const BOX =
  'max-h-96 overflow-auto rounded-md bg-sunken px-2.5 py-2 break-words whitespace-pre-wrap [contain:paint] [unicode-bidi:isolate]'

function Caption({ by, note }: { readonly by: string; readonly note: string | null }) {
  return (
    <p className="flex flex-wrap gap-x-3 text-xs text-quiet">
      <span className="font-medium">{by}</span>
      {note !== null && <span>{note}</span>}
    </p>
  )
}

interface SideProps {
  readonly before: TextBoxProps
  readonly after: TextBoxProps
}

/** Two texts side by side: on the left what was taken out is marked, on the right what was put in. */
export function SideBySide({ before, after }: SideProps) {
  const diff = useMemo(
    () => diffWords(before.text.slice(0, SHOWN_CHARS), after.text.slice(0, SHOWN_CHARS)),
    [before.text, after.text],
  )
  return (
    <div className="grid min-w-0 gap-3 md:grid-cols-2">
      <Half {...before} diff={diff} without="added" />
      <Half {...after} diff={diff} without="removed" />
    </div>
  )
}

interface HalfProps extends TextBoxProps {
  readonly diff: readonly Piece[]
  readonly without: 'added' | 'removed'
}

function Half({ by, note = null, text, clear, diff, without }: HalfProps) {
  const shown = diff.filter(({ kind }) => kind !== without)
  return (
    <article className="flex min-w-0 flex-col gap-1">
      <Caption by={by} note={note} />
      <div dir="auto" className={BOX} tabIndex={clear ? 0 : -1}>
        {text === '' && <span className="text-quiet">nothing</span>}
        {shown.map(({ kind, text: said }, i) =>
          kind === 'same' ? (
            <ShownText key={i} text={said} />
          ) : kind === 'removed' ? (
            <del key={i} className={cn(MARK, 'bg-fails-soft text-fails line-through decoration-1')}>
              <ShownText text={said} />
            </del>
          ) : (
            <ins key={i} className={cn(MARK, 'bg-holds-soft text-holds underline underline-offset-2')}>
              <ShownText text={said} />
            </ins>
          ),
        )}
      </div>
      {text.length > SHOWN_CHARS && (
        <p className="text-xs text-quiet">
          The first {SHOWN_CHARS.toLocaleString('en')} of {text.length.toLocaleString('en')} characters are compared.
        </p>
      )}
    </article>
  )
}

const MARK = 'rounded-sm'
