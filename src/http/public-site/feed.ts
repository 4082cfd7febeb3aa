import type { PublicChange } from '../../transparency/index.ts'

export interface Feed {
  readonly organisation: string
  /** Where this site is reached, without a slash at its end. */
  readonly baseUrl: string
  /** Of the ledger, which names this installation for good whatever its address. */
  readonly origin: string
  /** The latest first. */
  readonly changes: readonly PublicChange[]
  /** When nothing has changed yet. */
  readonly beganAt: string
}

/** What has changed on the public record, as Atom (RFC 4287). Ids stay when the site moves to another address. */
export function atomFeed({ organisation, baseUrl, origin, changes, beganAt }: Feed): string {
  const url = (href: string) => (href.startsWith('/') ? `${baseUrl}${href}` : href)
  const entries = changes.map(
    ({ id, at, title, summary, href }) => `<entry>
<id>${text(tagUri(origin, id))}</id>
<title>${text(title)}</title>
<updated>${text(at)}</updated>
<link rel="alternate" href="${text(url(href))}"/>
<summary>${text(summary)}</summary>
</entry>
`,
  )
  return `<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
<id>${text(tagUri(origin, 'changes'))}</id>
<title>${text(`${organisation}: changes`)}</title>
<subtitle>Policy, model cards, numbers, halts and disclosures</subtitle>
<updated>${text(changes[0]?.at ?? beganAt)}</updated>
<author><name>${text(organisation)}</name></author>
<link rel="self" type="application/atom+xml" href="${text(`${baseUrl}/feed.xml`)}"/>
<link rel="alternate" type="text/html" href="${text(`${baseUrl}/`)}"/>
<generator>Safelevel</generator>
${entries.join('')}</feed>
`
}

/** The year in which such ids began to be given out here. */
const YEAR = 2026

/**
 * A name that nobody else gives out, as a tag URI (RFC 4151): the log's host, or what of its name can stand for one, and then the name.
 *
 * @param origin of the log: `example.com/log`
 */
export function tagUri(origin: string, id: string): string {
  const [host = '', ...rest] = origin.split('/')
  const authority = host
    .toLowerCase()
    .replace(/[^a-z0-9.-]/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '')
  const path = [...rest, id].join('/')
  return `tag:${authority === '' ? 'log' : authority},${YEAR}:${encodeURI(path)}`
}

/** What XML 1.0 can't hold is left out; what it reads as markup is escaped. @see https://www.w3.org/TR/xml/#charsets */
export function text(value: string): string {
  return value
    .toWellFormed()
    .replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
