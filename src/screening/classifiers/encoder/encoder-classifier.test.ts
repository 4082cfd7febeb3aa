import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Exchange } from '../../exchange/exchange.ts'
import type { ClassifyRequest, Segment } from '../classifier.ts'
import { EncoderClassifier } from './encoder-classifier.ts'

const TINY = join(import.meta.dirname, '../../../../test/vectors/encoder-tiny')
const coded = (code: string) => expect.objectContaining({ code })
const segment = (text: string, changes: Partial<Segment> = {}): Segment => ({
  text,
  role: 'user',
  kind: 'text',
  source: '/0',
  offset: 0,
  ...changes,
})
const asked = (text: string): Exchange => ({
  turns: [{ role: 'user', parts: [{ kind: 'text', text, pointer: '/0' }] }],
})
const prompt = (...texts: string[]): ClassifyRequest => ({
  side: 'prompt',
  segments: texts.map((text) => segment(text)),
  exchange: { turns: [] },
})

let encoder: EncoderClassifier
beforeAll(async () => {
  encoder = await EncoderClassifier.open(TINY, { workers: 1, timeoutMs: 30_000 })
}, 60_000)
afterAll(() => encoder.close())

describe('EncoderClassifier', { timeout: 60_000 }, () => {
  it('covers the labels that it has an output and a calibration for, side by side', () => {
    expect([...encoder.covers.prompt].sort()).toEqual(['chemical', 'cyber_operations', 'general_harm', 'jailbreak'])
    expect([...encoder.covers.completion].sort()).toEqual(['chemical', 'general_harm'])
    expect(encoder.thresholds.completion).toEqual({ chemical: 0.5, general_harm: 0.5 })
    expect(encoder.id).toMatch(/^encoder-tiny@[0-9a-f]{16}$/)
  })

  it('scores a prompt and says which window carried it', async () => {
    const { scores, evidence, classifier } = await encoder.classify(
      prompt('hello', `${'hello world '.repeat(20)}poison`),
    )
    expect(scores.chemical).toBeGreaterThan(0.9)
    expect(scores.cyber_operations).toBeLessThan(0.1)
    const found = evidence.find(({ label }) => label === 'chemical')
    expect(found?.segment).toBe(1)
    expect(found?.end).toBe(246)
    expect(found?.start).toBeGreaterThan(50)
    expect(classifier).toBe(encoder.id)
  })

  it('finds what is split over the parts of a message', async () => {
    const { scores } = await encoder.classify(prompt('hello poi', 'son world'))
    expect(scores.chemical).toBeGreaterThan(0.9)
  })

  it('scores a completion, not the prompt that stands before it', async () => {
    const answer = (text: string, question: string) =>
      encoder.classify({
        side: 'completion',
        segments: [segment(text, { role: 'assistant' })],
        exchange: asked(question),
      })
    expect((await answer('hello world', 'poison')).scores.chemical).toBeLessThan(0.1)
    expect((await answer('poison', 'hello world')).scores.chemical).toBeGreaterThan(0.9)
    expect((await answer('poison', '')).scores.general_harm).toBeGreaterThan(0.9)
  })

  it('tells a refusal', async () => {
    expect(await encoder.refusal('sorry hello', asked('hello'))).toBeGreaterThan(0.9)
    expect(await encoder.refusal('hello', asked('sorry'))).toBeLessThan(0.1)
  })

  it('does not judge half of a text', async () => {
    await expect(encoder.classify(prompt('hello world. '.repeat(400)))).rejects.toEqual(coded('REQUEST_TOO_LARGE'))
    await expect(encoder.classify(prompt('x'.repeat(1e7)))).rejects.toEqual(coded('REQUEST_TOO_LARGE'))
  })

  it('judges an empty text', async () => {
    expect((await encoder.classify(prompt(''))).scores.chemical).toBeLessThan(0.1)
  })

  it('runs a window once, however often it comes', async () => {
    const [window] = encoder.windowsOf('prompt', 'exploit hello', { turns: [] })
    if (window === undefined) throw new Error('no window')
    const [first, second] = await encoder.score('prompt', [window, window])
    expect(first).toEqual(second)
    expect(first?.cyber_operations).toBeGreaterThan(0.9)
  })

  it('rejects with the reason of an abort', async () => {
    await expect(encoder.classify(prompt('poison world'), AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone')
  })
})

describe('EncoderClassifier.open', { timeout: 60_000 }, () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'encoder-'))
  })
  afterAll(() => rm(folder, { recursive: true }))
  const manifest = async () => JSON.parse(await readFile(join(TINY, 'manifest.json'), 'utf8'))

  it.each(['model.onnx', 'vocab.txt'])('refuses another %s than the manifest names', async (file) => {
    await cp(TINY, folder, { recursive: true })
    await writeFile(join(folder, file), 'something else')
    await expect(EncoderClassifier.open(folder)).rejects.toEqual(coded('VERIFICATION_FAILED'))
  })

  it.each([
    ['that is no JSON', () => '{'],
    ['without files', (m: Record<string, unknown>) => JSON.stringify({ ...m, files: [] })],
    [
      'with a label twice',
      (m: Record<string, unknown>) => JSON.stringify({ ...m, labels: Array(7).fill('prompt.chemical') }),
    ],
    ['without thresholds', (m: Record<string, unknown>) => JSON.stringify({ ...m, thresholds: {} })],
    ['with an unknown label', (m: Record<string, unknown>) => JSON.stringify({ ...m, labels: ['prompt.nothing'] })],
    [
      'with a file outside its folder',
      (m: Record<string, unknown>) =>
        JSON.stringify({ ...m, files: [{ name: '../model.onnx', sha256: '0'.repeat(64) }] }),
    ],
  ])('refuses a manifest %s', async (_, change) => {
    await cp(TINY, folder, { recursive: true })
    await writeFile(join(folder, 'manifest.json'), change(await manifest()))
    await expect(EncoderClassifier.open(folder)).rejects.toEqual(coded('CONFIG_INVALID'))
  })

  it('says when it is not installed', async () => {
    await expect(EncoderClassifier.open(join(folder, 'nowhere'))).rejects.toEqual(coded('CONFIG_INVALID'))
  })
})
