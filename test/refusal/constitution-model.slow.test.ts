import { readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { DATASET_FILES, DatasetManifest, DatasetRecord } from '../../src/refusal/constitution/index.ts'
import { findGguf } from '../support/gguf.ts'
import { Workshop } from './constitution-world.ts'

const small = findGguf('that the constitution pipeline runs on a real model')
const LONG_MS = 1_200_000

it.skipIf(small === null)(
  'a real small model answers, criticises, revises and is judged by probabilities',
  async () => {
    using workshop = new Workshop(2, 1)
    const { path, libraryDir } = small ?? { path: '', libraryDir: '' }
    writeFileSync(
      workshop.path('safelevel.yaml'),
      [
        'classifier: { mode: screen }',
        `upstreams: [{ id: small, kind: llama-cpp, path: ${JSON.stringify(path)}, libraryDir: ${JSON.stringify(libraryDir)}, threads: 1 }]`,
        'models: [{ name: gemma, upstream: small }]',
      ].join('\n'),
    )
    const made = await workshop.run([
      ...['generate', '--prompts', workshop.path('harmful.jsonl'), '--helpful', workshop.path('helpful.jsonl')],
      ...['--model', 'gemma', '--out', workshop.path('set'), '--rounds', '1', '--judging', 'probabilities'],
      ...['--max-tokens', '48', '--concurrency', '1', '--json'],
    ])
    expect(made).toMatchObject({ code: 0 })
    const { manifest, spent } = JSON.parse(made.out)
    expect(DatasetManifest.parse(manifest)).toMatchObject({ isSandbox: false, records: { count: 3, failed: 0 } })
    expect(spent.output).toBeGreaterThan(0)
    const lines = readFileSync(workshop.path(`set/${DATASET_FILES.records}`), 'utf8')
      .trim()
      .split('\n')
    const records = lines.map((line) => DatasetRecord.parse(JSON.parse(line)))
    for (const { initial, answer, pair, prompt, rounds } of records) {
      expect(initial?.text.length, prompt.id).toBeGreaterThan(0)
      expect(answer).not.toBeNull()
      expect(rounds).toHaveLength(prompt.kind === 'harmful' ? 1 : 0)
      for (const { firstShown, secondShown } of pair?.judgements ?? []) {
        // From log-probabilities, in both orders: a letter that is not among the likeliest counts as impossible.
        expect(firstShown, prompt.id).not.toBeNull()
        expect(secondShown, prompt.id).not.toBeNull()
      }
    }
  },
  LONG_MS,
)
