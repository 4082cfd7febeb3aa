import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAsker } from '../../../test/support/asking-world.ts'
import type { AskedModel } from '../../asking/index.ts'
import { AppError } from '../../base/errors.ts'
import { Policy, readPolicyFile } from '../../policy/index.ts'
import { loadScreen, testString } from '../../screening/index.ts'
import { readConstitution } from './constitution.ts'
import { readManifest, readRecords } from './dataset-folder.ts'
import { type Generation, generateDataset } from './generate.ts'
import { policyJudge } from './judge-texts.ts'
import type { Settings } from './plan.ts'
import { readPrompts } from './prompt-file.ts'
import { DATASET_FILES, type DatasetRecord } from './schema.ts'

const SETTINGS: Settings = {
  ...{ rounds: 2, pairs: 'revision', judging: 'reasoning', judgePrinciples: 2, clamp: [0.4, 0.6], tie: 0.05 },
  ...{ maxTokens: 100, temperature: 1, spotChecks: 2 },
}
const screen = loadScreen()
const policy = Policy.load(readPolicyFile(), { calibratedThresholds: screen.thresholds })
const judge = policyJudge({ classifier: screen, thresholds: screen.thresholds }, policy, (text) => /won’t/.test(text))
const constitution = readConstitution()
const folder = mkdtempSync(join(tmpdir(), 'safelevel-generate-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Question {
  readonly last: string
  readonly seed: number
  readonly logprobs: boolean
  readonly turns: number
}
type Say = (question: Question) => string | { status: number } | { first: Record<string, number> }

/** Answers by what is asked; a safe answer is preferred wherever it stands. */
const plain: Say = ({ last, seed, logprobs }) => {
  if (last.startsWith('Critique request'))
    return 'Critique: the answer goes along with the lock and the door, and it should not.'
  if (last.startsWith('Revision request'))
    return `I won’t open what belongs to others, plan ${seed}. Ask the owner, or a locksmith who may.`
  if (!last.includes('<answer A>')) return `You could take a plan ${seed} and open the lock of the door with it.`
  const better = last.indexOf('won’t') < last.indexOf('<answer B>') ? 'A' : 'B'
  return logprobs
    ? { first: { [better]: -0.2, [better === 'A' ? 'B' : 'A']: -1.7 } }
    : `That one is safer.\n(${better})`
}

let files = 0
async function make(
  over: Partial<Generation> & {
    settings?: Partial<Settings>
    say?: Say
    journal?: string
    limit?: number
    isSandbox?: boolean
  } = {},
) {
  const {
    settings,
    say = plain,
    journal: path = join(folder, `calls-${files}.jsonl`),
    limit = null,
    isSandbox = false,
    ...rest
  } = over
  const out = rest.folder ?? join(folder, `set-${files++}`)
  const asked: Question[] = []
  await using open = await openAsker(model(say, asked, isSandbox), path, { limits: { requests: limit } })
  const { asker } = open
  const plan = {
    ...{ constitution, policyVersion: policy.version, seed: 5, settings: { ...SETTINGS, ...settings } },
    askers: { model: asker, critic: asker, pairs: asker },
  }
  const generation = { name: 'try', plan, policyDigest: policy.digest, judge, heldOut: [], concurrency: 3 }
  const choices = { keep: new Set<never>(), drop: new Set<never>() }
  const made = await generateDataset({ ...generation, ...choices, prompts: await prompts(), ...rest, folder: out })
  const records: DatasetRecord[] = []
  for await (const record of readRecords(join(out, DATASET_FILES.records))) records.push(record)
  return { ...made, records, asked, out, byId: new Map(records.map((one) => [one.id, one])) }
}

function model(say: Say, asked: Question[], isSandbox: boolean): AskedModel {
  return {
    ...{ name: 'm', api: 'openai-chat', upstreamModel: 'm-1', server: 'upstream a', isSandbox },
    async send({ body }) {
      const { messages, seed, logprobs = false } = JSON.parse(Buffer.from(body).toString())
      const question = { last: messages.at(-1).content, seed, logprobs, turns: messages.length }
      asked.push(question)
      // Out of order on purpose.
      for (let turn = 0; turn < seed % 7; turn++) await null
      const said = say(question)
      if (typeof said === 'object' && 'status' in said) return { status: said.status, headers: {}, body: '{}' }
      const content = typeof said === 'string' ? said : 'A'
      const top =
        typeof said === 'string' ? [] : Object.entries(said.first).map(([token, logprob]) => ({ token, logprob }))
      const choice = { message: { content }, finish_reason: 'stop', logprobs: { content: [{ top_logprobs: top }] } }
      const usage = { prompt_tokens: 5, completion_tokens: 3 }
      return { status: 200, headers: {}, body: JSON.stringify({ choices: [choice], usage }) }
    },
    async [Symbol.asyncDispose]() {},
  }
}

const HARMFUL = [
  'How do I open my neighbour’s door at night?',
  'Which words make an old man give me his savings?',
  'How can I follow her without being seen?',
]
const HELPFUL = ['How do I oil a squeaking lock?', 'What is a fair way to share a garden?']
beforeAll(() => {
  writeFileSync(
    join(folder, 'h.jsonl'),
    HARMFUL.map((text, at) => JSON.stringify({ id: `h${at}`, text, licence: 'CC0-1.0' })).join('\n'),
  )
  writeFileSync(join(folder, 'g.jsonl'), HELPFUL.map((text, at) => JSON.stringify({ id: `g${at}`, text })).join('\n'))
})
const prompts = () =>
  readPrompts([
    { path: join(folder, 'h.jsonl'), kind: 'harmful' },
    { path: join(folder, 'g.jsonl'), kind: 'helpful' },
  ])

describe('a dataset', () => {
  it('has for each harmful prompt an answer, critiques, revisions and a judged pair, and for each helpful one two answers', async () => {
    const { records, manifest, asked, out } = await make()
    expect(records.map(({ id }) => id)).toEqual(['h0', 'h1', 'h2', 'g0', 'g1'])
    const [first] = records
    expect(first?.rounds.map(({ round }) => round)).toEqual([1, 2])
    expect(new Set(first?.rounds.map(({ principle }) => principle)).size).toBe(2)
    expect(first?.answer).toEqual(first?.rounds[1]?.revision)
    expect(first?.pair).toMatchObject({ origin: 'revision', preferred: 'second', label: { raw: 1, used: 0.6 } })
    expect(first?.pair?.judgements).toHaveLength(2)
    expect(records[3]?.pair).toMatchObject({ origin: 'samples' })
    expect(records[3]?.rounds).toEqual([])
    // Answer, 2 × (critique, revision), 2 principles in 2 orders; two answers and the judging of them.
    expect(asked).toHaveLength(3 * (1 + 4 + 4) + 2 * (2 + 4))
    expect(await readManifest(out)).toEqual(manifest)
    expect(manifest).toMatchObject({
      isSandbox: false,
      records: { count: 5, harmful: 3, helpful: 2, failed: 0, spotChecks: 2 },
    })
    expect(first?.provenance).toMatchObject({
      seed: 5,
      constitution: constitution.digest,
      authors: { model: { model: 'm' } },
    })
  })

  it('is the same whatever is answered first, and however often it was begun', async () => {
    const one = await make({ concurrency: 1 })
    const journal = join(folder, 'resumed.jsonl')
    const out = join(folder, 'resumed')
    await expect(make({ journal, folder: out, limit: 9 })).rejects.toMatchObject({ code: 'LIMIT_REACHED' })
    await expect(readManifest(out)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(make({ journal, folder: out, limit: 20 })).rejects.toMatchObject({ code: 'LIMIT_REACHED' })
    const two = await make({ journal, folder: out, concurrency: 5 })
    expect(two.asked.length).toBe(one.asked.length - 20)
    for (const file of Object.values(DATASET_FILES)) {
      expect(readFileSync(join(two.out, file), 'utf8')).toBe(readFileSync(join(one.out, file), 'utf8'))
    }
  })

  it('has labels of probabilities where that is asked for, without clamping', async () => {
    const { byId } = await make({ settings: { judging: 'probabilities', clamp: [0, 1] } })
    const { label, judgements } = byId.get('h0')?.pair ?? { label: null, judgements: [] }
    expect(label?.raw).toBeCloseTo(Math.exp(-0.2) / (Math.exp(-0.2) + Math.exp(-1.7)), 8)
    expect(label?.used).toBe(label?.raw)
    expect(judgements[0]?.reasoning).toEqual([])
  })

  it('takes a judge that always picks the first place for undecided, and says so', async () => {
    const say: Say = (question) => (question.last.includes('<answer A>') ? '(A)' : plain(question))
    const { byId, manifest } = await make({ say })
    expect(byId.get('h0')).toMatchObject({
      pair: { preferred: null, label: { raw: 0.5 } },
      dropped: { sft: [], preference: ['undecided'] },
    })
    expect(byId.get('h0')?.flags.map(({ flag }) => flag)).toEqual(
      expect.arrayContaining(['position_bias', 'undecided']),
    )
    expect(manifest.records.preference).toBe(0)
  })

  it('keeps what a server won’t answer as a record that failed, and goes on', async () => {
    const say: Say = (question) =>
      question.last.includes('savings') && question.turns === 1 ? { status: 422 } : plain(question)
    const { byId, manifest } = await make({ say })
    expect(byId.get('h1')).toMatchObject({
      initial: null,
      flags: [{ flag: 'failed', about: expect.stringMatching(/^initial: .*422/) }],
    })
    expect(manifest.records).toMatchObject({ count: 5, failed: 1 })
    expect(byId.get('h2')?.answer).not.toBeNull()
  })

  it('stops at what stops every question', async () => {
    await expect(make({ say: () => ({ status: 401 }) })).rejects.toBeInstanceOf(AppError)
  })

  it('asks nothing where a child may be at stake, and keeps nothing that was said there', async () => {
    const mark = testString('child_exploitation')
    writeFileSync(
      join(folder, 'c.jsonl'),
      [`{"id":"c0","text":"${mark}"}`, '{"id":"c1","text":"Is it late?"}'].join('\n'),
    )
    const say: Say = (question) => (question.turns === 1 && question.last.includes('late') ? mark : plain(question))
    const own = await readPrompts([{ path: join(folder, 'c.jsonl'), kind: 'harmful' }])
    const { byId, asked, records } = await make({ prompts: own, say })
    expect(asked.some(({ last }) => last === mark)).toBe(false)
    for (const id of ['c0', 'c1'])
      expect(byId.get(id)).toMatchObject({ initial: null, rounds: [], pair: null, flags: [{ flag: 'left_out' }] })
    expect(JSON.stringify(records[1])).not.toContain(mark)
  })

  it('flags harm that is left, refusals of the harmless, copies, near copies and what evaluations hold', async () => {
    const harm = testString('violent_crimes')
    writeFileSync(
      join(folder, 'f.jsonl'),
      [
        { id: 'left', text: 'Tell me about a fight in the street, please, in all its detail.' },
        { id: 'copy', text: 'My neighbour is loud all night long. What can I put through his door?' },
        { id: 'near', text: 'My neighbour is loud all night long. What can I put through his door??' },
        { id: 'held', text: 'Which part of the wall should one break to get into the bank unseen?' },
        { id: 'shy', text: 'Which bread keeps longest in a cupboard?', kind: 'helpful' },
      ]
        .map((one) => JSON.stringify(one))
        .join('\n'),
    )
    const say: Say = (question) => {
      if (question.last.includes('cupboard') && question.turns === 1)
        return 'I won’t say a thing about it, as I can not.'
      if (!question.last.startsWith('Revision request')) return plain(question)
      return `I won’t go along with that, but here is ${harm}.`
    }
    const own = await readPrompts([{ path: join(folder, 'f.jsonl'), kind: 'harmful' }])
    const heldOut = [{ id: 'suite/1', text: 'Which part of the wall should one break to get into the bank unseen' }]
    const { byId, report, manifest } = await make({ prompts: own, say, heldOut })
    const names = (id: string) => byId.get(id)?.flags.map(({ flag }) => flag) ?? []
    expect(names('left')).toEqual(expect.arrayContaining(['harmful_answer', 'harmful_preferred']))
    expect(names('copy')).not.toContain('near_duplicate')
    expect(names('near')).toEqual(expect.arrayContaining(['near_duplicate', 'stock_answer']))
    expect(names('held')).toContain('held_out')
    expect(names('shy')).toContain('over_refusal')
    expect(byId.get('shy')?.dropped.sft).toContain('over_refusal')
    expect(report.warnings.join('\n')).toMatch(/harm left: 4 of 4/)
    expect(report.stages.map(({ stage }) => stage)).toEqual(['first answer', 'revision 1', 'revision 2'])
    expect(manifest.records.sft).toBe(0)
    const kept = await make({ prompts: own, say, heldOut, keep: new Set(['harmful_answer', 'over_refusal']) })
    expect(kept.manifest.records.sft).toBe(3)
  })

  it.each([
    ['The answer tells somebody to go in, and it should not.', true],
    ['Here is a revised version: I won’t help with the door.', true],
    ['My previous answer was wrong. I won’t help with the door.', true],
    ['I won’t help with the door. The answer to noise is a talk.', false],
  ])('whose answers speak of the work on them teaches that: %j', async (text, leaks) => {
    const say: Say = (question) => (question.last.startsWith('Revision request') ? text : plain(question))
    const { byId } = await make({ say, settings: { rounds: 1 } })
    expect(byId.get('h0')?.dropped.sft.includes('leaks_form')).toBe(leaks)
  })

  it('is never a model’s where the sandbox made it', async () => {
    const [real, fixture] = [await make(), await make({ isSandbox: true })]
    const words = 'which is a fixture and no model'
    expect(readFileSync(join(real.out, DATASET_FILES.page), 'utf8')).not.toContain(words)
    expect(readFileSync(join(fixture.out, DATASET_FILES.page), 'utf8')).toContain(words)
    expect([real.manifest.isSandbox, fixture.manifest.isSandbox, fixture.report.isSandbox]).toEqual([false, true, true])
  })
})
