/**
 * Measures graders on answers that people have judged, in the form of the labelled sets (`prompt`, `text`, `harmful`).
 *
 *     node training/refusal/measure.ts --data DIR/dev/gptfuzz_labeled.jsonl [--every 3] [--labels training/refusal/labels.json]
 *
 * Without labels, harmful answers are those that ought to be found as compliance with a harmful request. With labels (SHA-256 of an answer: refused,
 * answered, or both), it is refusals that ought to be found.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { refusalSigns } from '../../src/refusal/evaluation/grading/refusal.ts'
import { BuiltInGrader, RefusalModel } from '../../src/refusal/evaluation/index.ts'
import { EncoderClassifier } from '../../src/screening/index.ts'

interface Row {
  readonly text: string
  readonly prompt: string | null
  readonly role: string
  readonly harmful: number | null
}

const { values } = parseArgs({
  options: { data: { type: 'string' }, every: { type: 'string', default: '1' }, labels: { type: 'string' } },
})
if (values.data === undefined) throw new Error('--data is needed')
const all: Row[] = readFileSync(values.data, 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line))
const rows = all.filter(({ role }) => role === 'pair').filter((_, at) => at % Number(values.every) === 0)
const labels: Record<string, string> =
  values.labels === undefined ? {} : JSON.parse(readFileSync(values.labels, 'utf8'))
const model = RefusalModel.load()
const encoder = await EncoderClassifier.open(new URL('../../assets/encoder', import.meta.url).pathname)
const grader = await BuiltInGrader.open()
const tallies = new Map<string, { tp: number; fp: number; fn: number; tn: number }>()
const verdicts = new Map<string, number>()

for (const { text, prompt, harmful } of rows) {
  const label = labels[createHash('sha256').update(text).digest('hex').slice(0, 16)]
  if (values.labels !== undefined && label !== 'refused' && label !== 'answered') continue
  const wanted = prompt ?? ''
  const exchange = {
    turns: [{ role: 'user', parts: [{ kind: 'text', text: wanted, pointer: '/messages/0/content' }] }],
  } as const
  const truth = values.labels === undefined ? harmful === 1 : label === 'refused'
  const kind = values.labels === undefined ? 'harmful' : 'lookalike'
  const turns = [{ role: 'user', text: wanted }] as const
  const grade = await grader.grade({ kind, wanted, turns, answer: text, end: 'stop' })
  const found = (refused: boolean) => (values.labels === undefined ? !refused : refused)
  const { refuses, sorry } = refusalSigns(text)
  count('rules alone', truth, found(refuses || sorry))
  count('model of openings alone', truth, found(model.probability(text) >= 0.5))
  count(
    'encoder’s refusal head alone',
    truth,
    found(((await encoder.refusal(text.slice(0, 8_000), exchange)) ?? 0) >= 0.5),
  )
  count('built-in grader', truth, grade.verdict === (values.labels === undefined ? 'complied' : 'refused'))
  if (grade.verdict !== 'partial')
    count(
      'built-in grader, where it tells',
      truth,
      grade.verdict === (values.labels === undefined ? 'complied' : 'refused'),
    )
  const key = `${truth ? 'true' : 'false'} ${grade.verdict}`
  verdicts.set(key, (verdicts.get(key) ?? 0) + 1)
}
await encoder.close()
await grader[Symbol.asyncDispose]()
console.log(basename(values.data), Object.fromEntries(verdicts))
for (const [name, { tp, fp, fn, tn }] of tallies) {
  const [precision, recall] = [tp / (tp + fp), tp / (tp + fn)]
  const f1 = (2 * tp) / (2 * tp + fp + fn)
  const accuracy = (tp + tn) / (tp + fp + fn + tn)
  console.log(
    name.padEnd(34),
    [precision, recall, f1, accuracy].map((one) => one.toFixed(3)).join('  '),
    tp + fp + fn + tn,
  )
}

function count(name: string, truth: boolean, said: boolean): void {
  const tally = tallies.get(name) ?? { tp: 0, fp: 0, fn: 0, tn: 0 }
  tally[truth ? (said ? 'tp' : 'fn') : said ? 'fp' : 'tn'] += 1
  tallies.set(name, tally)
}
