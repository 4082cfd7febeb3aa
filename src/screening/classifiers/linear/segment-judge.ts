import type { MappedText } from '../../normalize/mapped-text.ts'
import { normalize } from '../../normalize/normalize.ts'
import type { Label } from '../../taxonomy.ts'
import { type FoundTestString, findTestStrings } from '../../test-string.ts'
import { COLUMNS } from './weights.ts'
import { emptyScores, type WindowJudge } from './window-judge.ts'

/** Texts are judged in chunks of this many UTF-16 units, so that one step never takes long… */
export const CHUNK = 16_384
/** …which overlap by this much, so that nothing hides on a border. */
export const OVERLAP = 2_048

/** What was found in one text: raw scores per column with the place in the original, and test strings. */
export interface SegmentJudgment {
  readonly logits: number[]
  readonly starts: number[]
  readonly ends: number[]
  readonly testStrings: FoundTestString[]
}

/** Judges all views of a text of at most CHUNK units. */
export function judgeShort(text: string, judge: WindowJudge): SegmentJudgment {
  const result = emptyJudgment()
  judgeChunk(text, 0, judge, result)
  return result
}

/** Judges all views of any text, chunk by chunk; yields the units read, so that the caller may pause between. */
export function* judgeLong(text: string, judge: WindowJudge): Generator<number, SegmentJudgment> {
  const result = emptyJudgment()
  for (let offset = 0; ; ) {
    let end = Math.min(text.length, offset + CHUNK)
    if (end < text.length && isLowSurrogate(text.charCodeAt(end))) end -= 1
    yield judgeChunk(text.slice(offset, end), offset, judge, result)
    if (end === text.length) return result
    offset = end - OVERLAP
    if (isLowSurrogate(text.charCodeAt(offset))) offset -= 1
  }
}

function emptyJudgment(): SegmentJudgment {
  return { ...emptyScores(), testStrings: [] }
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}

const scratch = emptyScores()

function judgeChunk(chunk: string, offset: number, judge: WindowJudge, result: SegmentJudgment): number {
  let read = 0
  for (const { content } of normalize(chunk)) {
    read += content.text.length
    scratch.logits.fill(Number.NEGATIVE_INFINITY)
    judge.judge(content.text, scratch)
    raise(result, content, offset)
    const found = findTestStrings(content.text)
    for (const test of found) addTestString(result, test, content, offset)
  }
  return read
}

/** Takes over the columns in which the reading just judged scored higher than any before. */
function raise(result: SegmentJudgment, content: MappedText, offset: number): void {
  let lastStart = -1
  let lastEnd = -1
  let place = { start: 0, end: 0 }
  for (let c = 0; c < COLUMNS; c++) {
    const logit = scratch.logits[c] ?? 0
    if (logit <= (result.logits[c] ?? 0)) continue
    const start = scratch.starts[c] ?? 0
    const end = scratch.ends[c] ?? 0
    if (start !== lastStart || end !== lastEnd) {
      place = content.originalRange(start, end)
      lastStart = start
      lastEnd = end
    }
    result.logits[c] = logit
    result.starts[c] = offset + place.start
    result.ends[c] = offset + place.end
  }
}

function addTestString(result: SegmentJudgment, test: FoundTestString, content: MappedText, offset: number): void {
  if (result.testStrings.some(({ label }) => label === test.label)) return
  const place = content.originalRange(test.start, test.end)
  result.testStrings.push({ label: test.label, start: offset + place.start, end: offset + place.end })
}

/** The test string of a label in a judged text, if it stands there. */
export function testStringOf(judgment: SegmentJudgment, label: Label): FoundTestString | undefined {
  return judgment.testStrings.length === 0 ? undefined : judgment.testStrings.find((found) => found.label === label)
}
