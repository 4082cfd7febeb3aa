import { hash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { parse } from 'yaml'
import { z } from 'zod'
import { type Asker, ask } from '../../src/asking/index.ts'
import { openAsked } from '../../src/cli/asked-model.ts'
import { AskingSession } from '../../src/cli/asking-options.ts'
import { readPolicyFile } from '../../src/policy/index.ts'
import {
  type Author,
  DATASET_FILES,
  DATASET_FORMAT,
  DatasetManifest,
  type DatasetRecord,
  type Flag,
  type Prompt,
  readConstitution,
  readPrompts,
  type Utterance,
} from '../../src/refusal/constitution/index.ts'

/** What a line of the authored file has besides its prompt. */
const Authored = z.object({ prompt: z.string().min(1), answer: z.string().min(1), author: z.string().min(1) })
type Authored = z.infer<typeof Authored>

/** Who stands for a text that no model of this run said. */
const BY = 'person'
const SAME: Flag = { flag: 'unchanged', about: 'the model says what is authored' }
const EMPTY: Flag = { flag: 'failed', about: 'the model said nothing' }

export interface Making {
  readonly prompts: readonly Prompt[]
  readonly answers: ReadonlyMap<string, Authored>
  readonly asker: Pick<Asker, 'ask' | 'callOf' | 'model'>
  readonly constitution: { readonly digest: string }
  readonly policyVersion: string
  readonly maxTokens: number
  readonly seed: number
}

/**
 * Records in which what a model says by itself stands against what is authored, which is preferred.
 *
 * @throws {AppError} whatever the asker throws
 */
export function authoredRecords(making: Making): Promise<DatasetRecord[]> {
  return Promise.all(making.prompts.map((prompt) => recordOf(prompt, making)))
}

async function recordOf(prompt: Prompt, making: Making): Promise<DatasetRecord> {
  const { answers, asker, constitution, policyVersion, maxTokens, seed } = making
  const authored = answers.get(prompt.turns.at(-1)?.text ?? '')
  if (authored === undefined) throw new Error(`${prompt.id}: nothing is authored for it`)
  const question = ask(prompt.turns, { maxTokens, temperature: 0, seed })
  const { text, end } = await asker.ask(question)
  const initial: Utterance = { text: text.trim(), by: 'model', call: asker.callOf(question), end }
  const answer: Utterance = { text: authored.answer, by: BY, call: null, end: null }
  const flags = initial.text === '' ? [EMPTY] : initial.text === answer.text ? [SAME] : []
  const { name, upstreamModel, server, isSandbox } = asker.model
  const authors: Record<string, Author> = {
    model: { kind: 'model', model: name, upstreamModel, server, isSandbox },
    [BY]: { kind: BY, note: authored.author },
  }
  return {
    ...{ id: prompt.id, prompt, initial, rounds: [], answer },
    pair:
      flags.length > 0
        ? null
        : {
            ...{ origin: BY, first: initial, second: answer, judging: BY, judgements: [] },
            ...{ label: { raw: 1, used: 1 }, preferred: 'second' },
          },
    flags,
    dropped: { sft: [], preference: flags.map(({ flag }) => flag) },
    spotCheck: false,
    provenance: { seed, constitution: constitution.digest, policyVersion, authors },
  }
}

export function linesOf(records: readonly DatasetRecord[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('')
}

/** Of records made so. */
export function manifestOf(
  records: readonly DatasetRecord[],
  { seed, maxTokens }: Making,
  about: Pick<DatasetManifest, 'name' | 'constitution' | 'policy' | 'prompts'>,
): DatasetManifest {
  const authors: Record<string, Author> = Object.assign({}, ...records.map(({ provenance }) => provenance.authors))
  const flags = records.flatMap((record) => record.flags.map(({ flag }) => flag))
  const tally = Object.fromEntries([...new Set(flags)].map((one) => [one, flags.filter((flag) => flag === one).length]))
  const count = (kind: string) => records.filter(({ prompt }) => prompt.kind === kind).length
  return {
    ...{ format: DATASET_FORMAT, ...about, authors, seed },
    isSandbox: Object.values(authors).some((author) => author.kind === 'model' && author.isSandbox),
    settings: {
      ...{ rounds: 0, pairs: BY, judging: BY, judgePrinciples: 0, clamp: [0, 1], tie: 0 },
      ...{ maxTokens, temperature: 0, spotChecks: 0 },
    },
    records: {
      ...{ count: records.length, digest: hash('sha256', linesOf(records)) },
      ...{ harmful: count('harmful'), helpful: count('helpful'), failed: 0, spotChecks: 0 },
      ...{ sft: records.length, preference: records.filter(({ pair }) => pair !== null).length },
      ...{ flags: tally, dropped: { sft: {}, preference: tally } },
    },
    screening: { classifier: null, thresholds: 'none' },
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      model: { type: 'string' },
      out: { type: 'string' },
      authored: { type: 'string', default: join(import.meta.dirname, 'authored.jsonl') },
      'max-tokens': { type: 'string', default: '48' },
      concurrency: { type: 'string', default: '4' },
      seed: { type: 'string', default: '7' },
    },
  })
  const { model, out, authored } = values
  if (model === undefined || out === undefined)
    throw new Error('usage: node training/preference/authored.ts --model NAME --out DIR [--authored FILE]')
  await mkdir(join(out, 'work'), { recursive: true, mode: 0o700 })
  const { prompts, about } = await readPrompts([{ path: authored, kind: 'harmful' }])
  const constitution = readConstitution()
  const policy = z.object({ version: z.string() }).parse(parse(readPolicyFile()))
  await using session = await AskingSession.open(join(out, 'work'), {
    concurrency: Number(values.concurrency),
    retries: 5,
  })
  await using asked = openAsked({ model }, process.env)
  const making: Making = {
    ...{ prompts, answers: answersIn(await readFile(authored, 'utf8')), asker: session.asker(asked) },
    ...{ constitution, policyVersion: policy.version },
    ...{ maxTokens: Number(values['max-tokens']), seed: Number(values.seed) },
  }
  const records = await authoredRecords(making)
  const manifest = manifestOf(records, making, {
    name: basename(out),
    constitution: {
      ...{ version: constitution.version, digest: constitution.digest },
      principles: constitution.document.principles.length,
    },
    policy: { version: policy.version, digest: null },
    prompts: [...about],
  })
  await writeFile(join(out, DATASET_FILES.records), linesOf(records), { mode: 0o600 })
  const text = `${JSON.stringify(DatasetManifest.parse(manifest), null, 2)}\n`
  await writeFile(join(out, DATASET_FILES.manifest), text, { mode: 0o600 })
  console.log(`${out}: ${manifest.records.count} records, ${manifest.records.preference} pairs`)
}

function answersIn(text: string): Map<string, Authored> {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return new Map(lines.map((line) => Authored.parse(JSON.parse(line))).map((one) => [one.prompt, one]))
}

if (import.meta.main) await main()
