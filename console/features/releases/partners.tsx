import { useQuery } from '@tanstack/react-query'
import type { Deployment } from '../../app/api/schema.ts'
import { Section } from '../../components/page.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { day, useNow, When } from '../../components/when.tsx'
import { PersonName } from '../people/person-name.tsx'
import { partnersQuery } from './queries.ts'

/** What binds those who serve it elsewhere, and how they have evaluated it; nothing where nobody does. */
export function Partners({ deployment }: { readonly deployment: Deployment }) {
  const partners = deployment.surfaces.filter(({ kind }) => kind === 'partner')
  const { data = [] } = useQuery({ ...partnersQuery(deployment.id), enabled: partners.length > 0 })
  const now = useNow()
  if (partners.length === 0) return null
  return (
    <Section title="Partners">
      <ul className="divide-y divide-line border-y border-line">
        {partners.map(({ name }) => {
          const bound = data.find(({ surface }) => surface === name)
          const isOver = bound !== undefined && Date.parse(bound.agreement.endsAt) <= now
          return (
            <li key={name} className="flex flex-col gap-0.5 py-2">
              <span className="flex flex-wrap items-baseline justify-between gap-x-4">
                <span className="font-medium">{name}</span>
                <StateMark state={bound === undefined || isOver ? 'fails' : 'holds'}>
                  {bound === undefined
                    ? 'nothing binds them'
                    : `bound ${isOver ? 'until it ended' : 'until'} ${day(bound.agreement.endsAt)}`}
                </StateMark>
              </span>
              {bound === undefined ? (
                <span className="text-quiet">
                  An agreement and an evaluation of their own go on record with{' '}
                  <code>
                    PUT /api/v1/releases/{deployment.id}/partners/{name}
                  </code>
                </span>
              ) : (
                <span className="text-quiet">
                  “{bound.agreement.reference}”: {bound.agreement.safeguards.join(', ')}
                  <span className="block">
                    evaluated {bound.evaluation.checkpoint}: “{bound.evaluation.reference}”
                  </span>
                  <span className="block text-xs">
                    <PersonName id={bound.boundBy} /> · <When at={bound.boundAt} />
                  </span>
                </span>
              )}
            </li>
          )
        })}
      </ul>
    </Section>
  )
}
