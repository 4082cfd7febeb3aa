import { normalize } from '../../normalize/normalize.ts'
import { LABELS, type Label } from '../../taxonomy.ts'
import { findTestStrings } from '../../test-string.ts'
import { COLUMNS } from './weights.ts'
import { emptyScores, type WindowJudge } from './window-judge.ts'

/** Texts are judged in chunks of this many UTF-16 units, so that one step never takes long… */
export const CHUNK = 16_384
/** …which overlap by this much, so that nothing hides on a border. */
export const OVERLAP = 2_048

/** What was found in one text: raw scores per column with the place in the original, and test strings. */
export interface SegmentJudgment {
  readonly logits: Float64Array
  readonly starts: Int32Array
  readonly ends: Int32Array
  readonly testStrings: readonly { readonly label: Label; readonly start: number; readonly end: number }[]
}

/** Judges every view of a text, chunk by chunk; yields the characters read, so that the caller may pause between. */
export function* judgeSegment(text: string, judge: WindowJudge): Generator<number, SegmentJudgment> {
  const result = {
    logits: new Float64Array(COLUMNS).fill(Number.NEGATIVE_INFINITY),
    starts: new Int32Array(COLUMNS),
    ends: new Int32Array(COLUMNS),
    testStrings: new Map<Label, { label: Label; start: number; end: number }>(),
  }
  for (let offset = 0; offset < text.length || offset === 0; ) {
    let end = Math.min(text.length, offset + CHUNK)
    if (end < text.length && isLowSurrogate(text.charCodeAt(end))) end -= 1
    yield judgeChunk(end - offset === text.length ? text : text.slice(offset, end), offset, judge, result)
    if (end === text.length) break
    offset = end - OVERLAP
    if (isLowSurrogate(text.charCodeAt(offset))) offset -= 1
  }
  return { ...result, testStrings: [...result.testStrings.values()] }
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}

interface Growing {
  readonly logits: Float64Array
  readonly starts: Int32Array
  readonly ends: Int32Array
  readonly testStrings: Map<Label, { label: Label; start: number; end: number }>
}

function judgeChunk(chunk: string, offset: number, judge: WindowJudge, result: Growing): number {
  let read = 0
  for (const { content } of normalize(chunk)) {
    read += content.text.length
    const scores = emptyScores()
    judge.judge(content.text, scores)
    for (let c = 0; c <= LABELS.length; c++) {
      if ((scores.logits[c] ?? 0) <= (result.logits[c] ?? 0)) continue
      const place = content.originalRange(scores.starts[c] ?? 0, scores.ends[c] ?? 0)
      result.logits[c] = scores.logits[c] ?? 0
      result.starts[c] = offset + place.start
      result.ends[c] = offset + place.end
    }
    for (const { label, start, end } of findTestStrings(content.text)) {
      if (result.testStrings.has(label)) continue
      const place = content.originalRange(start, end)
      result.testStrings.set(label, { label, start: offset + place.start, end: offset + place.end })
    }
  }
  return read
}
