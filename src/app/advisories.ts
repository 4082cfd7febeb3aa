import type { Intake } from '../intake/index.ts'

type Published = Awaited<ReturnType<Intake['triage']['disclosures']['published']>>[number]

/** What the public is told of a finding, under a number of its own. */
export type PublicAdvisory = Omit<Published, 'report'> & { readonly id: string }

const DIGITS = 16

/** Newest first. @param digest keyed, so that a report's number, which is for who sent it, can't be told from the advisory's */
export async function advisoriesOf(
  { triage }: Intake,
  digest: (text: string) => string,
): Promise<readonly PublicAdvisory[]> {
  const published = await triage.disclosures.published()
  return published.map(({ report, ...told }) => ({
    ...told,
    id: `adv-${digest(`advisory\n${report}`).slice(0, DIGITS)}`,
  }))
}
