import type { InsiderCoverage } from '../../app/api/schema.ts'
import { AppLink } from '../../components/app-link.tsx'
import { count } from '../../components/count.ts'
import { Section } from '../../components/page.tsx'
import { StateShape } from '../../components/state-mark.tsx'
import { useCauseNames } from './queries.ts'

type Technique = InsiderCoverage['techniques'][number]

/** The techniques that insiders are known to use, by tactic: what looks for each here, or why nothing does. */
export function CoverageMap({ coverage }: { readonly coverage: InsiderCoverage }) {
  const { techniques, covered, total, source, says } = coverage
  const tactics = Map.groupBy(techniques, (one) => one.tactics[0] ?? 'Other')
  const open = techniques.filter(({ why }) => why !== null)
  return (
    <Section
      title="Coverage"
      note={
        <>
          something looks for {covered} of {total} techniques of{' '}
          <a href={source} rel="noreferrer" target="_blank" className="text-accent underline underline-offset-2">
            MITRE’s insider-threat knowledge base
          </a>
        </>
      }
    >
      <div className="flex flex-wrap gap-x-4 text-xs text-quiet">
        <Key state="holds" words="rules or models look for it" />
        <Key state="unknown" words="nothing does" />
      </div>
      <div className="flex flex-col border-t border-line">
        {[...tactics].map(([tactic, list]) => (
          <div
            key={tactic}
            className="grid grid-cols-1 gap-x-4 gap-y-1 border-b border-line py-2 sm:grid-cols-[9rem_minmax(0,1fr)]"
          >
            <h3 className="text-sm font-medium">
              {tactic}{' '}
              <span className="font-normal whitespace-nowrap text-quiet">
                {list.filter(({ why }) => why === null).length} of {list.length}
              </span>
            </h3>
            <ul className="grid grid-cols-2 gap-1 sm:grid-cols-[repeat(auto-fill,minmax(9.5rem,1fr))]">
              {list.map((one) => (
                <Cell key={one.technique} of={one} />
              ))}
            </ul>
          </div>
        ))}
      </div>
      <p className="max-w-prose text-quiet">{says}</p>
      {open.length > 0 && (
        <details>
          <summary className="cursor-pointer text-quiet">Why nothing looks for {open.length} of them</summary>
          <dl className="mt-2 divide-y divide-line border-y border-line">
            {open.map(({ technique, name, why }) => (
              <div key={technique} className="grid gap-x-4 py-1.5 sm:grid-cols-[16rem_minmax(0,1fr)]">
                <dt>
                  {name} <span className="text-quiet">{technique}</span>
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
  const [only] = written.length === 1 ? written : []
  const words = [
    ...(written.length > 0 ? [count(written.length, 'rule')] : []),
    ...(models > 0 ? [count(models, 'model')] : []),
  ].join(', ')
  return (
    <li
      className={`relative flex min-h-12 flex-col rounded-sm border px-1.5 py-1 text-xs leading-4 ${why === null ? 'border-line bg-holds-soft' : 'border-dashed border-edge'}`}
      title={why ?? rules.map(nameOf).join('\n')}
    >
      {only === undefined ? (
        <span>{name}</span>
      ) : (
        <AppLink href={`/insider/rules/${only}`} className="after:absolute after:inset-0 hover:underline">
          {name}
        </AppLink>
      )}
      <span className="mt-auto flex flex-wrap justify-between gap-x-2 text-quiet">
        <span>{technique}</span>
        <span>{why === null ? words : 'none'}</span>
      </span>
    </li>
  )
}

function Key({ state, words }: { readonly state: 'holds' | 'unknown'; readonly words: string }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <span
        aria-hidden="true"
        className={`inline-flex size-4 items-center justify-center rounded-sm border ${state === 'holds' ? 'border-line bg-holds-soft text-holds' : 'border-dashed border-edge'}`}
      >
        <svg width="9" height="9" viewBox="0 0 12 12" aria-hidden="true">
          {state === 'holds' && <StateShape state="holds" />}
        </svg>
      </span>
      {words}
    </span>
  )
}
