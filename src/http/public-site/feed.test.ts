import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { sampleRecord, sampleSite, sampleSources } from '../../../test/support/public-site-world.ts'
import { askPython, findPython } from '../../../test/support/python-tools.ts'
import { tagUri, text } from './feed.ts'
import type { PublicRecord } from './index.ts'

let record: PublicRecord
beforeAll(async () => {
  record = await sampleRecord()
})
const get = (path: string, more: Parameters<typeof sampleSite>[1] = {}) => sampleSite(record, more).request(path)
const page = async (path: string, more: Parameters<typeof sampleSite>[1] = {}) => (await get(path, more)).text()

describe('/feed.xml', () => {
  const python = findPython('whether others read the feed', ['feedparser', 'atoma'])

  it('is Atom with ids that stay when the address changes', async () => {
    const response = await get('/feed.xml')
    expect(response.headers.get('content-type')).toBe('application/atom+xml; charset=utf-8')
    const [here, moved] = [await response.text(), await page('/feed.xml', { baseUrl: () => 'https://new.example' })]
    const idsOf = (xml: string) => [...xml.matchAll(/<id>(.*?)<\/id>/g)].map((match) => match[1])
    expect(idsOf(moved)).toEqual(idsOf(here))
    expect(new Set(idsOf(here)).size).toBe(idsOf(here).length)
    expect(idsOf(here)[0]).toBe('tag:log.example,2026:1/changes')
    expect(here).toContain('<link rel="self" type="application/atom+xml" href="https://ai.orca.example/feed.xml"/>')
    const updated = [...here.matchAll(/<updated>(.*?)<\/updated>/g)].map((match) => match[1] ?? '')
    expect(updated).toEqual(updated.toSorted().toReversed())
  })

  it.skipIf(python === null)(
    'is read by two programs of others, one of which takes nothing that RFC 4287 forbids',
    async () => {
      const script = `
import sys, json, feedparser, atoma
text = sys.stdin.read()
loose = feedparser.parse(text)
strict = atoma.parse_atom_bytes(text.encode())
print(json.dumps({
  'bozo': bool(loose.bozo), 'version': loose.version,
  'loose': [[e.id, e.title, e.updated, e.link, e.summary] for e in loose.entries],
  'strict': [[e.id_, e.title.value, e.links[0].href] for e in strict.entries],
}))`
      const thanked = [
        {
          id: 'adv-1',
          name: null,
          about: 'a <b>bold</b> & "quoted" thing\u0000\u{1f600}',
          at: '2026-09-02T10:00:00.000Z',
          href: null,
        },
      ]
      const named = await sampleRecord(sampleSources({ acknowledgements: async () => thanked }))
      const xml = await (await sampleSite(named).request('/feed.xml')).text()
      const read = askPython(python ?? '', script, xml)
      expect(read).toMatchObject({ bozo: false, version: 'atom10' })
      const { loose, strict } = read as { loose: string[][]; strict: string[][] }
      expect(strict).toEqual(loose.map(([id, title, , link]) => [id, title, link]))
      expect(loose.map(([, title]) => title)).toContain('Disclosed: a <b>bold</b> & "quoted" thing\u{1f600}')
      expect(loose).toHaveLength((await named.changes()).length)
    },
  )

  it('holds any text in a way that XML allows', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (any) => {
        const escaped = text(any)
        expect(escaped).not.toMatch(/[<>"']/)
        expect(escaped).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/)
        expect(escaped.isWellFormed()).toBe(true)
      }),
    )
  })

  it('makes a tag URI of any log’s name', () => {
    expect(tagUri('example.com/log', 'halt/inc_1')).toBe('tag:example.com,2026:log/halt/inc_1')
    expect(tagUri('Safelevel_7f', 'x y')).toBe('tag:safelevel-7f,2026:x%20y')
    expect(tagUri('', 'x')).toBe('tag:log,2026:x')
  })
})
