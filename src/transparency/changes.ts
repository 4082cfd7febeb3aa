import { DAY_MS } from '../base/quarter.ts'
import type { TransparencySources } from './ports.ts'
import type { EditionView, PublicChange } from './schema.ts'

interface Changing {
  readonly sources: TransparencySources
  readonly editions: readonly EditionView[]
  readonly nowMs: number
}

/** Older ones are on the pages, and no longer news. */
const NEWS_MS = 800 * DAY_MS

/** What has changed on the public record, the latest first. */
export async function changesOf({ sources, editions, nowMs }: Changing): Promise<PublicChange[]> {
  const span = { fromMs: nowMs - NEWS_MS, untilMs: nowMs + 1 }
  const policies = await sources.policies(span)
  const halts = await sources.halts(span)
  const cards = (await sources.cards?.(span)) ?? []
  const thanked = (await sources.acknowledgements?.()) ?? []
  return [
    ...policies.map(
      ({ version, digest, effectiveAt }): PublicChange => ({
        id: `policy/${digest}/${effectiveAt.slice(0, 10)}`,
        at: effectiveAt,
        title: `Acceptable use policy, version ${version}`,
        summary: `Version ${version} of the policy took effect.`,
        href: `/policy/versions/${digest}`,
      }),
    ),
    ...editions.map(
      ({ quarter, edition, publishedAt }): PublicChange => ({
        id: `transparency/${quarter}/${edition}`,
        at: publishedAt,
        title: `Transparency report ${quarterName(quarter)}${edition === 1 ? '' : `, edition ${edition}`}`,
        summary:
          edition === 1
            ? `The numbers of ${quarterName(quarter)} were published.`
            : `The numbers of ${quarterName(quarter)} were corrected; the edition says what changed.`,
        href: `/transparency/${quarter}/${edition}`,
      }),
    ),
    ...cards.map(
      ({ model, version, digest, publishedAt, path }): PublicChange => ({
        id: `card/${digest}`,
        at: publishedAt,
        title: `Model card of ${model}, version ${version}`,
        summary: `Version ${version} of the card of ${model} was published.`,
        href: path,
      }),
    ),
    ...halts.flatMap(({ id, model, openedAt, closedAt }): PublicChange[] => [
      {
        id: `halt/${id}`,
        at: openedAt,
        title: `${model} takes no new customers`,
        summary: `${model} is being assessed. Those who used it before go on being served.`,
        href: '/',
      },
      ...(closedAt === null
        ? []
        : [
            {
              id: `halt/${id}/over`,
              at: closedAt,
              title: `The assessment of ${model} is over`,
              summary: `What was halted is settled; the overview says who is served now.`,
              href: '/',
            },
          ]),
    ]),
    ...thanked.map(
      ({ id, about, at, href }): PublicChange => ({
        id: `acknowledgement/${id}`,
        at,
        title: about === null ? 'A confirmed report is disclosed' : `Disclosed: ${about}`,
        summary: 'A report that was confirmed is disclosed, with thanks to whom we owe it.',
        href: href ?? '/acknowledgements',
      }),
    ),
  ]
    .filter(({ at }) => Date.parse(at) <= nowMs)
    .toSorted((a, b) => (a.at === b.at ? (a.id < b.id ? -1 : 1) : a.at < b.at ? 1 : -1))
}

/** `2026-q4` as people write it: Q4 2026. */
export function quarterName(quarter: string): string {
  return `Q${quarter.slice(6)} ${quarter.slice(0, 4)}`
}
