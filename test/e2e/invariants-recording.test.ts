import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AppError } from '../../src/base/errors.ts'
import type { LedgerEvent } from '../../src/ledger/index.ts'
import { PATHS, post, SPEAKING_IDS, simpleBody, verdictOf } from '../support/dialect-http.ts'
import { CALM, receive, say, sayWhole, TEST } from '../support/invariants.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'
import { StringScreen } from '../support/string-screen.ts'
import { shownText } from '../support/text-streams.ts'

let running: RunningApp

beforeAll(async () => {
  running = await startApp({ classifier: new StringScreen() })
})
afterAll(() => running[Symbol.asyncDispose]())

/** Holds back what the real ledger records, or has it fail, for events of one kind. */
function wrapLedger(kind: string, before: () => Promise<void>): Disposable {
  const { ledger } = running.app
  const append = ledger.append.bind(ledger)
  ledger.append = async (event: LedgerEvent) => {
    if (event.kind === kind) await before()
    return await append(event)
  }
  return { [Symbol.dispose]: () => void Object.assign(ledger, { append }) }
}

describe('3: recorded before released', () => {
  for (const dialect of SPEAKING_IDS) {
    for (const stream of [false, true]) {
      const how = `${dialect} ${stream ? 'streamed' : 'whole'}`
      const answers = {
        calm: stream ? say(dialect, CALM) : sayWhole(dialect, CALM),
        bad: stream ? say(dialect, `${CALM}${TEST}${CALM}`) : sayWhole(dialect, TEST),
      }

      it(`${how}: not a byte of a refusal, not the last byte of an answer, before the decision is durable`, async () => {
        for (const [prompt, answer, refused] of [
          [TEST, answers.calm, true],
          ['Hello.', answers.bad, !stream],
          ['Hello.', answers.calm, false],
        ] as const) {
          running.upstream.respond = answer
          const gate = Promise.withResolvers<void>()
          const reached = Promise.withResolvers<void>()
          using _ = wrapLedger('gateway.decision', () => {
            reached.resolve()
            return gate.promise
          })
          const { seen, done } = receive(running, dialect, prompt, stream)
          await reached.promise
          await sleep(30)
          if (refused || !stream) expect(seen).toEqual({ begun: false, ended: false, text: '', status: 0 })
          else expect([seen.ended, verdictOf(dialect, seen)]).toEqual([false, 'answered'])
          expect(seen.text).not.toMatch(/\[DONE\]|message_stop|response\.completed|response\.incomplete|refusal/)
          // nor anything by which a client knows that the answer is whole
          expect(seen.text).not.toMatch(/"finish_reason":"|"stop_reason":"/)
          gate.resolve()
          await done
          expect(seen).toMatchObject({ ended: true, status: 200 })
        }
      })

      it(`${how}: a ledger that fails gives 503 and nothing of the answer`, async () => {
        const fail = () => Promise.reject(new AppError('LEDGER_UNAVAILABLE', 'the ledger is sealed'))
        for (const [prompt, answer] of [
          [TEST, answers.calm],
          ['Hello.', answers.bad],
          ['Hello.', answers.calm],
        ] as const) {
          running.upstream.respond = answer
          using _decisions = wrapLedger('gateway.decision', fail)
          using _openings = wrapLedger('gateway.stream_opened', fail)
          const answered = await post(running, PATHS[dialect], simpleBody(dialect, prompt, { stream }))
          expect(answered.status).toBe(503)
          expect(answered.text).not.toMatch(/flour|SAFELEVE|refused under/)
          expect(answered.headers.get('retry-after')).not.toBeNull()
        }
      })

      if (stream) {
        it(`${how}: a stream whose decision can't be recorded ends with an error and without its end`, async () => {
          running.upstream.respond = answers.calm
          using _ = wrapLedger('gateway.decision', () =>
            Promise.reject(new AppError('LEDGER_UNAVAILABLE', 'the ledger is sealed')),
          )
          const answered = await post(running, PATHS[dialect], simpleBody(dialect, 'Hello.', { stream }))
          expect(verdictOf(dialect, answered)).toBe('error')
          expect(CALM.startsWith(await shownText(dialect, answered.text))).toBe(true)
          expect(answered.text).not.toMatch(/\[DONE\]|message_stop|response\.completed/)
        })
      }
    }
  }
})
