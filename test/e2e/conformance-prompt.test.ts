import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DialectId } from '../../src/gateway/dialects/dialect.ts'
import { LABELS, testString } from '../../src/screening/index.ts'
import { DIALECT_IDS, PATHS, post, simpleBody, verdictOf } from '../support/dialect-http.ts'
import { inParallel, plantings } from '../support/planting.ts'
import { promptCells } from '../support/prompt-cells.ts'
import { MODEL, type RunningApp, startApp } from '../support/running-app.ts'
import { jsonAnswer } from '../support/scripted-upstream.ts'

/** The prompt's side of the conformance matrix: wherever the test string stands in a request, nothing of the request reaches the model. */
const TEST = testString('cyber_operations')
const BENIGN = 'a calm sentence about bread'
let running: RunningApp
let reached: Set<string>

beforeAll(async () => {
  running = await startApp()
  reached = new Set()
  running.upstream.respond = (request) => {
    reached.add(request.headers['user-agent'] ?? '')
    return jsonAnswer({})
  }
})
afterAll(() => running[Symbol.asyncDispose]())

/** What came of a request: whether it reached the model, and what its sender was told. */
async function send(name: string, dialect: DialectId, body: unknown) {
  const answer = await post(running, PATHS[dialect], body, { headers: { 'user-agent': encodeURIComponent(name) } })
  const through = reached.delete(encodeURIComponent(name))
  running.upstream.requests.length = 0
  return { through, verdict: verdictOf(dialect, answer), status: answer.status, quoted: answer.text.includes(TEST) }
}

async function sweep(cells: Iterable<{ name: string; dialect: DialectId; body: unknown }>) {
  const found = { cells: 0, refused: 0, invalid: 0, escapes: [] as string[] }
  await inParallel(cells, 16, async ({ name, dialect, body }) => {
    found.cells++
    const { through, verdict, status, quoted } = await send(name, dialect, body)
    if (verdict === 'refused') found.refused++
    else if (status === 400 || status === 404) found.invalid++
    if (through || quoted || (verdict !== 'refused' && status !== 400 && status !== 404))
      found.escapes.push(`${name} -> ${status} ${verdict}`)
  })
  return found
}

describe('the matrix on the prompt side', () => {
  it('refuses the test string in every dialect × stream × n × role × part kind × turn position', async () => {
    const accepted = new Set<string>()
    const seen = new Map<string, { dialect: DialectId; body: Record<string, unknown> }>()
    for (const { dialect, role, kind, body } of promptCells())
      seen.set(`${dialect}|${role}|${kind}`, { dialect, body: body(BENIGN) })
    await inParallel(seen, 16, async ([combination, { dialect, body }]) => {
      if ((await send(`calm ${combination}`, dialect, body)).through) accepted.add(combination)
    })
    const cells = [...promptCells()].map(({ name, dialect, body }) => ({ name, dialect, body: body(TEST) }))
    const { escapes, ...counts } = await sweep(cells)
    process.stdout.write(
      `prompt matrix: ${JSON.stringify(counts)}, ${escapes.length} escapes; ${accepted.size} of ${seen.size} role × kind pairs exist in their dialect\n`,
    )
    expect(escapes).toEqual([])
    // A matrix that the gateway turned away for its form would prove nothing.
    expect(accepted.size).toBeGreaterThan(0.85 * seen.size)
    expect(counts.refused).toBeGreaterThan(0.85 * counts.cells)
  }, 120_000)

  it('refuses it at every place of real requests, keys and unknown members among them', async () => {
    const vectors: { cases: { dialect: DialectId; name: string; body: Record<string, never> }[] } = JSON.parse(
      readFileSync(new URL('../vectors/dialects/requests.json', import.meta.url), 'utf8'),
    )
    const bases = vectors.cases.map(({ dialect, name, body }) => ({ dialect, name, body: { ...body, model: MODEL } }))
    for (const { dialect, name, body } of bases)
      expect({ name, ...(await send(`base ${name}`, dialect, body)) }).toMatchObject({ through: true })
    function* cells() {
      for (const { dialect, name, body } of bases)
        for (const planting of plantings(body, TEST))
          yield { dialect, name: `${name}: ${planting.name}`, body: planting.body }
    }
    const { escapes, ...counts } = await sweep(cells())
    process.stdout.write(`prompt places: ${JSON.stringify(counts)}, ${escapes.length} escapes\n`)
    expect(escapes).toEqual([])
    expect(counts.refused).toBeGreaterThan(0.5 * counts.cells)
  }, 120_000)

  it('refuses the string of every label, in every dialect, plain and in escapes', async () => {
    const spellings = (text: string) => [
      text,
      [...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
    ]
    for (const dialect of DIALECT_IDS) {
      for (const label of LABELS) {
        for (const written of spellings(testString(label))) {
          const body = JSON.stringify(simpleBody(dialect, 'PLACE')).replace('PLACE', written)
          expect({ label, ...(await send(`${label} ${written.length}`, dialect, body)) }).toMatchObject({
            through: false,
            verdict: 'refused',
          })
        }
      }
    }
  })
})
