import { useQuery } from '@tanstack/react-query'
import type { LedgerEntry } from '../../app/api/schema.ts'
import { usePermissions } from '../../app/session.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Section, Skeleton } from '../../components/page.tsx'
import { When } from '../../components/when.tsx'
import { Actor } from './actor.tsx'
import { stretchQuery } from './queries.ts'

const LOOKED_AT = 1_000
const SHOWN = 20

/** What the ledger says about an object, newest first, each with its proof; for those who may read the ledger. */
export function History({ id }: { readonly id: string }) {
  const { may } = usePermissions()('ledger.read')
  const { data } = useQuery({ ...stretchQuery(null, LOOKED_AT), enabled: may })
  if (!may) return null
  const about = data?.entries.filter(({ event }) => event !== null && isAbout(event, id))
  return (
    <Section title="History" note={`in the newest ${LOOKED_AT.toLocaleString('en')} entries of the ledger`}>
      {about === undefined ? (
        <Skeleton className="w-64" />
      ) : about.length === 0 ? (
        <p className="text-quiet">Nothing in these.</p>
      ) : (
        <ul className="divide-y divide-line border-y border-line">
          {about.slice(0, SHOWN).map(({ position, event, recordedAt }) => (
            <li key={position} className="relative flex flex-wrap items-baseline gap-x-4 py-1.5 hover:bg-sunken">
              <AppLink href={`/ledger/${position}`} className="font-medium after:absolute after:inset-0">
                {event?.kind}
              </AppLink>
              <span className="grow text-quiet">
                {event !== null && (
                  <>
                    by <Actor actor={event.actor} />
                  </>
                )}
              </span>
              <When at={recordedAt} />
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}

function isAbout(event: NonNullable<LedgerEntry['event']>, id: string): boolean {
  return event.subject.id === id || event.actor.id === id || Object.values(event.data).includes(id)
}
