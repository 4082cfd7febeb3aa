import type { SeverityBand } from '../../app/api/schema.ts'
import { StateMark } from '../../components/state-mark.tsx'
import { BANDS } from './words.ts'

/** How grave; what nobody has assessed counts as the worst that is plausible, and says so. */
export function BandMark({ band, assessed }: { readonly band: SeverityBand; readonly assessed: boolean }) {
  return assessed ? (
    <StateMark state={BANDS[band]}>{band}</StateMark>
  ) : (
    <StateMark state="unknown" className="sm:whitespace-nowrap">
      not assessed
      <span className="sr-only">; up to {band}</span>
    </StateMark>
  )
}
