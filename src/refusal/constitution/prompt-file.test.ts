import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readPrompts } from './prompt-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'safelevel-prompts-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

const harmful = (path: string) => readPrompts([{ path, kind: 'harmful' }])

describe('prompts', () => {
  it('come from JSON lines, with what is said of them', async () => {
    const path = file(
      'a.jsonl',
      [
        '{"id":7,"text":"one","source":"own","licence":"CC0-1.0","category":"fraud"}',
        '{"prompt":"two","harmful":0}',
        '{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}],"kind":"helpful","license":"MIT"}',
        '',
        '{"text":"one"}',
      ].join('\n'),
    )
    const { prompts, about } = await harmful(path)
    expect(prompts.map(({ id, kind, turns, licence }) => [id, kind, turns.length, licence])).toEqual([
      ['7', 'harmful', 1, 'CC0-1.0'],
      [expect.stringMatching(/^p-[0-9a-f]{16}$/), 'helpful', 1, null],
      [expect.stringMatching(/^p-/), 'helpful', 3, 'MIT'],
    ])
    expect(about).toEqual([
      {
        file: 'a.jsonl',
        digest: expect.stringMatching(/^[0-9a-f]{64}$/),
        kind: 'harmful',
        count: 3,
        repeated: 1,
        licences: ['CC0-1.0', 'MIT'],
        sources: ['own'],
      },
    ])
  })

  it('come from plain text, and from several files', async () => {
    const files = [
      { path: file('h.txt', 'first\r\nsecond\r\n'), kind: 'harmful' as const },
      { path: file('g.txt', 'second\nthird'), kind: 'helpful' as const },
    ]
    const { prompts, about } = await readPrompts(files)
    expect(prompts.map(({ kind, turns }) => [kind, turns[0]?.text])).toEqual([
      ['harmful', 'first'],
      ['harmful', 'second'],
      ['helpful', 'third'],
    ])
    expect(about.map(({ count, repeated }) => [count, repeated])).toEqual([
      [2, 0],
      [1, 1],
    ])
  })

  it.each([
    ['CSV', 'a.csv', 'text\nx', /JSON lines/],
    ['what is no JSON', 'b.jsonl', '{"text":"secret words"', /b\.jsonl, line 1: is not JSON$/],
    ['no words', 'c.jsonl', '{"text":"  "}', /line 1: a prompt has words/],
    ['nothing of use', 'd.jsonl', '{"question":"secret words"}', /line 1: a prompt has words/],
    [
      'an answer at the end',
      'e.jsonl',
      '{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}',
      /ends with the user/,
    ],
    [
      'a system turn',
      'f.jsonl',
      '{"messages":[{"role":"system","content":"a"},{"role":"user","content":"b"}]}',
      /user and assistant turns/,
    ],
    ['a strange kind', 'g.jsonl', '{"text":"x","kind":"toString"}', /line 1: the kind is/],
    ['one id twice', 'h.jsonl', '{"id":"a","text":"x"}\n{"id":"a","text":"y"}', /line 2: another prompt/],
    ['an empty file', 'i.txt', '\n\n', /no prompt/],
    ['a long line', 'j.jsonl', `{"text":"${'x'.repeat(1_100_000)}"}`, /longer than 1 MiB/],
  ])('with %s are refused, without a word of theirs', async (_, name, content, words) => {
    const error = await harmful(file(name, content)).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'REQUEST_INVALID', message: expect.stringMatching(words) })
    expect(String(error)).not.toContain('secret')
  })

  it('that aren’t there are a clear error', async () => {
    await expect(harmful(join(folder, 'none.jsonl'))).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
  })
})
