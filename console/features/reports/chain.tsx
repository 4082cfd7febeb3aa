import type { ReportChainLink } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { LINKS } from './words.ts'

const SHOWN = 4

/** Report, case, remedy, card: each link as it was found just now, with where the ledger tells of it. */
export function Chain({ links }: { readonly links: readonly ReportChainLink[] }) {
  return (
    <ol className="flex flex-col">
      {links.map((link, i) => (
        <li key={`${link.step} ${link.id}`} className="relative flex gap-3 pb-4 last:pb-0">
          {i < links.length - 1 && (
            <span aria-hidden="true" className="absolute top-4 bottom-0 left-[5px] w-px bg-line" />
          )}
          <span className="min-w-0 grow">
            <span className="flex flex-wrap items-baseline justify-between gap-x-4">
              <StateMark state={LINKS[link.state][0]}>
                {link.title}
                <span className="sr-only">: {LINKS[link.state][1]}</span>
              </StateMark>
              {link.id !== null && <Subject link={link} />}
            </span>
            <span className="block pl-[1.05rem] text-quiet">{link.says}</span>
            {link.positions.length > 0 && (
              <span className="flex flex-wrap gap-x-3 pl-[1.05rem] text-xs text-quiet">
                ledger{' '}
                {link.positions.slice(-SHOWN).map(({ position, kind }) => (
                  <AppLink key={position} href={`/ledger/${position}`} inline title={kind}>
                    {position.toLocaleString('en')}
                  </AppLink>
                ))}
                {link.positions.length > SHOWN && <span>and {link.positions.length - SHOWN} before</span>}
              </span>
            )}
          </span>
        </li>
      ))}
    </ol>
  )
}

function Subject({ link: { step, id } }: { readonly link: ReportChainLink }) {
  if (step === 'case')
    return (
      <AppLink href={`/reports/cases/${id}`} inline className="text-xs">
        …{id?.slice(-6)}
      </AppLink>
    )
  return <code className="max-w-48 truncate text-xs text-quiet">{step === 'report' ? `…${id?.slice(-6)}` : id}</code>
}
