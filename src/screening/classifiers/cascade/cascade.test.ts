import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Exchange } from '../../exchange/exchange.ts'
import type { Label } from '../../taxonomy.ts'
import { testString } from '../../test-string.ts'
import type { Assessment, Classifier, ClassifyRequest, Scores, Segment } from '../classifier.ts'
import { EncoderClassifier } from '../encoder/encoder-classifier.ts'
import { LinearScreen } from '../linear/linear-screen.ts'
import { Cascade } from './cascade.ts'
import type { CalibratedClassifier } from './scale.ts'

const ROOT = join(import.meta.dirname, '../../../..')
const LABELS = ['chemical', 'cyber_operations', 'general_harm', 'privacy'] as const
const SUSPICIOUS: Readonly<Record<string, Scores>> = {
  poison: { chemical: 0.7 },
  sugar: { chemical: 0.7 },
  exploit: { cyber_operations: 0.9 },
  address: { privacy: 0.8 },
}

/** A screen that goes by words: "sugar" looks to it like "poison", which only the encoder tells apart. */
class WordScreen implements CalibratedClassifier {
  readonly id = 'word-screen@0'
  readonly covers = { prompt: new Set<Label>(LABELS), completion: new Set<Label>(LABELS) }
  readonly thresholds = { prompt: thresholds(0.6), completion: thresholds(0.6) }
  asked = 0
  classify({ segments }: ClassifyRequest): Assessment {
    this.asked += 1
    const scores: Partial<Record<Label, number>> = {}
    for (const label of LABELS) scores[label] = 0.05
    const evidence: Assessment['evidence'][number][] = []
    for (const [index, { text }] of segments.entries()) {
      for (const [word, found] of Object.entries(SUSPICIOUS)) {
        const start = text.toLowerCase().indexOf(word)
        if (start < 0) continue
        Object.assign(scores, found)
        for (const label of LABELS) {
          const score = found[label]
          if (score !== undefined) evidence.push({ label, score, segment: index, start, end: start + word.length })
        }
      }
    }
    return { classifier: this.id, scores, evidence, testString: false }
  }
}
function thresholds(value: number) {
  return { chemical: value, cyber_operations: value, general_harm: value, privacy: value }
}

const segment = (text: string, changes: Partial<Segment> = {}): Segment => ({
  text,
  role: 'user',
  kind: 'text',
  source: '/0',
  offset: 0,
  ...changes,
})
const prompt = (...texts: string[]): ClassifyRequest => ({
  side: 'prompt',
  segments: texts.map((text) => segment(text)),
  exchange: { turns: [] },
})

let encoder: EncoderClassifier
let closed: EncoderClassifier
let screen: WordScreen
beforeAll(async () => {
  const dir = join(ROOT, 'test/vectors/encoder-tiny')
  ;[encoder, closed] = await Promise.all([
    EncoderClassifier.open(dir, { workers: 1, timeoutMs: 30_000 }),
    EncoderClassifier.open(dir, { workers: 1 }),
  ])
  await closed.close()
}, 60_000)
afterAll(() => encoder.close())
beforeEach(() => {
  screen = new WordScreen()
})

describe('Cascade', { timeout: 60_000 }, () => {
  it('answers at once when the screen finds nothing, and names the screen alone', () => {
    const cascade = new Cascade(screen, encoder)
    const assessment = cascade.classify(prompt('hello world'))
    if (assessment instanceof Promise) throw new Error('not at once')
    expect(assessment.classifier).toBe(`${cascade.id}:word-screen@0`)
    expect(Object.keys(assessment.scores).sort()).toEqual([...LABELS].sort())
    for (const label of LABELS) expect(assessment.scores[label]).toBeLessThan(cascade.thresholds.prompt[label] ?? 0)
    expect(screen.asked).toBe(1)
  })

  it('lets the encoder overrule the screen, both ways, and names both', async () => {
    const cascade = new Cascade(screen, encoder)
    const harmless = await cascade.classify(prompt('hello sugar world'))
    expect(harmless.scores.chemical).toBeLessThan(0.1)
    expect(harmless.classifier).toBe(`${cascade.id}:word-screen@0+${encoder.id}`)
    const harmful = await cascade.classify(prompt('hello poison world'))
    expect(harmful.scores.chemical).toBeGreaterThan(0.9)
    expect(harmful.scores.general_harm).toBeGreaterThan(0.9)
    expect(harmful.evidence[0]).toMatchObject({ segment: 0, start: 0, end: 18 })
  })

  it('keeps, on the encoder\u2019s scale, what only the screen can judge', async () => {
    const { scores } = await new Cascade(screen, encoder).classify(prompt('hello address'))
    expect(scores.privacy).toBeCloseTo(0.8, 5)
    expect(scores.chemical).toBeLessThan(0.1)
  })

  it('reads with the encoder only the part that is suspicious, and says where it stands', async () => {
    const text = `${'hello world. '.repeat(2_000)}poison ${'hello world. '.repeat(2_000)}`
    const { scores, evidence } = await new Cascade(screen, encoder).classify(prompt('hello', text))
    expect(scores.chemical).toBeGreaterThan(0.9)
    const found = evidence.find(({ label }) => label === 'chemical')
    expect(found?.segment).toBe(1)
    expect(text.slice(found?.start, found?.end)).toContain('poison')
    expect((found?.end ?? 0) - (found?.start ?? 0)).toBeLessThan(300)
  })

  it('keeps what the screen finds only in the whole', async () => {
    class WholeScreen extends WordScreen {
      override classify(request: ClassifyRequest): Assessment {
        const assessment = super.classify(request)
        const whole = (request.segments[0]?.text.length ?? 0) > 10_000
        return whole ? { ...assessment, scores: { ...assessment.scores, cyber_operations: 0.9 } } : assessment
      }
    }
    const cascade = new Cascade(new WholeScreen(), encoder)
    const { scores } = await cascade.classify(prompt('hello world. '.repeat(1_000)))
    expect(scores.cyber_operations).toBeGreaterThanOrEqual(cascade.thresholds.prompt.cyber_operations ?? 1)
  })

  it('reads every window in which part of what the screen found stands, though each looks harmless alone', async () => {
    class SpanScreen extends WordScreen {
      override classify(request: ClassifyRequest): Assessment {
        const assessment = super.classify(request)
        const span = /privet.*passport/s.exec(request.segments[0]?.text ?? '')
        if (span === null) return assessment
        const found = {
          label: 'cyber_operations' as const,
          score: 0.9,
          segment: 0,
          start: span.index,
          end: span.index + span[0].length,
        }
        return {
          ...assessment,
          scores: { ...assessment.scores, cyber_operations: 0.9 },
          evidence: [...assessment.evidence, found],
        }
      }
    }
    // no window of the encoder holds both ends; the sugar makes another window suspicious on its own
    const filler = 'hello world '.repeat(30)
    const text = `sugar ${filler} privet hello ${'x1 '.repeat(10)} ignore ${'y2 '.repeat(10)} passport ${filler}`
    const { scores } = await new Cascade(new SpanScreen(), encoder).classify(prompt(text))
    expect(scores.jailbreak).toBeGreaterThan(0.9)
  })

  it('lets the screen\u2019s word stand for what the encoder has no room to read', async () => {
    const text = 'hello sugar world and so on. '.repeat(5_000)
    const cascade = new Cascade(screen, encoder)
    const { scores, classifier } = await cascade.classify(prompt(text))
    expect(scores.chemical).toBeGreaterThanOrEqual(cascade.thresholds.prompt.chemical ?? 1)
    expect(classifier).toContain(encoder.id)
  })

  it('reads a disguise undone', async () => {
    const hidden = Buffer.from('hello world poison hello').toString('base64')
    const screened = LinearScreen.load(join(ROOT, 'assets/screen'))
    const always = new Cascade(screened, encoder, { encode: 'always' })
    const { scores } = await always.classify(prompt(`please decode this: ${hidden}`))
    expect(scores.chemical).toBeGreaterThan(0.9)
  })

  it('asks the encoder sooner when the band is widened', async () => {
    const nearby = prompt('hello address')
    expect((await new Cascade(new WordScreen(), encoder).classify(prompt('hello'))).classifier).not.toContain(
      encoder.id,
    )
    const wide = new Cascade(screen, encoder, { bandShift: -4 })
    expect((await wide.classify(prompt('hello'))).classifier).toContain(encoder.id)
    expect(wide.id).not.toBe(new Cascade(screen, encoder).id)
    expect((await wide.classify(nearby)).scores.privacy).toBeCloseTo(0.8, 5)
  })

  it('uses fitted thresholds for these very classifiers only', () => {
    const fitted = { prompt: { thresholds: { chemical: 0.2 } }, completion: { thresholds: {} } }
    const own = new Cascade(screen, encoder, { calibration: { screen: screen.id, encoder: encoder.id, ...fitted } })
    expect(own.calibrated).toBe(true)
    expect(own.thresholds.prompt.chemical).toBe(0.2)
    const other = new Cascade(screen, encoder, { calibration: { screen: 'other@1', encoder: encoder.id, ...fitted } })
    expect(other.calibrated).toBe(false)
    expect(other.thresholds.prompt.chemical).toBe(0.5)
  })

  it('reads everything when it is told to', async () => {
    const { scores, classifier } = await new Cascade(screen, encoder, { encode: 'always' }).classify(
      prompt('ignore hello'),
    )
    expect(scores.jailbreak).toBeGreaterThan(0.9)
    expect(classifier).toContain(encoder.id)
  })

  it('never leaves out a label that the screen covers, whatever the texts', async () => {
    const words = fc.constantFrom('hello', 'world', 'sugar', 'poison', 'exploit', 'address', '. ', 'x'.repeat(300))
    const texts = fc.array(
      fc.array(words, { maxLength: 80 }).map((w) => w.join(' ')),
      { minLength: 1, maxLength: 4 },
    )
    const cascade = new Cascade(screen, encoder)
    await fc.assert(
      fc.asyncProperty(texts, async (all) => {
        const { scores } = await cascade.classify(prompt(...all))
        for (const label of LABELS) expect(scores[label]).toBeGreaterThanOrEqual(0)
        const isFlagged = (scores.chemical ?? 0) >= 0.5
        // Where there is more than the encoder reads, the screen's word stands for the rest: sugar may be taken for poison.
        if (all.some((text) => /poison/.test(text))) expect(isFlagged).toBe(true)
        else if (!all.some((text) => /sugar/.test(text))) expect(isFlagged).toBe(false)
      }),
      { numRuns: 40 },
    )
  })

  it('keeps test strings at 1', async () => {
    const cascade = new Cascade(LinearScreen.load(join(ROOT, 'assets/screen')), encoder)
    const found = await cascade.classify(prompt(testString('hate')))
    expect(found.testString).toBe(true)
    expect(found.scores.hate).toBe(1)
    expect(found.evidence[0]).toMatchObject({ label: 'hate', score: 1 })
  })
})

describe('Cascade without its encoder', () => {
  const failures: unknown[] = []
  const onFailure = (_: string, error: unknown) => failures.push(error)

  it('falls back on the screen, flags what the screen flags, and says so', async () => {
    const cascade = new Cascade(screen, closed, { onFailure })
    const { scores, classifier } = await cascade.classify(prompt('hello poison'))
    expect(classifier).toBe(`${cascade.id}:word-screen@0+degraded`)
    expect(scores.chemical).toBeGreaterThanOrEqual(cascade.thresholds.prompt.chemical ?? 1)
    expect(failures).toEqual([expect.objectContaining({ code: 'SHUTTING_DOWN' })])
  })

  it('or leaves out what is in doubt, when it is told to', async () => {
    const cascade = new Cascade(screen, closed, { fallback: 'none' })
    const { scores, evidence } = await cascade.classify(prompt('hello poison'))
    expect(Object.keys(scores).sort()).toEqual(['cyber_operations', 'general_harm', 'privacy'])
    expect(evidence).toEqual([])
  })

  it('rejects when the request was aborted', async () => {
    const controller = new AbortController()
    const pending = new Cascade(screen, encoder).classify(prompt('exploit hello hello'), controller.signal)
    controller.abort(new Error('gone'))
    await expect(pending).rejects.toThrow('gone')
  })
})

describe('Cascade on a stream', { timeout: 60_000 }, () => {
  it('encodes once what successive windows share', async () => {
    const cascade = new Cascade(screen, encoder)
    const exchange: Exchange = { turns: [] }
    let encoded = 0
    const counting = new Proxy(encoder, {
      get(target, name) {
        if (name === 'score') {
          return (...args: Parameters<EncoderClassifier['score']>) => {
            encoded += args[1].length
            return target.score(...args)
          }
        }
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const counted = new Cascade(screen, counting)
    const text = 'hello sugar world, '.repeat(200)
    const windowChars = 64
    const overlap = 512
    let windows = 0
    for (let end = windowChars; end <= text.length; end += windowChars) {
      const offset = Math.max(0, end - windowChars - overlap)
      const window = segment(text.slice(offset, end), { role: 'assistant', source: 'choice 0 text', offset })
      const { scores } = await counted.classify({ side: 'completion', segments: [window], exchange })
      expect(scores.chemical).toBeLessThan(0.5)
      windows += 1
    }
    // one window of the model for each window of the stream, but for the first ones, which begin at 0
    expect(encoded).toBeLessThan(windows * 2 + 60)
    const last = segment(`${text.slice(-400)} poison`, {
      role: 'assistant',
      source: 'choice 0 text',
      offset: text.length - 400,
    })
    const { scores } = await counted.classify({ side: 'completion', segments: [last], exchange })
    expect(scores.chemical).toBeGreaterThan(0.9)
    expect(cascade.id).toBe(counted.id)
  })

  it('takes a window at offset 0 for another answer', async () => {
    const cascade = new Cascade(screen, encoder)
    const exchange: Exchange = { turns: [] }
    const answer = (text: string) => ({
      side: 'completion' as const,
      segments: [segment(text, { role: 'assistant' })],
      exchange,
    })
    await cascade.classify(answer('hello world hello world hello world'))
    expect((await cascade.classify(answer('poison hello'))).scores.chemical).toBeGreaterThan(0.9)
  })
})

describe('Cascade with a judge', { timeout: 60_000 }, () => {
  class Judge implements Classifier {
    readonly id = 'judge@1'
    readonly covers = { prompt: new Set<Label>(['privacy']), completion: new Set<Label>() }
    asked = 0
    readonly #answer: () => Scores
    constructor(answer: () => Scores) {
      this.#answer = answer
    }
    async classify(): Promise<Assessment> {
      this.asked += 1
      return { classifier: this.id, scores: this.#answer(), evidence: [], testString: false }
    }
  }

  it('asks it near the threshold and takes its word', async () => {
    const judge = new Judge(() => ({ privacy: 0.1 }))
    const cascade = new Cascade(screen, encoder, { judge, judgeShare: 1 })
    const { scores, classifier } = await cascade.classify(prompt('hello address'))
    expect(judge.asked).toBe(1)
    expect(scores.privacy).toBeLessThan(0.6)
    expect(classifier).toBe(`${cascade.id}:word-screen@0+${encoder.id}+judge@1`)
    await cascade.classify(prompt('hello poison'))
    expect(judge.asked).toBe(1)
  })

  it('does not need it', async () => {
    const failing = new Judge(() => {
      throw new Error('down')
    })
    const { scores, classifier } = await new Cascade(screen, encoder, { judge: failing, judgeShare: 1 }).classify(
      prompt('hello address'),
    )
    expect(scores.privacy).toBeCloseTo(0.8, 5)
    expect(classifier).toMatch(/\+judge-unavailable$/)
  })

  it('asks it for a share of all requests only', async () => {
    const judge = new Judge(() => ({ privacy: 0.1 }))
    const cascade = new Cascade(screen, encoder, { judge, judgeShare: 0.05 })
    for (let i = 0; i < 200; i++) await cascade.classify(prompt('hello address'))
    expect(judge.asked).toBeGreaterThan(8)
    expect(judge.asked).toBeLessThanOrEqual(8 + 0.05 * 200)
  })
})
