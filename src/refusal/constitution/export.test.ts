import { describe, expect, it } from 'vitest'
import { EXPORT_FORMATS, exportRows } from './export.ts'
import { DatasetRecord } from './schema.ts'

const said = (text: string, by = 'critic') => ({ text, by, call: 'c'.repeat(64), end: 'stop' as const })
const RECORD: DatasetRecord = DatasetRecord.parse({
  id: 'h0',
  prompt: {
    id: 'h0',
    kind: 'harmful',
    turns: [{ role: 'user', text: 'ask' }],
    digest: 'd'.repeat(64),
    category: null,
    source: 'own',
    licence: 'CC0-1.0',
  },
  initial: said('yes', 'model'),
  rounds: [{ round: 1, principle: 'crime', critique: said('it helps'), revision: said('no') }],
  answer: said('no'),
  pair: {
    ...{ origin: 'revision', first: said('yes', 'model'), second: said('no'), judging: 'reasoning' },
    judgements: [{ principle: 'any-harm', firstShown: 1, secondShown: 1, calls: [], reasoning: ['(B)', '(A)'] }],
    ...{ label: { raw: 1, used: 0.6 }, preferred: 'second' },
  },
  flags: [],
  dropped: { sft: [], preference: [] },
  spotCheck: false,
  provenance: {
    ...{ seed: 1, constitution: 'e'.repeat(64), policyVersion: '1.1.0' },
    authors: {
      model: { kind: 'model', model: 'm', upstreamModel: 'm-1', server: 's', isSandbox: false },
      critic: { kind: 'person', note: 'Ada' },
    },
  },
})

const user = { role: 'user', content: 'ask' }
const no = { role: 'assistant', content: 'no' }
const yes = { role: 'assistant', content: 'yes' }

describe('a record as trainers read it', () => {
  it.each([
    ['trl-sft', [{ messages: [user, no] }]],
    ['trl-dpo', [{ prompt: [user], chosen: [no], rejected: [yes] }]],
    ['trl-dpo-implicit', [{ chosen: [user, no], rejected: [user, yes] }]],
    [
      'trl-kto',
      [
        { prompt: [user], completion: [no], label: true },
        { prompt: [user], completion: [yes], label: false },
      ],
    ],
    ['alignment-handbook', [{ prompt: 'ask', messages: [user, no], chosen: [user, no], rejected: [user, yes] }]],
    ['ms-swift', [{ messages: [user, no], rejected_response: 'yes' }]],
  ] as const)('%s', (format, rows) => {
    expect(exportRows(RECORD, format)).toMatchObject(rows)
    expect(exportRows(RECORD, format)[0]).toMatchObject({
      ...{
        record_id: 'h0',
        licence: 'CC0-1.0',
        source: 'own',
        seed: 1,
        policy_version: '1.1.0',
        soft_label: 0.6,
        soft_label_raw: 1,
      },
      ...{ principles: ['crime', 'any-harm'], model: 'm at s', critic: 'person: Ada', rounds: 1, flags: [] },
    })
  })

  it('openai-dpo has the keys that OpenAI takes, and no other', () => {
    expect(exportRows(RECORD, 'openai-dpo')).toEqual([
      {
        input: { messages: [user], tools: [], parallel_tool_calls: true },
        preferred_output: [no],
        non_preferred_output: [yes],
      },
    ])
  })

  it('turns round where the first answer is preferred, label and all', () => {
    const pair =
      RECORD.pair === null ? null : { ...RECORD.pair, label: { raw: 0.25, used: 0.4 }, preferred: 'first' as const }
    expect(exportRows({ ...RECORD, pair }, 'trl-dpo')).toMatchObject([
      { chosen: [yes], rejected: [no], soft_label: 0.6, soft_label_raw: 0.75 },
    ])
  })

  it('is left out where flags, or people, keep it out of that use, or where there is nothing of it', () => {
    const unpaired = { ...RECORD, dropped: { sft: [], preference: ['undecided' as const] } }
    for (const format of EXPORT_FORMATS) {
      expect(exportRows(unpaired, format)).toHaveLength(format === 'trl-sft' ? 1 : 0)
      expect(exportRows(RECORD, format, new Set(['h0']))).toEqual([])
      expect(exportRows({ ...RECORD, answer: null, pair: null }, format)).toEqual([])
    }
  })
})
