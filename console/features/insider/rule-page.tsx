import { useSuspenseQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { Code } from '../../components/copy.tsx'
import { Facts, Page, Section } from '../../components/page.tsx'
import { ruleQuery } from './queries.ts'
import { nats } from './words.ts'

/** One rule: what it looks for, what it says of somebody, and its text. */
export function RulePage() {
  const { cause } = useParams({ from: '/shell/insider/rules/$cause' })
  const { rule, source } = useSuspenseQuery(ruleQuery(cause)).data
  const { title, description, level, weight, isCertain, techniques, falsePositives, correlation, file } = rule
  return (
    <Page
      title={title}
      summary={
        isCertain
          ? 'raised at once, whatever else is known'
          : weight === 0
            ? 'says nothing by itself: it is there for other rules'
            : `${level} · ${nats(weight)} nats`
      }
    >
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <Section title="About this rule">
          <Facts
            rows={[
              ['Looks for', description],
              ['Kind', correlation === null ? 'one event' : `several events: ${correlation.replaceAll('_', ' ')}`],
              ['Techniques', techniques.length === 0 ? 'none named' : techniques.join(', ')],
              [
                'May be wrong',
                falsePositives.length === 0 ? (
                  'nothing harmless is named that looks like it'
                ) : (
                  <ul key="f">
                    {falsePositives.map((one) => (
                      <li key={one}>{one}</li>
                    ))}
                  </ul>
                ),
              ],
              ['Called', <Code key="c">{cause}</Code>],
              ['Lies in', <Code key="l">{`rules/insider/${file}`}</Code>],
            ]}
          />
        </Section>
        <Section title="Its text" note="Sigma">
          <pre className="rounded-md border border-line bg-sunken p-3 whitespace-pre-wrap">
            <code>{source.trim()}</code>
          </pre>
        </Section>
      </div>
    </Page>
  )
}
