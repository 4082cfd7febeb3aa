import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { seededRandom } from '../../../base/random.ts'
import { type Row, readRow, requestOf, rowsOf } from './rows.ts'
import { survey } from './survey.ts'

const dir = mkdtempSync(join(tmpdir(), 'evaluation-data-'))
afterAll(() => rmSync(dir, { recursive: true }))

function file(content: string | Uint8Array, name = 'data.jsonl'): string {
  const path = join(dir, name)
  writeFileSync(path, content)
  return path
}

const row = (fields: object) => JSON.stringify({ text: 'a text', role: 'prompt', harmful: 0, ...fields })

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

describe('readRow', () => {
  const read = (text: string) => readRow({ number: 3, text })

  it('reads the shared schema', () => {
    expect(
      read(row({ category: 'a\n\u202eb', kind: 'direct', prompt: null, completion: null, source: 's', weak: true })),
    ).toEqual({ line: 3, text: 'a text', role: 'prompt', prompt: null, harmful: 0, category: 'a b', kind: 'direct' })
    expect(read(row({ role: 'pair', prompt: 'asked' }))).toMatchObject({ role: 'pair', prompt: 'asked' })
    expect(read(row({}))).toMatchObject({ category: '(none)', kind: '(none)' })
    expect(read(row({ category: 'c'.repeat(500) }))).toMatchObject({ category: 'c'.repeat(80) })
  })

  it.each([
    ['not JSON', '{'],
    ['an array', '[]'],
    ['a string', '"text"'],
    ['no text', JSON.stringify({ role: 'prompt', harmful: 1 })],
    ['no label field', JSON.stringify({ text: 'a', role: 'prompt' })],
    ['a label that is no label', row({ harmful: 2 })],
    ['a label as text', row({ harmful: '1' })],
    ['an unknown role', row({ role: 'system' })],
    ['a pair without its prompt', row({ role: 'pair' })],
  ])('names %s as malformed', (_, text) => {
    expect(read(text)).toBe('malformed')
  })

  it('tells blank and unlabelled lines apart from malformed ones', () => {
    expect(read('  ')).toBe('blank')
    expect(read(row({ harmful: null }))).toBe('unlabelled')
    expect(readRow({ number: 1, fault: 'too long' })).toBe('malformed')
  })

  it('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        expect(typeof read(text)).toBeTypeOf('string')
      }),
    )
  })
})

describe('requestOf', () => {
  const given = (fields: Partial<Row>): Row => ({
    line: 1,
    text: 'words',
    role: 'prompt',
    prompt: null,
    harmful: 1,
    category: '',
    kind: '',
    ...fields,
  })

  it('asks about prompts as a user turn, and about answers with what they answer', () => {
    expect(requestOf(given({}), 'auto')).toMatchObject({
      side: 'prompt',
      segments: [{ text: 'words', role: 'user' }],
      exchange: { turns: [{ role: 'user', parts: [{ text: 'words' }] }] },
    })
    expect(requestOf(given({ role: 'pair', prompt: 'asked' }), 'auto')).toMatchObject({
      side: 'completion',
      segments: [{ text: 'words', role: 'assistant' }],
      exchange: { turns: [{ role: 'user', parts: [{ text: 'asked' }] }] },
    })
    expect(requestOf(given({ role: 'completion' }), 'auto')).toMatchObject({
      side: 'completion',
      exchange: { turns: [] },
    })
  })

  it('judges all rows as the side that is asked for', () => {
    expect(requestOf(given({}), 'completion').side).toBe('completion')
    expect(requestOf(given({ role: 'completion' }), 'prompt').side).toBe('prompt')
  })
})

describe('survey', () => {
  const random = () => seededRandom(1)

  it('counts what a file holds and names its bad lines', async () => {
    const path = file([row({}), 'bad', '', row({ harmful: null }), row({ harmful: 1 }), '{"text":1}'].join('\n'))
    expect(await survey(path, { random: random() })).toMatchObject({
      labelled: 2,
      unlabelled: 1,
      malformed: 2,
      malformedLines: [2, 6],
      rows: 2,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })

  it('fails only when nothing can be read', async () => {
    await expect(survey(file('bad\nworse'), { random: random() })).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
    expect(await survey(file(''), { random: random() })).toMatchObject({ rows: 0, malformed: 0 })
  })

  it('samples each labelled row equally often, the same ones for the same seed', async () => {
    const path = file(Array.from({ length: 10 }, () => row({})).join('\n'))
    const counts = new Uint32Array(11)
    for (let seed = 0; seed < 600; seed++) {
      const { chosen } = await survey(path, { limit: 3, random: seededRandom(seed) })
      expect(chosen?.size).toBe(3)
      for (const line of chosen ?? []) counts[line] = (counts[line] ?? 0) + 1
    }
    for (const count of counts.subarray(1)) expect(Math.abs(count - 180)).toBeLessThan(60)
    const once = await survey(path, { limit: 3, random: random() })
    expect((await survey(path, { limit: 3, random: random() })).chosen).toEqual(once.chosen)
    expect((await all(rowsOf(path, once.chosen))).map(({ line }) => line)).toEqual(
      [...(once.chosen ?? [])].sort((a, b) => a - b),
    )
  })

  it('leaves out what the filter leaves out', async () => {
    const path = file([row({ harmful: 1 }), row({}), row({})].join('\n'))
    const found = await survey(path, { random: random(), limit: 5, filter: ({ harmful }) => harmful === 1 })
    expect([...(found.chosen ?? [])]).toEqual([1])
  })
})
