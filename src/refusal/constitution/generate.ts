import { join } from 'node:path'
import { NearTexts, signatureOf, similarityOf } from './checks/near.ts'
import { checkRecord, type Facts, type RecordTools } from './checks/record.ts'
import { ReportBuilder } from './checks/report.ts'
import type { DatasetReport } from './checks/report-schema.ts'
import { type Choices, isUsed, setFlags, withDrops } from './checks/whole.ts'
import { composeRecord, emptyRecord } from './compose.ts'
import type { Constitution } from './constitution.ts'
import { makeFolder, RowsWriter, readRecords, writeFileOf } from './dataset-folder.ts'
import { spotCheckSample } from './draw-sample.ts'
import { inOrder } from './in-order.ts'
import type { TextJudge } from './judge-texts.ts'
import { authorsOf, type Plan } from './plan.ts'
import type { PromptFile } from './prompt-file.ts'
import { reportPage } from './report-page.ts'
import {
  DATASET_FILES,
  DATASET_FORMAT,
  type DatasetManifest,
  type DatasetRecord,
  type Prompt,
  type Use,
} from './schema.ts'

/** Records before the whole set was looked at. */
const RAW_FILE = 'records.raw.jsonl'

export interface Generation extends Choices {
  readonly name: string
  readonly folder: string
  readonly plan: Plan
  readonly prompts: PromptFile
  readonly policyDigest: string
  readonly judge: TextJudge
  /** Texts of evaluations, which nothing may be tuned on. */
  readonly heldOut: readonly { readonly id: string; readonly text: string }[]
  /** How many prompts at once. */
  readonly concurrency: number
  readonly onProgress?: (done: number, of: number) => void
}

export interface Generated {
  readonly manifest: DatasetManifest
  readonly report: DatasetReport
}

/**
 * Makes a dataset in a folder. All of it but the folder `work` follows from the prompts, the plan and what the models said, to the byte:
 * who was interrupted calls it again with the same, and the journal of calls answers what it can.
 *
 * @throws {AppError} whatever stops the askers; nothing of the dataset stands there then
 */
export async function generateDataset(generation: Generation): Promise<Generated> {
  const work = await makeFolder(generation.folder)
  const raw = join(work, RAW_FILE)
  const facts = await composeAll(generation, raw)
  return finishDataset(generation, raw, facts)
}

/** Makes the first records for real, to see what they take; their answers are in the journal, so none is asked for twice. */
export async function probe(generation: Pick<Generation, 'plan' | 'prompts' | 'judge' | 'concurrency'>, count: number) {
  const few = sampleOf(generation.prompts.prompts, count)
  await inOrder(
    few,
    generation.concurrency,
    (prompt) => composed(prompt, generation),
    async () => {},
  )
  return few
}

/** Of both kinds, as they are mixed: every nth. */
function sampleOf(prompts: readonly Prompt[], count: number): readonly Prompt[] {
  const step = Math.max(1, prompts.length / count)
  return Array.from({ length: Math.min(count, prompts.length) }, (_, at) => prompts[Math.floor(at * step)]).flatMap(
    (one) => one ?? [],
  )
}

/** What a record is looked at with. */
export function recordTools(constitution: Constitution, judge: TextJudge, seed: number): RecordTools {
  const similarity = similarityOf(seed)
  const examples = new NearTexts()
  for (const [at, { revision, answer }] of constitution.examples.entries()) {
    for (const text of [revision, answer]) {
      const signature = signatureOf(similarity, text)
      if (signature !== null) examples.add(`example ${at + 1}`, signature)
    }
  }
  return { judge, similarity, examples }
}

async function composeAll(generation: Generation, raw: string): Promise<Facts[]> {
  const { plan, prompts, concurrency, judge, onProgress } = generation
  const tools = recordTools(plan.constitution, judge, plan.seed)
  await using writer = await RowsWriter.create(raw)
  const facts: Facts[] = []
  const of = prompts.prompts.length
  let done = 0
  await inOrder(
    prompts.prompts,
    concurrency,
    async (prompt) => {
      const checked = await checkRecord(await composed(prompt, generation), tools)
      done += 1
      onProgress?.(done, of)
      return checked
    },
    async (checked) => {
      facts.push(checked.facts)
      await writer.write(checked.record)
    },
  )
  await writer.finish()
  return facts
}

/** Where a child may be at stake, nothing is asked, and nothing that was said is kept. */
async function composed(prompt: Prompt, { plan, judge }: Pick<Generation, 'plan' | 'judge'>): Promise<DatasetRecord> {
  const leftOut = (about: string) => emptyRecord(prompt, plan, [{ flag: 'left_out', about }])
  if (await judge.endangersChildren(prompt.turns)) return leftOut('the prompt may endanger children: nothing was asked')
  const record = await composeRecord(prompt, plan)
  for (const text of textsOf(record)) {
    const said = [...prompt.turns, { role: 'assistant' as const, text }]
    if (await judge.endangersChildren(said)) return leftOut('an answer may endanger children: nothing of it is kept')
  }
  return record
}

function textsOf({ initial, rounds, pair }: DatasetRecord): string[] {
  const all = [initial, ...rounds.map(({ revision }) => revision), pair?.first ?? null, pair?.second ?? null]
  return [...new Set(all.flatMap((one) => one?.text ?? []))]
}

/** Looks at the whole set, and writes it down. */
async function finishDataset(generation: Generation, raw: string, facts: readonly Facts[]): Promise<Generated> {
  const { folder, plan, prompts } = generation
  const ids = prompts.prompts.map(({ id }) => id)
  const flags = setFlags(facts, ids, heldOutOf(generation))
  const whole = ids.filter((_, at) => facts[at]?.whole)
  const drawn = spotCheckSample(whole, plan.settings.spotChecks, plan.seed)
  const builder = new ReportBuilder()
  const counts = new Counts()
  await using writer = await RowsWriter.create(join(folder, DATASET_FILES.records))
  let at = 0
  for await (const record of readRecords(raw)) {
    const flagged = { ...record, flags: [...record.flags, ...(flags[at] ?? [])], spotCheck: drawn.has(record.id) }
    const final = withDrops(flagged, generation)
    builder.take(final)
    counts.take(final)
    await writer.write(final)
    at += 1
  }
  const manifest = manifestOf(generation, counts.of(await writer.finish()))
  const report = builder.build(manifest, facts)
  await writeFileOf(folder, DATASET_FILES.report, pretty(report))
  await writeFileOf(folder, DATASET_FILES.page, reportPage(manifest, report))
  // Last, since it says that the dataset is whole.
  await writeFileOf(folder, DATASET_FILES.manifest, pretty(manifest))
  return { manifest, report }
}

function heldOutOf({ heldOut, plan }: Generation): NearTexts {
  const similarity = similarityOf(plan.seed)
  const near = new NearTexts()
  for (const { id, text } of heldOut) {
    const signature = signatureOf(similarity, text)
    if (signature !== null) near.add(id, signature)
  }
  return near
}

function manifestOf(generation: Generation, records: DatasetManifest['records']): DatasetManifest {
  const { plan, prompts, policyDigest, judge } = generation
  const { constitution, policyVersion, seed, settings } = plan
  const authors = authorsOf(plan)
  return {
    format: DATASET_FORMAT,
    name: generation.name,
    constitution: {
      version: constitution.version,
      digest: constitution.digest,
      principles: constitution.document.principles.length,
    },
    policy: { version: policyVersion, digest: policyDigest },
    authors,
    isSandbox: Object.values(authors).some((one) => one.kind === 'model' && one.isSandbox),
    seed,
    settings,
    prompts: [...prompts.about],
    records,
    screening: { classifier: judge.classifier, thresholds: 'calibrated' },
  }
}

/** Counts records while they pass by. */
export class Counts {
  readonly #counts = { count: 0, harmful: 0, helpful: 0, failed: 0, sft: 0, preference: 0, spotChecks: 0 }
  readonly #flags = new Map<string, number>()
  readonly #dropped = { sft: new Map<string, number>(), preference: new Map<string, number>() }

  take(record: DatasetRecord): void {
    const names = new Set(record.flags.map(({ flag }) => flag))
    this.#counts.count += 1
    this.#counts[record.prompt.kind] += 1
    if (names.has('failed')) this.#counts.failed += 1
    if (record.spotCheck) this.#counts.spotChecks += 1
    for (const name of names) add(this.#flags, name)
    for (const use of ['sft', 'preference'] satisfies Use[]) {
      if (isUsed(record, use)) this.#counts[use] += 1
      for (const name of record.dropped[use]) add(this.#dropped[use], name)
    }
  }

  /** @param digest of the file of records */
  of(digest: string): DatasetManifest['records'] {
    const dropped = { sft: sorted(this.#dropped.sft), preference: sorted(this.#dropped.preference) }
    return { ...this.#counts, digest, flags: sorted(this.#flags), dropped }
  }
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function pretty(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
