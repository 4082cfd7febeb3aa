import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SpeakingDialectId as DialectId } from '../../src/gateway/dialects/dialect.ts'
import { encodeSse } from '../../src/gateway/sse.ts'
import { testString } from '../../src/screening/index.ts'
import { PATHS, post, SPEAKING_IDS, simpleBody, verdictOf } from '../support/dialect-http.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'
import { runs } from '../support/runs.ts'
import { bytesAnswer, EVENT_STREAM, sseAnswer } from '../support/scripted-upstream.ts'
import { shownText, textStream } from '../support/text-streams.ts'

/** What a client sees of the test string in a streamed answer, however the stream is cut into deltas and bytes. */
const TEST = testString('cyber_operations')
const BEFORE = 'Brød is made of flour, wåter and time 🍞. '.repeat(12)
const AFTER = ' Let it rest under a cloth.'.repeat(20)
const SURROGATES = /[\ud800-\udfff]/g
const MODES = ['hold', 'whole', 'tail'] as const
type Mode = (typeof MODES)[number]
let running: RunningApp

beforeAll(async () => {
  running = await startApp()
})
afterAll(() => running[Symbol.asyncDispose]())

/** The mode is read as each stream begins. */
async function relayed(mode: Mode, dialect: DialectId, answer: () => ReturnType<typeof bytesAnswer>) {
  running.app.config.streaming.mode = mode
  running.upstream.respond = answer
  const answered = await post(running, PATHS[dialect], simpleBody(dialect, 'Hello.', { stream: true }))
  return { shown: await shownText(dialect, answered.text), text: answered.text, verdict: verdictOf(dialect, answered) }
}

function expectNothingLeaked(
  mode: Mode,
  { shown, text, verdict }: Awaited<ReturnType<typeof relayed>>,
  before: string,
) {
  expect(verdict).toBe('refused')
  expect(text).not.toContain(TEST.slice(0, 8))
  if (mode === 'whole') expect(shown).toBe('')
  // What was shown ends before the string begins: not even its first letter left.
  else expect(before.startsWith(shown)).toBe(true)
}

describe('the test string in a streamed answer', () => {
  it.each(['hold', 'whole'] as const)(
    'shows nothing of it in %s, split at every one of its characters',
    async (mode) => {
      for (const dialect of SPEAKING_IDS) {
        for (let at = 0; at <= TEST.length; at++) {
          const pieces = [BEFORE + TEST.slice(0, at), TEST.slice(at) + AFTER].filter((piece) => piece !== '')
          expectNothingLeaked(
            mode,
            await relayed(mode, dialect, () => sseAnswer([...textStream(dialect, pieces)])),
            BEFORE,
          )
        }
        for (const pieces of [[...BEFORE, ...TEST, ...AFTER], [...BEFORE, ...TEST], [...TEST], [TEST]]) {
          const before = pieces[0] === TEST[0] || pieces[0] === TEST ? '' : BEFORE
          expectNothingLeaked(
            mode,
            await relayed(mode, dialect, () => sseAnswer([...textStream(dialect, pieces)])),
            before,
          )
        }
      }
    },
  )

  it('shows nothing of it however deltas, UTF-8 and frames are cut, with LF or CRLF', async () => {
    const chunks = fc.oneof(
      fc.constant([1]),
      fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 12 }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...SPEAKING_IDS),
        fc.constantFrom('hold' as const, 'whole' as const),
        chunks,
        chunks,
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.nat(BEFORE.length),
        async (dialect, mode, deltas, bytes, lineBreak, from) => {
          const before = BEFORE.slice(0, from).toWellFormed()
          const text = [
            ...textStream(
              dialect,
              cut(before + TEST + AFTER, deltas).map((piece) => piece.toWellFormed()),
            ),
          ]
            .map((event) => encodeSse(event))
            .join('')
            .replaceAll('\n', lineBreak)
          const raw = Buffer.from(text)
          const { shown, ...rest } = await relayed(mode, dialect, () => bytesAnswer(slices(raw, bytes), EVENT_STREAM))
          // A delta cut through a surrogate pair shows two replacement characters instead.
          const readable = before.replaceAll(/\ufffd|[^\u0000-\uffff]/gu, '')
          expectNothingLeaked(mode, { shown: shown.replaceAll(/\ufffd|[^\u0000-\uffff]/gu, ''), ...rest }, readable)
        },
      ),
      { numRuns: Number(process.env.SAFELEVEL_FUZZ_RUNS ?? runs(120)) },
    )
  }, 120_000)

  it('leaks in tail what the guide says and no more', async () => {
    const { windowChars } = running.app.config.streaming
    let most = 0
    for (const dialect of SPEAKING_IDS) {
      for (const size of [1, 7, 40]) {
        const before = BEFORE.replaceAll(SURROGATES, '')
        const text = before + TEST + AFTER
        const answered = await relayed('tail', dialect, () => sseAnswer([...textStream(dialect, cut(text, [size]))]))
        const beyond = answered.shown.length - (before.length + TEST.length)
        most = Math.max(most, beyond - size)
        expect(answered.verdict).toBe('refused')
        expect(beyond).toBeLessThanOrEqual(windowChars + size)
      }
    }
    process.stdout.write(
      `tail: at most ${most} characters beyond the string and the event that ended it (bound ${windowChars})\n`,
    )
  })

  it('waits for the first characters as long as the mode says', async () => {
    const text = BEFORE.replaceAll(SURROGATES, '') + AFTER
    const delays: Record<string, number> = {}
    for (const mode of MODES) {
      let sent = 0
      running.app.config.streaming.mode = mode
      running.upstream.respond = () =>
        bytesAnswer(
          slowly(text, (chars) => {
            sent = chars
          }),
          EVENT_STREAM,
        )
      const response = await fetch(running.url + PATHS['openai-chat'], {
        method: 'POST',
        headers: { authorization: `Bearer ${running.key}` },
        body: JSON.stringify(simpleBody('openai-chat', 'Hello.', { stream: true })),
      })
      let seen = ''
      for await (const piece of response.body ?? []) {
        seen += Buffer.from(piece).toString('utf8')
        if (
          delays[mode] === undefined &&
          (await shownText('openai-chat', seen.slice(0, seen.lastIndexOf('\n\n') + 2))) !== ''
        )
          delays[mode] = sent
      }
    }
    process.stdout.write(
      `first characters shown once the model had said: ${JSON.stringify(delays)} of ${text.length} characters\n`,
    )
    const { windowChars, holdBackChars } = running.app.config.streaming
    expect(delays.tail).toBeLessThanOrEqual(32)
    expect(delays.hold).toBeGreaterThanOrEqual(holdBackChars)
    expect(delays.hold).toBeLessThanOrEqual(holdBackChars + 2 * windowChars + 32)
    expect(delays.whole).toBe(text.length)
  })
})

/** Eight characters at a time, with time in between for them to be judged and shown. */
async function* slowly(text: string, said: (chars: number) => void): AsyncGenerator<Uint8Array> {
  let chars = 0
  for (const event of textStream('openai-chat', cut(text, [8]))) {
    yield Buffer.from(encodeSse(event))
    chars = Math.min(
      text.length,
      chars + (event.data.includes('"content":"') && !event.data.includes('"content":""') ? 8 : 0),
    )
    said(chars)
    await sleep(4)
  }
}

function cut(text: string, sizes: readonly number[]): string[] {
  const pieces: string[] = []
  for (let at = 0, i = 0; at < text.length; i++) {
    const size = sizes[i % sizes.length] ?? 1
    pieces.push(text.slice(at, at + size))
    at += size
  }
  return pieces
}

function* slices(bytes: Buffer, sizes: readonly number[]): Generator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1
    yield bytes.subarray(at, at + size)
    at += size
  }
}
