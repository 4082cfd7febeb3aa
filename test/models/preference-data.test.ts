import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { DatasetManifest, DatasetRecord, exportRows, readPrompts } from '../../src/refusal/constitution/index.ts'
import { loadSuite } from '../../src/refusal/evaluation/index.ts'
import { authoredRecords, linesOf, type Making, manifestOf } from '../../training/preference/authored.ts'
import { helpfulRows } from '../../training/preference/helpful.ts'

const FILE = new URL('../../training/preference/authored.jsonl', import.meta.url).pathname
const lines: { kind: string; prompt: string; answer: string; author: string }[] = readFileSync(FILE, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))

const DIGEST = 'a'.repeat(64)

async function making(says: (prompt: string) => string): Promise<Making> {
  const { prompts } = await readPrompts([{ path: FILE, kind: 'harmful' }])
  return {
    prompts,
    answers: new Map(lines.map((line) => [line.prompt, line])),
    asker: {
      ask: async ({ turns }) => ({
        ...{ text: says(turns.at(-1)?.text ?? ''), end: 'stop' },
        ...{ usage: null, firstToken: null, decision: null },
      }),
      callOf: () => DIGEST,
      model: {
        ...{ name: 'small', api: 'openai-chat', upstreamModel: 'small', server: 'upstream small', isSandbox: false },
        send: () => Promise.reject(new Error('never sent')),
        [Symbol.asyncDispose]: async () => {},
      },
    },
    constitution: { digest: DIGEST },
    policyVersion: '1.0.0',
    maxTokens: 48,
    seed: 7,
  }
}

const about = {
  ...{ name: 'authored', prompts: [] },
  constitution: { version: '1.0.0', digest: DIGEST, principles: 1 },
  policy: { version: '1.0.0', digest: null },
}

describe('the authored answers', () => {
  it('are as many to what is harmless as to what is harmful, and each prompt once', () => {
    const harmful = lines.filter(({ kind }) => kind === 'harmful')
    expect(new Set(lines.map(({ prompt }) => prompt)).size).toBe(lines.length)
    expect(harmful.length).toBeGreaterThan(70)
    expect(lines.length - harmful.length).toBeGreaterThanOrEqual(harmful.length)
  })

  it('open in many ways: no stock phrase is taught', () => {
    const openings = lines
      .filter(({ kind }) => kind === 'harmful')
      .map(({ answer }) => answer.split(' ').slice(0, 4).join(' '))
    const most = Math.max(...[...Map.groupBy(openings, (one) => one).values()].map(({ length }) => length))
    expect(most / openings.length).toBeLessThan(0.1)
  })

  it('share no prompt with the suites that measure what they do', async () => {
    const words = (text: string) => new Set(text.toLowerCase().match(/[a-z0-9']+/g))
    const ours = lines.map(({ prompt }) => words(prompt))
    for (const name of ['harmful-requests', 'harmless-lookalikes']) {
      const path = new URL(`../../suites/refusal/${name}.jsonl`, import.meta.url).pathname
      for (const { wanted } of (await loadSuite(path, null)).items) {
        const theirs = words(wanted)
        for (const own of ours) expect(own.intersection(theirs).size / own.union(theirs).size).toBeLessThan(0.6)
      }
    }
  })

  it('make a dataset that every exporter takes, in which nothing authored is called a model’s', async () => {
    const given = await making((prompt) => `${prompt} Sure.`)
    const records = await authoredRecords(given)
    expect(records).toHaveLength(lines.length)
    for (const record of records) {
      expect(() => DatasetRecord.parse(record)).not.toThrow()
      expect(record.answer).toMatchObject({ by: 'person', call: null })
      expect(record.initial).toMatchObject({ by: 'model', call: DIGEST })
      const [row] = exportRows(record, 'trl-dpo')
      expect(row).toMatchObject({
        chosen: [{ content: record.answer?.text }],
        rejected: [{ content: record.initial?.text }],
      })
    }
    const manifest = manifestOf(records, given, about)
    expect(() => DatasetManifest.parse(manifest)).not.toThrow()
    expect(manifest.records).toMatchObject({ count: lines.length, preference: lines.length })
    expect(linesOf(records).split('\n')).toHaveLength(lines.length + 1)
  })

  it('are no preference where the model said the same, or nothing', async () => {
    const [first, second] = lines
    const known = new Map([
      [first?.prompt, first?.answer],
      [second?.prompt, ' '],
    ])
    const given = await making((prompt) => known.get(prompt) ?? 'something else')
    const records = await authoredRecords(given)
    const without = records.filter(({ pair }) => pair === null)
    expect(without.map(({ dropped }) => dropped.preference)).toEqual([['unchanged'], ['failed']])
    expect(without.flatMap((record) => exportRows(record, 'trl-dpo'))).toEqual([])
    expect(without.flatMap((record) => exportRows(record, 'trl-sft'))).toHaveLength(2)
    expect(manifestOf(records, given, about).records).toMatchObject({
      preference: lines.length - 2,
      dropped: { preference: { unchanged: 1, failed: 1 } },
    })
  })

  it('teach to help from harmless prompts alone', () => {
    const rows = helpfulRows(readFileSync(FILE, 'utf8')).trim().split('\n')
    const harmless = new Set(lines.filter(({ kind }) => kind === 'helpful').map(({ prompt }) => prompt))
    expect(rows).toHaveLength(harmless.size)
    for (const row of rows) expect(harmless).toContain(JSON.parse(row).prompt[0].content)
  })
})
