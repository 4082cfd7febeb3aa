import { createColors } from 'picocolors'
import {
  type Assessment,
  type ClassifyRequest,
  LABELS,
  type LinearScreen,
  type OpenClassifier,
} from '../screening/index.ts'

const BAR = 24
const SHOWN_LABELS = 6
const MAX_QUOTE = 160

/** An assessment for people: each label with a bar and its threshold, then where the score came from. */
export function renderAssessment(
  text: string,
  assessment: Assessment,
  allThresholds: OpenClassifier['thresholds'],
  screen: LinearScreen,
  side: ClassifyRequest['side'],
  colour: boolean,
): string {
  const paint = createColors(colour)
  const thresholds = allThresholds[side]
  const ranked = LABELS.flatMap((label) => {
    const score = assessment.scores[label]
    const threshold = thresholds[label]
    return score === undefined || threshold === undefined ? [] : [{ label, score, threshold }]
  }).sort((a, b) => b.score - b.threshold - (a.score - a.threshold) || b.score - a.score)
  const flagged = ranked.filter(({ score, threshold }) => score >= threshold)
  const lines = [
    flagged.length === 0
      ? `${paint.green('✓')} no label reaches its threshold`
      : `${paint.red('✗')} ${flagged.map(({ label }) => label).join(', ')}${assessment.testString ? ' (test string)' : ''}`,
    '',
  ]
  for (const { label, score, threshold } of ranked.slice(0, Math.max(SHOWN_LABELS, flagged.length))) {
    const line = `  ${label.padEnd(24)} ${bar(score, threshold)} ${score.toFixed(3)}  threshold ${threshold.toFixed(3)}`
    lines.push(score >= threshold ? paint.red(line) : line)
  }
  for (const { label } of flagged) {
    const evidence = assessment.evidence.find((item) => item.label === label)
    if (evidence) {
      lines.push('', `  ${label}, characters ${evidence.start}-${evidence.end}`)
      lines.push(`    ${paint.dim(quote(text.slice(evidence.start, evidence.end)))}`)
    }
    if (assessment.testString) continue
    const words = screen.explain(text, label, 8)
    if (words.length > 0)
      lines.push(`    words  ${words.map(({ word, weight }) => `${word} +${weight.toFixed(1)}`).join('  ')}`)
  }
  lines.push('', paint.dim(`  ${assessment.classifier}, judged as ${side}`))
  return lines.join('\n')
}

/** The share of the bar is the probability; the mark stands at the threshold. */
function bar(score: number, threshold: number): string {
  const filled = Math.round(score * BAR)
  const mark = Math.min(BAR - 1, Math.floor(threshold * BAR))
  return Array.from({ length: BAR }, (_, i) => (i === mark ? '|' : i < filled ? '█' : '·')).join('')
}

/** One line, without control characters that could play tricks on the terminal. */
function quote(text: string): string {
  const plain = text.replace(/[\p{C}\s]+/gu, ' ').trim()
  return plain.length > MAX_QUOTE ? `${plain.slice(0, MAX_QUOTE)}…` : plain
}
