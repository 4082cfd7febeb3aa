import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PATHS, post, SPEAKING_IDS, simpleBody } from '../support/dialect-http.ts'
import { CALM, FallibleScreen, say, sayWhole, TEST } from '../support/invariants.ts'
import { type RunningApp, startApp } from '../support/running-app.ts'
import { bytesAnswer, EVENT_STREAM, jsonAnswer } from '../support/scripted-upstream.ts'

const screen = new FallibleScreen()
let running: RunningApp

beforeAll(async () => {
  running = await startApp({ classifier: screen })
})
afterAll(() => running[Symbol.asyncDispose]())

describe('7: evidence apart from content', () => {
  it('keeps no prompt, answer, end user or key in ledger, database, logs or metrics', async () => {
    const marker = 'zqxMARKERvwk'
    for (const dialect of SPEAKING_IDS) {
      for (const stream of [false, true]) {
        const rest = {
          stream,
          metadata: { user_id: `${marker}user`, [marker]: marker },
          ...(dialect === 'openai-chat' ? { user: `${marker}user`, stop: [marker] } : {}),
        }
        running.upstream.respond = stream ? say(dialect, `${CALM}${marker}`) : sayWhole(dialect, marker)
        for (const text of [marker, `${marker} ${TEST}`])
          await post(running, PATHS[dialect], simpleBody(dialect, text, rest))
        running.upstream.respond = stream
          ? say(dialect, `${marker} ${TEST} ${marker}`)
          : sayWhole(dialect, `${marker}${TEST}`)
        await post(running, PATHS[dialect], simpleBody(dialect, marker, rest))
        running.upstream.respond = () => jsonAnswer({ error: { message: marker } }, stream ? 400 : 500)
        await post(running, PATHS[dialect], simpleBody(dialect, marker, rest))
        running.upstream.respond = () =>
          bytesAnswer(
            [Buffer.from(`data: {"${marker}`)],
            stream ? EVENT_STREAM : { 'content-type': 'application/json' },
          )
        await post(running, PATHS[dialect], simpleBody(dialect, marker, rest))
        running.upstream.respond = () => Promise.reject(new Error('a defect'))
        await post(running, PATHS[dialect], simpleBody(dialect, marker, rest))
      }
      screen.failure = { side: 'prompt', how: 'throw', after: 0 }
      await post(running, PATHS[dialect], simpleBody(dialect, marker))
      screen.failure = null
      for (const bad of [
        `{"${marker}":`,
        simpleBody(dialect, marker, { model: marker }),
        simpleBody(dialect, marker, { stream: marker }),
      ])
        await post(running, PATHS[dialect], bad)
      await post(running, `/v1/${marker}`, {}, { headers: { authorization: `Bearer ${marker}` } })
    }
    await post(running, '/v1/moderations', { input: [marker, `${marker} ${TEST}`] })
    await sleep(300) // checkpoints and housekeeping
    const metrics = await running.app.metrics.registry.metrics()
    const secrets = [marker, marker.toLowerCase(), running.key, running.key.slice(8)]
    for (const secret of secrets) {
      expect(running.logText()).not.toContain(secret)
      expect(metrics).not.toContain(secret)
    }
    let files = 0
    for await (const { name, bytes } of running.storedFiles()) {
      files++
      for (const secret of secrets) expect([name, bytes.includes(secret)]).toEqual([name, false])
    }
    expect(files).toBeGreaterThan(10)
    expect(running.logText()).not.toBe('')
  })
})
