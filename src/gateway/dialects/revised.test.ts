import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { simpleBody } from '../../../test/support/dialect-http.ts'
import type { JsonObject } from '../../base/json.ts'
import { SseDecoder } from '../sse.ts'
import type { RevisedAnswer, SpeakingDialectId } from './dialect.ts'
import { DIALECTS } from './index.ts'
import { joinTracks } from './tracks.ts'

const IDS: SpeakingDialectId[] = ['openai-chat', 'openai-completions', 'openai-responses', 'anthropic-messages']
const answer = (text: string): RevisedAnswer => ({
  ...{ decisionId: 'dec_1', clause: '5.2', text, createdSeconds: 5 },
  usage: { inputTokens: 3, outputTokens: 2 },
})

/** What a revised answer says is what the dialect's own readers read of it, whatever the words. */
describe.each(IDS)('revised answers of %s', (id) => {
  const dialect = DIALECTS[id]
  const request = dialect.decodeRequest(simpleBody(id, 'Hello', { stream: true }) as JsonObject)
  const { revised } = dialect
  if (revised === null) throw new Error('has none')
  const words = fc.string({ minLength: 1, maxLength: 200, unit: 'grapheme' })
  const ofKindText = (texts: readonly { kind: string; text: string }[]) =>
    texts
      .filter(({ kind }) => kind === 'text')
      .map(({ text }) => text)
      .join('')

  it('say their words whole, with usage', () => {
    fc.assert(
      fc.property(words, (text) => {
        const read = dialect.decodeCompletion(revised.whole(answer(text), request))
        expect([ofKindText(read.texts), read.upstreamRefusal, read.media]).toEqual([text, false, []])
        expect(read.usage).toEqual({ inputTokens: 3, outputTokens: 2 })
      }),
    )
  })

  it('say them streamed, and end', () => {
    fc.assert(
      fc.property(words, (text) => {
        const decoder = new SseDecoder({ maxEventChars: 1e6 })
        const events = [...decoder.push(Buffer.from(revised.stream(answer(text), request))), ...decoder.end()]
        const reader = dialect.createStreamReader()
        const steps = events.map((event) => reader.read(event))
        expect(ofKindText(joinTracks(steps.flatMap(({ texts }) => texts)))).toBe(text)
        expect(steps.map(({ done }) => done)).toEqual([...steps.slice(1).map(() => false), true])
        expect(steps.some(({ upstreamRefusal }) => upstreamRefusal)).toBe(false)
        for (const event of events) reader.release(event)
        expect(reader.cut({ ...answer(text), side: 'completion', label: 'hate', explanation: '' }, request)).toBe('')
      }),
    )
  })
})
