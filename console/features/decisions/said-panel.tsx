import { type ReactNode, useState } from 'react'
import { Button } from '../../components/button.tsx'
import { cn } from '../../components/class-names.ts'
import { count } from '../../components/count.ts'
import { Said, type SaidBlock } from './said.tsx'

interface SaidPanelProps {
  readonly title: ReactNode
  /** Undefined until it was asked for; what was not asked for is not in this page. */
  readonly blocks: readonly SaidBlock[] | undefined
  readonly omittedChars?: number
  /** The key is held for this panel. */
  readonly held: boolean
  /** The keys go here. */
  readonly active?: boolean
  readonly busy?: boolean
  /** Fetches what is not here yet; undefined where it can't be had. */
  readonly onAsk?: (() => void) | undefined
  /** In the place of what can't be had. */
  readonly instead?: ReactNode
  readonly onActivate?: () => void
}

/** One side of an exchange: blurred, clear while R or the button is held, or kept clear. */
export function SaidPanel(props: SaidPanelProps) {
  const { title, blocks, omittedChars = 0, held, active = true, busy = false, onAsk, instead, onActivate } = props
  const [pressed, setPressed] = useState(false)
  const [kept, setKept] = useState(false)
  const clear = blocks !== undefined && (held || pressed || kept)
  const press = () => {
    onActivate?.()
    setPressed(true)
    if (blocks === undefined) onAsk?.()
  }
  return (
    <section
      className={cn('flex min-w-0 flex-col gap-2 rounded-md border p-3', active ? 'border-edge' : 'border-line')}
      data-active={active}
    >
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h3>{title}</h3>
        {(blocks !== undefined || onAsk !== undefined) && (
          <span className="flex gap-1">
            <Button
              small
              busy={busy}
              className="touch-none"
              onPointerDown={press}
              onPointerUp={() => setPressed(false)}
              onPointerLeave={() => setPressed(false)}
              onPointerCancel={() => setPressed(false)}
              onKeyDown={(event) => {
                if (event.key === ' ' && !event.repeat) press()
              }}
              onKeyUp={() => setPressed(false)}
              onBlur={() => setPressed(false)}
            >
              Hold to read <kbd className="text-quiet">R</kbd>
            </Button>
            <Button
              small
              look="quiet"
              aria-pressed={kept}
              onClick={() => {
                onActivate?.()
                if (blocks === undefined) onAsk?.()
                setKept(!kept)
              }}
            >
              {kept ? 'Blur again' : 'Keep clear'}
            </Button>
          </span>
        )}
      </div>
      {blocks === undefined ? (
        (instead ?? <Veil busy={busy} />)
      ) : (
        <>
          <Said blocks={blocks} clear={clear} />
          {omittedChars > 0 && (
            <p className="text-xs text-quiet">
              {count(omittedChars, 'character more was', 'characters more were')} not kept.
            </p>
          )}
        </>
      )}
    </section>
  )
}

const LINES = ['w-11/12', 'w-full', 'w-9/12', 'w-10/12'] as const

/** Stands for a text that this page does not have. */
function Veil({ busy }: { readonly busy: boolean }) {
  return (
    <div className="flex flex-col gap-2 rounded-md bg-sunken px-2.5 py-3" aria-busy={busy}>
      <p className="sr-only">Not shown yet.</p>
      {LINES.map((width) => (
        <span key={width} aria-hidden="true" className={cn('block h-3 rounded-sm bg-line blur-[3px]', width)} />
      ))}
    </div>
  )
}
