import { type ReactNode, useState } from 'react'
import { Button } from '../../components/button.tsx'
import { cn } from '../../components/class-names.ts'
import { useHeldKey } from '../decisions/held-key.ts'

interface VeiledProps {
  readonly title: ReactNode
  /** Harmful words: blurred unless they are asked for, and then read by nobody who does not see the screen. */
  readonly children: (clear: boolean) => ReactNode
}

/** Words that nobody should come upon by chance: clear while R or the button is held, or kept clear. */
export function Veiled({ title, children }: VeiledProps) {
  const held = useHeldKey('r', () => {})
  const [pressed, setPressed] = useState(false)
  const [kept, setKept] = useState(false)
  const clear = held || pressed || kept
  return (
    <section className="flex min-w-0 flex-col gap-3 rounded-md border border-edge p-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h3>{title}</h3>
        <span className="flex gap-1">
          <Button
            small
            className="touch-none"
            onPointerDown={() => setPressed(true)}
            onPointerUp={() => setPressed(false)}
            onPointerLeave={() => setPressed(false)}
            onPointerCancel={() => setPressed(false)}
            onKeyDown={(event) => {
              if (event.key === ' ' && !event.repeat) setPressed(true)
            }}
            onKeyUp={() => setPressed(false)}
            onBlur={() => setPressed(false)}
          >
            Hold to read <kbd className="text-quiet">R</kbd>
          </Button>
          <Button small look="quiet" aria-pressed={kept} onClick={() => setKept(!kept)}>
            {kept ? 'Blur again' : 'Keep clear'}
          </Button>
        </span>
      </div>
      {!clear && <p className="sr-only">Blurred.</p>}
      <div
        aria-hidden={!clear}
        className={cn('flex min-w-0 flex-col gap-3', !clear && 'blur-[7px] grayscale select-none')}
      >
        {children(clear)}
      </div>
    </section>
  )
}
