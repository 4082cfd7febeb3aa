import { useSuspenseQuery } from '@tanstack/react-query'
import { Page, Section } from '../../components/page.tsx'
import { statementQuery } from './queries.ts'

/** For everybody who works here: that their work is watched is nobody's secret, nor what follows from it. */
export function WatchedPage() {
  const { data: sections } = useSuspenseQuery(statementQuery)
  return (
    <Page title="What is watched" summary="of your work here, by the insider-threat programme">
      <div className="flex max-w-[42rem] flex-col gap-6">
        {sections.map(({ title, text }) => (
          <Section key={title} title={title}>
            <p>{text}</p>
          </Section>
        ))}
      </div>
    </Page>
  )
}
