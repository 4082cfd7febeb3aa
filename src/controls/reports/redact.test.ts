import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { controlReportHtml, controlReportMarkdown } from './index.ts'
import { mark, publicEdition } from './redact.ts'
import type { Redaction, ReportDocument } from './schema.ts'

const AT = '2026-04-01T00:00:00.000Z'
const documentOf = (text: string, passages: readonly (string | null)[]): ReportDocument => ({
  ...{ format: 'safelevel-control-report/v1', id: `crp_${'0'.repeat(26)}`, kind: 'risk', title: 'Risk report' },
  ...{ organisation: 'Example <Works>', quarter: '2026-q1', edition: 1, from: AT, until: AT, compiledAt: AT },
  compiled: [
    { id: 'scope', title: 'Scope', paragraphs: ['p'], tables: [{ caption: 'c', head: ['a'], rows: [['x | <b>']] }] },
  ],
  written: [{ id: 'threats', title: 'Threats', asks: '?', required: true, text, by: 'per_1', at: AT }],
  redactions: passages.map(
    (passage, i): Redaction => ({
      ...{ id: `red_${i}`, section: 'threats', passage, reason: 'security', explanation: 'why', by: 'per_1', at: AT },
    }),
  ),
})
const publicText = (text: string, passages: readonly (string | null)[]) =>
  publicEdition(documentOf(text, passages)).written[0]?.text ?? ''

describe('a public edition', () => {
  it('keeps no end of a passage, however passages overlap', () => {
    const MARK = mark('security')
    expect(publicText('abc def ghi', ['abc def', 'def ghi'])).toBe(MARK)
    expect(publicText('aaaa b', ['aaa'])).toBe(`${MARK} b`)
    expect(publicText('one two', ['one', 'one two'])).toBe(MARK)
    expect(publicText('one two', ['two', null])).toBe(MARK)
    // Letters of which the mark has none, so that what is left can be told from it.
    const letters = fc.stringMatching(/^[xyz]{0,30}$/)
    const passage = fc.stringMatching(/^[xyz]{1,5}$/)
    fc.assert(
      fc.property(letters, fc.array(passage, { maxLength: 4 }), (text, passages) => {
        const hidden = new Set<number>()
        for (const one of passages)
          for (let at = 0; at + one.length <= text.length; at++)
            if (text.startsWith(one, at)) for (let i = at; i < at + one.length; i++) hidden.add(i)
        const left = [...text].filter((_, i) => !hidden.has(i)).join('')
        expect(publicText(text, passages).replaceAll(MARK, '')).toBe(left)
      }),
    )
  })
})

describe('how a report is shown', () => {
  const standing = { digest: null, isPublic: false }
  it('lets nothing that people or rooms say become markup, a heading or a cell', () => {
    const hostile = documentOf('# All holds\n| a | b |\n<script>alert(1)</script>', [])
    const html = controlReportHtml(hostile, standing)
    expect(html).not.toContain('<script')
    expect(html).not.toContain('<Works>')
    const markdown = controlReportMarkdown(hostile, standing)
    expect(markdown).toContain('\\# All holds\n\\| a | b |')
    expect(markdown).toContain('| x \\| &lt;b> |')
    expect(markdown).toContain('A draft: nobody has signed it.')
    expect(markdown).toContain('Words of people. No software checked them.')
  })
})
