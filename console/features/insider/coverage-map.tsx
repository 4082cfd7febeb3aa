import type { InsiderCoverage } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { Section } from '../../components/page.tsx'
import { StateMark } from '../../components/state-mark.tsx'
import { useCauseNames } from './queries.ts'

type Technique = InsiderCoverage['techniques'][number]

/** The techniques that insiders are known to use, each with what looks for it here, or why nothing does. */
export function CoverageMap({ coverage: { techniques, covered, total } }: { readonly coverage: InsiderCoverage }) {
  const open = techniques.filter(({ rules }) => rules.length === 0)
  return (
    <Section
      title="Coverage"
      note={`${covered} of ${total} techniques of the MITRE CTID insider-threat knowledge base are looked for`}
    >
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(10rem,1fr))] gap-px border border-line bg-line">
        {techniques.map((one) => (
          <Cell key={one.technique} of={one} />
        ))}
        <Filling count={techniques.length} />
      </ul>
      {open.length > 0 && (
        <details>
          <summary className="cursor-pointer text-quiet">Why {open.length} of them are not</summary>
          <dl className="mt-2 divide-y divide-line border-y border-line">
            {open.map(({ technique, name, why }) => (
              <div key={technique} className="grid gap-x-4 py-1.5 sm:grid-cols-[16rem_minmax(0,1fr)]">
                <dt>
                  {technique} {name}
                </dt>
                <dd className="text-quiet">{why}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </Section>
  )
}

function Cell({ of: { technique, name, rules, why } }: { readonly of: Technique }) {
  const nameOf = useCauseNames()
  const written = rules.filter((cause) => cause.startsWith('rule.'))
  const models = rules.length - written.length
  const [first] = written
  const words = [
    ...(written.length > 0 ? [`${written.length} ${written.length === 1 ? 'rule' : 'rules'}`] : []),
    ...(models > 0 ? [`${models} ${models === 1 ? 'model' : 'models'}`] : []),
  ].join(', ')
  return (
    <li
      className="relative flex flex-col gap-0.5 bg-paper px-2 py-1.5"
      title={rules.length === 0 ? (why ?? undefined) : rules.map(nameOf).join('\n')}
    >
      <span className="text-xs text-quiet">{technique}</span>
      {written.length === 1 && first !== undefined ? (
        <AppLink href={`/insider/rules/${first}`} className="leading-4 after:absolute after:inset-0 hover:underline">
          {name === '' ? nameOf(first) : name}
        </AppLink>
      ) : (
        <span className="leading-4">{name}</span>
      )}
      <span className="mt-auto text-xs">
        {rules.length === 0 ? (
          <StateMark state="unknown">not looked for</StateMark>
        ) : (
          <StateMark state="holds">{words}</StateMark>
        )}
      </span>
    </li>
  )
}

/** So that the last line of the grid is as light as the others, however wide it is. */
function Filling({ count }: { readonly count: number }) {
  return Array.from({ length: (12 - (count % 12)) % 12 }, (_, i) => (
    <li key={i} aria-hidden="true" className="bg-paper" role="presentation" />
  ))
}
