import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { AppError } from '../../base/errors.ts'
import { seededRandom } from '../../base/random.ts'
import type { Assessment, ClassifyRequest, Scores } from '../classifiers/classifier.ts'
import { LABELS } from '../taxonomy.ts'
import { survey } from './data/survey.ts'
import { harmScore } from './harm-score.ts'
import { judgeRows } from './judge-rows.ts'
import { misjudged } from './misjudged.ts'
import { type OpenClassifier, openClassifier } from './open-classifier.ts'
import { type ClassifierReport, classifierPage } from './report/classifier-page.ts'
import { curvesOf } from './report/curves.ts'
import { environment } from './report/environment.ts'
import { filesOf, robustnessPage } from './report/robustness-page.ts'
import { isPrompt, robustness } from './robustness.ts'
import { summarise } from './summary.ts'
import { TRANSFORMS } from './transforms.ts'

const dir = mkdtempSync(join(tmpdir(), 'evaluation-'))
afterAll(() => rmSync(dir, { recursive: true }))

const THRESHOLDS = { hate: 0.8, privacy: 0.3, general_harm: 0.5, jailbreak: 0.5 } as const

/** Answers with the scores that `say` reads out of the text. */
function scripted(say: (text: string, request: ClassifyRequest) => Scores): OpenClassifier {
  const covered = new Set(LABELS)
  return {
    classifier: {
      id: 'scripted@1',
      covers: { prompt: covered, completion: covered },
      classify: (request): Assessment => ({
        classifier: 'scripted@1',
        scores: say(request.segments.map(({ text }) => text).join(''), request),
        evidence: [],
        testString: false,
      }),
    },
    thresholds: { prompt: THRESHOLDS, completion: THRESHOLDS },
    close: async () => {},
  }
}

/** A text that says its own score. */
const scored = scripted((text) => ({ general_harm: Number(/score (\S+)/.exec(text)?.[1] ?? 0) }))

interface TestRow {
  readonly score: number
  readonly harmful: 0 | 1
  readonly kind?: string
  readonly category?: string
}

async function surveyed(rows: readonly TestRow[], name = 'rows.jsonl') {
  const path = join(dir, name)
  const lines = rows.map(({ score, ...rest }) =>
    JSON.stringify({ text: `secret score ${score}`, role: 'prompt', ...rest }),
  )
  writeFileSync(path, lines.join('\n'))
  return await survey(path, { random: seededRandom(1) })
}

async function reportOn(rows: readonly TestRow[], opened = scored) {
  const surveys = [await surveyed(rows)]
  const judged = await judgeRows(opened, surveys, { side: 'auto', clock: systemClock })
  const { classifier, thresholds } = opened
  const random = seededRandom(1)
  const summary = summarise({
    classifier: classifier.id,
    thresholds,
    side: 'auto',
    surveys,
    judged,
    resamples: 200,
    random,
  })
  const report: ClassifierReport = {
    ...summary,
    command: 'safelevel bench classifier --data <rows>',
    time: '2026-01-01T00:00:00.000Z',
    seed: 1,
    resamples: 200,
    environment: environment(),
  }
  return { report, judged, surveys }
}

const ROWS: readonly TestRow[] = [
  { score: 0.9, harmful: 1, kind: 'direct', category: 'one' },
  { score: 0.7, harmful: 0, kind: 'benign', category: 'two' },
  { score: 0.6, harmful: 1, kind: 'direct', category: 'one' },
  { score: 0.2, harmful: 1, kind: 'jailbreak', category: 'one' },
  { score: 0.1, harmful: 0, kind: 'borderline-benign', category: 'two' },
  { score: 0, harmful: 0, kind: 'benign', category: 'two' },
]

describe('harmScore', () => {
  it('is at least 0.5 exactly where a label reaches its threshold', () => {
    const probability = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 0.3, 0.5, 0.8, 1))
    const scores = fc.record(
      { hate: probability, privacy: probability, general_harm: probability },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(scores, (given) => {
        const assessment = { classifier: '', scores: given, evidence: [], testString: false }
        const { score, flagged } = harmScore(assessment, 'prompt', { prompt: THRESHOLDS, completion: {} })
        expect(score >= 0.5).toBe(flagged.length > 0)
        expect(score).toBeGreaterThanOrEqual(0)
        expect(score).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('grows with every score', () => {
    const below = { classifier: '', scores: { hate: 0.2, privacy: 0.1 }, evidence: [], testString: false }
    const above = { ...below, scores: { hate: 0.2, privacy: 0.2 } }
    const thresholds = { prompt: THRESHOLDS, completion: {} }
    expect(harmScore(above, 'prompt', thresholds).score).toBeGreaterThan(harmScore(below, 'prompt', thresholds).score)
  })

  it('ranks what asks for harm above what only asks in a suspicious way', () => {
    const scored = (scores: Scores) =>
      harmScore({ classifier: '', scores, evidence: [], testString: false }, 'prompt', {
        prompt: THRESHOLDS,
        completion: {},
      })
    expect(scored({ general_harm: 0.8 }).score).toBeGreaterThan(scored({ jailbreak: 0.95 }).score)
    expect(scored({ jailbreak: 0.95 }).score).toBeGreaterThan(scored({ jailbreak: 0.9 }).score)
    expect(scored({ jailbreak: 0.9 })).toMatchObject({ flagged: ['jailbreak'] })
    expect(scored({ jailbreak: 0.9 }).score).toBeGreaterThan(0.5)
    expect(scored({ jailbreak: 0.4 }).score).toBeGreaterThan(scored({ general_harm: 0.3 }).score)
  })

  it('takes the highest hazard for the probability where general harm is not covered', () => {
    const scores = { hate: 0.4, privacy: 0.6, jailbreak: 0.9 }
    const assessment = { classifier: '', scores, evidence: [], testString: false }
    expect(harmScore(assessment, 'prompt', { prompt: THRESHOLDS, completion: {} }).probability).toBe(0.6)
  })
})

describe('a run', () => {
  it('gives the figures that its rows give by hand', async () => {
    const { report } = await reportOn(ROWS)
    expect(report).toMatchObject({ rows: 6, harmful: 3, counts: { judged: 6, harmless: 3 } })
    expect(report.auprc).toBeCloseTo((1 + 2 / 3 + 3 / 4) / 3, 12)
    expect(report.auroc).toBeCloseTo(7 / 9, 12)
    expect(report.recall).toBeCloseTo(2 / 3, 12)
    expect(report.fpr).toBeCloseTo(1 / 3, 12)
    expect(report.f1).toBeCloseTo(2 / 3, 12)
    expect(report.recallAt1PercentFpr).toBeCloseTo(1 / 3, 12)
    expect(report.overRefusal.benign).toMatchObject({ count: 1, of: 2 })
    expect(report.overRefusal.borderlineBenign).toMatchObject({ count: 0, of: 1 })
    expect(report.calibration.rows).toBe(5) // without the jailbreak
    expect(report.perKind.map(({ kind }) => kind)).toEqual(['benign', 'borderline-benign', 'direct', 'jailbreak'])
    expect(report.perCategory).toMatchObject([
      { file: 'rows.jsonl', category: 'one', recall: { count: 2, of: 3 } },
      { file: 'rows.jsonl', category: 'two', falsePositives: { count: 1, of: 3 } },
    ])
    expect(report.perLabel.find(({ label }) => label === 'general_harm')).toMatchObject({ harmful: 2, harmless: 1 })
    expect(report.operatingPoints[0]).toMatchObject({ budget: 0.001, recall: { count: 1 } })
  })

  it('holds every estimate within its interval', async () => {
    const random = seededRandom(4)
    const rows = Array.from({ length: 300 }, (): TestRow => {
      const harmful = random() < 0.4 ? 1 : 0
      return { score: Math.min(0.99, 0.6 * random() + 0.3 * harmful), harmful }
    })
    const { report } = await reportOn(rows)
    for (const name of ['auprc', 'auroc', 'f1', 'recall', 'precision', 'fpr', 'recallAt1PercentFpr'] as const) {
      const [low, high] = report[`${name}Interval`] ?? [Number.NaN, Number.NaN]
      expect(low, name).toBeLessThanOrEqual(report[name] ?? Number.NaN)
      expect(high, name).toBeGreaterThanOrEqual(report[name] ?? Number.NaN)
    }
  })

  it('gives no figure that one class alone would make perfect', async () => {
    const { report } = await reportOn(ROWS.filter(({ harmful }) => harmful === 1))
    expect(report).toMatchObject({
      auprc: null,
      auprcInterval: null,
      auroc: null,
      fpr: null,
      recallAt1PercentFpr: null,
    })
    expect(report.recall).toBeCloseTo(2 / 3, 12)
    const harmless = await reportOn(ROWS.filter(({ harmful }) => harmful === 0))
    expect(harmless.report).toMatchObject({ auprc: null, f1: null, recall: null })
  })

  it('counts what could not be judged, and keeps it out of every figure', async () => {
    let asked = 0
    const failing = scripted((text) => {
      asked += 1
      if (asked % 3 === 0) throw new AppError('OVERLOADED', 'busy')
      return { general_harm: Number(/score (\S+)/.exec(text)?.[1]) }
    })
    const { report } = await reportOn(ROWS, failing)
    expect(report.counts).toMatchObject({ judged: 4, failed: { OVERLOADED: 2 } })
    expect(report.rows).toBe(4)
  })

  it('ends with the error when nothing can be judged', async () => {
    const down = scripted(() => {
      throw new AppError('CLASSIFIER_UNAVAILABLE', 'down')
    })
    await expect(reportOn(ROWS, down)).rejects.toMatchObject({ code: 'CLASSIFIER_UNAVAILABLE' })
  })

  it('ends early when told to, with what was judged', async () => {
    const stop = new AbortController()
    const surveys = [await surveyed(ROWS)]
    const onRow = (done: number) => (done === 2 ? stop.abort() : undefined)
    const judged = await judgeRows(scored, surveys, { side: 'auto', clock: systemClock, onRow, signal: stop.signal })
    expect(judged.interrupted).toBe(true)
    expect(judged.outcomes.size).toBe(2)
  })

  it('finds the rows misjudged worst again', async () => {
    const { judged, surveys } = await reportOn(ROWS)
    const found = await misjudged(judged.outcomes, surveys, 5)
    expect(found.missed.map(({ row }) => row.line)).toEqual([4])
    expect(found.overRefused.map(({ row }) => row.line)).toEqual([2])
    expect(found.missed[0]?.row.text).toContain('secret')
  })
})

describe('the page', () => {
  it('shows figures, never texts; escapes names; needs no network and no script', async () => {
    const hostile = '<script>alert(1)</script>"&\''
    const { report, judged } = await reportOn(ROWS.map((row) => ({ ...row, category: hostile, kind: hostile })))
    const html = classifierPage(report, curvesOf(judged.outcomes))
    expect(html).toContain('0.806') // AUPRC
    expect(html).toContain('&#60;script&#62;alert(1)&#60;/script&#62;')
    expect(html).not.toContain('<script')
    expect(html).not.toContain('secret')
    expect(html).not.toMatch(/(?:src|href)=|url\(|@import|NaN|undefined|Infinity/)
  })

  it('holds with one class, with one row and with none judged', async () => {
    for (const rows of [ROWS.slice(0, 1), ROWS.slice(5)]) {
      const { report, judged } = await reportOn(rows)
      expect(classifierPage(report, curvesOf(judged.outcomes))).not.toMatch(/NaN|undefined|Infinity/)
    }
  })
})

describe('robustness', () => {
  const run = async (opened: OpenClassifier, signal?: AbortSignal) => {
    const surveys = [await surveyed(ROWS, 'robust.jsonl')]
    expect(surveys.every(({ rows }) => rows === ROWS.length)).toBe(true)
    const options = { clock: systemClock, ...(signal === undefined ? {} : { signal }) }
    return { summary: await robustness(opened, surveys, options), surveys }
  }

  it('tells what each transform does to recall and to false positives', async () => {
    const { summary } = await run(
      scripted((text) => ({
        general_harm: Number(/secret score (\S+)/.exec(text)?.[1] ?? 0),
        jailbreak: text.includes('Ignore all previous') ? 0.9 : 0,
      })),
    )
    const named = (name: string) => summary.transforms.find((transform) => transform.name === name)
    expect(summary).toMatchObject({ harmful: 3, harmless: 3, failed: {}, interrupted: false })
    expect(summary.recall).toBeCloseTo(2 / 3, 12)
    expect(summary.transforms).toHaveLength(TRANSFORMS.length)
    expect(named('base64')).toMatchObject({ recall: { count: 0, of: 3 }, kept: { count: 0, of: 2 } })
    expect(named('two parts of a message')?.recall).toMatchObject({ count: 2, of: 3 })
    expect(named('ignore previous')).toMatchObject({
      recall: { count: 3, of: 3 },
      hazardRecall: { count: 2, of: 3 },
      falsePositives: { count: 3, of: 3 },
      hazardFalsePositives: { count: 1, of: 3 },
    })
    expect(summary.families.find(({ family }) => family === 'disguise')?.worst.recall).toBe(0)
  })

  it('judges completions under no transform', () => {
    const row = { line: 1, text: '', prompt: '', harmful: 1, category: '', kind: '' } as const
    expect([isPrompt({ ...row, role: 'prompt' }), isPrompt({ ...row, role: 'pair' })]).toEqual([true, false])
  })

  it('ends early when told to', async () => {
    const { summary } = await run(scored, AbortSignal.abort())
    expect(summary).toMatchObject({ interrupted: true, harmful: 0, recall: null })
  })

  it('fills a page without texts', async () => {
    const { summary, surveys } = await run(scored)
    const report = {
      ...summary,
      command: '<b>',
      time: '',
      seed: 1,
      environment: environment(),
      perFile: filesOf(surveys),
    }
    const html = robustnessPage(report)
    expect(html).toContain('Cyrillic look-alikes')
    expect(html).not.toContain('secret')
    expect(html).not.toMatch(/<script|(?:src|href)=|url\(|NaN|undefined|<b>/)
  })
})

describe('openClassifier', () => {
  it('opens the screen, with thresholds for both sides', async () => {
    const { classifier, thresholds, close } = await openClassifier('screen')
    expect(classifier.id).toMatch(/^linear-screen@/)
    expect(thresholds.prompt.general_harm).toBeGreaterThan(0)
    expect(thresholds.completion.general_harm).toBeGreaterThan(0)
    await close()
  })

  it('names what there is when asked for something else', async () => {
    for (const id of ['nonsense', 'constructor', '']) {
      await expect(openClassifier(id)).rejects.toMatchObject({
        code: 'REQUEST_INVALID',
        message: expect.stringContaining('screen'),
      })
    }
  })
})
