import { bytes, share } from './words.ts'

interface ShareBarProps {
  readonly part: number
  readonly whole: number
  /** Much of it is bad news, as with what one person has read. */
  readonly alarming?: boolean
}

const WIDTH = 120
const MUCH = 0.5

/** How much of something there has been: a bar with its share and the bytes behind it. */
export function ShareBar({ part, whole, alarming = false }: ShareBarProps) {
  const filled = whole === 0 ? 0 : Math.min(1, part / whole)
  const look = alarming && filled >= MUCH ? 'fill-watch' : 'fill-accent'
  return (
    <span className="flex flex-wrap items-center gap-x-3 gap-y-0.5">
      <svg aria-hidden="true" width={WIDTH} height="8" viewBox={`0 0 ${WIDTH} 8`} className="max-w-full">
        <rect width={WIDTH} height="8" rx="1" className="fill-sunken" />
        <rect width={Math.max(part > 0 ? 1 : 0, filled * WIDTH)} height="8" rx="1" className={look} />
      </svg>
      <span>
        {share(part, whole)}{' '}
        <span className="text-quiet">
          {bytes(part)} of {bytes(whole)}
        </span>
      </span>
    </span>
  )
}
