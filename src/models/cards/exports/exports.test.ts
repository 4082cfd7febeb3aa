import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Audience, type CardSetting, type ModelCard, parseCard, viewFor } from '../index.ts'
import { CARD_FORMATS, type CardFormat, exportCard } from './index.ts'
import { inline } from './markdown.ts'

const EVIDENCE = { type: 'evaluation', id: 'asm_1', digest: 'a'.repeat(64), asOf: '2026-01-01T00:00:00Z' }
const SETTING: CardSetting = {
  version: {
    ...{ id: 'm/1', model: 'm', checkpoint: 'm/c', number: 1, revision: 1, state: 'published', digest: 'b'.repeat(64) },
    ...{
      savedAt: '2026-01-01T00:00:00.000Z',
      savedBy: 'per_1',
      proposed: null,
      publishedAt: '2026-01-01T00:00:00.000Z',
    },
    ...{ approval: 'apr_1', people: ['per_1', 'per_2'], withdrawn: null },
  },
  standing: null,
  nowMs: Date.UTC(2026, 0, 2),
}

/** A card in which one text stands wherever people may write. */
function cardSaying(text: string): ModelCard {
  const line = text.replaceAll(/[\n\t]/g, ' ')
  return parseCard(
    JSON.stringify({
      format: 'safelevel-card/v1',
      identity: {
        model: 'm',
        checkpoint: 'm/c',
        title: line,
        developer: line,
        baseModel: line,
        architecture: text,
        licence: { id: line },
      },
      ...{
        summary: text,
        intendedUses: [text],
        outOfScopeUses: [text],
        limitations: [text],
        tradeoffs: [text],
        acceptableUse: text,
      },
      capabilities: [{ words: text, evidence: [EVIDENCE] }],
      trainingData: {
        words: text,
        sources: [{ name: line, kind: 'other', words: text }],
        figures: [{ name: line, value: 1, unit: line, note: line }],
      },
      compute: {
        flops: { value: 1e25 },
        hardware: text,
        figures: [{ name: `training ${line}`.slice(0, 120), value: 2, unit: 'kWh' }],
      },
      evaluations: [
        {
          name: line,
          suite: line,
          n: 4,
          metric: line,
          value: 0.5,
          date: '2026-01-01',
          conditions: text,
          evidence: [EVIDENCE],
          interval: { lower: 0.4, upper: 0.6, level: 0.9, method: line },
        },
      ],
      risks: {
        words: text,
        thresholds: [{ threshold: 'CBRN-3', domain: 'cbrn', verdict: 'BELOW', words: text, date: '2026-01-01' }],
      },
      safeguards: { other: [{ words: text }] },
      distribution: { words: text, channels: [text] },
      changelog: [{ date: '2026-01-01', words: text }],
      withheld: [{ path: '/risks/words', audience: 'internal', reason: line }],
    }),
  )
}

const said = (text: string, format: CardFormat, audience: Audience = 'public') =>
  exportCard(viewFor(cardSaying(text), audience), format, SETTING).body
/** Where a long word may be broken depends on the word. */
const tagsOf = (html: string) =>
  (html.replaceAll('<wbr>', '').match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/^<(\/?\w+).*$/s, '$1'))
/** One line that a card takes, with whatever means something to a browser, to Markdown or to YAML. */
const LINE = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '<script>',
        '</title>',
        '"',
        "'",
        '&amp;',
        '`',
        '[x](y)',
        '![',
        '|',
        '---',
        '# ',
        '* ',
        '${',
        '<!--',
        ']]>',
        '\\',
        '<b onload=x>',
      ),
      fc.string({ unit: 'grapheme', maxLength: 5 }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => `a${parts.join('').replaceAll(/\p{C}|\p{Z}/gu, ' ')}z`.slice(0, 38).toWellFormed())
  .filter((text) => !/\ufffd/.test(text))

describe('exports', () => {
  it('hold the same markup whatever people write', () => {
    const expected = new Map(CARD_FORMATS.map((format) => [format, tagsOf(said('az', format))]))
    fc.assert(
      fc.property(LINE, fc.constantFrom('html' as const, 'sb53-html' as const, 'eu-html' as const), (text, format) => {
        expect(tagsOf(said(text, format))).toEqual(expected.get(format))
      }),
      { numRuns: 60 },
    )
  })

  it('hold no HTML in Markdown, and no line that begins as anything but a paragraph', () => {
    fc.assert(
      fc.property(LINE, (text) => {
        expect(inline(text)).not.toMatch(/<|(?<!\\)[`[\]*_|]/)
        expect(inline(`- ${text}`)).toMatch(/^\\-/)
        expect(inline(`1. ${text}`)).toMatch(/^1\\\./)
        for (const format of ['markdown', 'sb53', 'eu', 'hf'] as const)
          expect(said(text, format).replace(/^---\n.*?\n---\n/s, '')).not.toContain('<')
      }),
      { numRuns: 40 },
    )
  })

  it('have every field of the forms, and say which are not stated', () => {
    const bare = parseCard('format: safelevel-card/v1\nidentity: {model: m, checkpoint: m/c, title: T}\n')
    const form = (format: CardFormat) => exportCard(viewFor(bare, 'public'), format, SETTING).body
    const fields = (text: string) => text.match(/^- \*\*.*?:\*\* .*$/gm) ?? []
    const [sb53, eu] = [fields(form('sb53')), fields(form('eu'))]
    expect(sb53).toHaveLength(11)
    expect(eu).toHaveLength(34)
    expect(sb53.filter((field) => field.endsWith('not stated'))).toHaveLength(11)
    expect(eu.filter((field) => field.endsWith('not stated'))).toHaveLength(33)
    expect(fields(form('eu')).length).toBe(fields(said('x', 'eu')).length)
  })

  it.each(CARD_FORMATS)('as %s tell that something is withheld, and never what', (format) => {
    const card = parseCard(
      JSON.stringify({
        ...cardSaying('x'),
        summary: 'kept-back-1',
        limitations: ['shown', 'kept-back-2'],
        withheld: [
          { path: '/summary', audience: 'authorities', reason: 'The reason why' },
          { path: '/limitations/1', audience: 'internal', reason: 'The reason why' },
        ],
      }),
    )
    const body = exportCard(viewFor(card, 'customers'), format, SETTING).body
    expect(body).not.toContain('kept-back')
    expect(body).toContain('The reason why')
    if (format === 'yaml' || format === 'json') expect(parseCard(body).limitations).toEqual(['shown'])
  })
})
