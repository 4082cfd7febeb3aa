import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { judgeSuite, totalsOf } from '../verdict/index.ts'
import { importLog } from './index.ts'
import { jsonMembers } from './json-members.ts'

const VECTORS = new URL('../../../../test/vectors/models/inspect/', import.meta.url)
const options = { passAt: 1, scorer: null }
const none = { family: null, passed: 0, failed: 0, refused: 0, errored: 0, unscored: 0 }
let dir: string
let files = 0

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'safelevel-import-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

function file(content: string | Buffer): string {
  const path = join(dir, `log-${files++}`)
  writeFileSync(path, content)
  return path
}
const read = (content: string | Buffer, over = {}) => importLog(file(content), { ...options, ...over })
const codes = (log: { flags: readonly { code: string }[] }) => log.flags.map(({ code }) => code).toSorted()

/** A zip file as `.eval` logs are, by method 0, 8 or 93. */
function zip(entries: Record<string, unknown>, method = 8): Buffer {
  const parts: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const [name, value] of Object.entries(entries)) {
    const raw = Buffer.from(JSON.stringify(value))
    const packed = method === 0 ? raw : method === 8 ? deflateRawSync(raw) : zstdCompressSync(raw)
    const local = Buffer.alloc(30)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(method, 8)
    local.writeUInt32LE(packed.length, 18)
    local.writeUInt32LE(raw.length, 22)
    local.writeUInt16LE(name.length, 26)
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50, 0)
    central.writeUInt16LE(method, 10)
    central.writeUInt32LE(packed.length, 20)
    central.writeUInt32LE(raw.length, 24)
    central.writeUInt16LE(name.length, 28)
    central.writeUInt32LE(at, 42)
    parts.push(local, Buffer.from(name), packed)
    directory.push(central, Buffer.from(name))
    at += 30 + name.length + packed.length
  }
  const all = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Object.keys(entries).length, 10)
  end.writeUInt32LE(all.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...parts, all, end])
}

const sample = (id: string, epoch: number, value: unknown, more = {}) => ({
  id,
  epoch,
  scores: { match: { value, history: [] } },
  ...more,
})
const header = (more = {}) => ({
  status: 'success',
  eval: { created: '2026-02-01T00:00:00+00:00', model: 'mock', config: {}, dataset: { samples: 2 } },
  results: { total_samples: 2, scores: [] },
  ...more,
})
const inspect = (more = {}, samples = [sample('a', 1, 'C'), sample('b', 1, 'I')]) =>
  JSON.stringify({ version: 2, ...header(more), samples })

describe.each(['0.3.285', '0.3.100'])('logs of inspect_ai %s', (version) => {
  const load = (name: string) => importLog(new URL(`${version}/${name}`, VECTORS).pathname, options)

  it('come to what a count by hand comes to', async () => {
    const log = await load('autonomy-eval.eval')
    expect(log).toMatchObject({ format: 'inspect-eval', triedModel: 'mockllm/model', flags: [] })
    expect(Date.parse(log.beganAt ?? '')).toBeGreaterThan(Date.UTC(2026, 0, 1))
    expect(log.tallies.toSorted((a, b) => a.task.localeCompare(b.task))).toEqual([
      { ...none, task: 't0', family: 'f0', failed: 10 },
      { ...none, task: 't1', family: 'f1', failed: 10 },
      { ...none, task: 't2', family: 'f0', failed: 10 },
      { ...none, task: 't3', family: 'f1', failed: 7, passed: 3 },
    ])
    const suite = { rule: { kind: 'autonomy', line: 0.5, tries: 10 }, tasks: null, count: 4 } as const
    expect(judgeSuite(suite, log.tallies)).toMatchObject({ verdict: 'BELOW', lower: 0.25, upper: 0.25 })
  })

  it('are read as JSON too', async () => {
    const log = await load('autonomy-json.json')
    expect(log).toMatchObject({ format: 'inspect-json', flags: [] })
    expect(totalsOf(log.tallies)).toMatchObject({ tasks: 4, tries: 8, failed: 8 })
  })

  it('lose no try that failed by error or has no score', async () => {
    const totals = totalsOf((await load('faulty.eval')).tallies)
    expect(totals).toMatchObject({ tries: 8, passed: 0, failed: 6, errored: 1 })
    // The older version has no way of giving no score: its scorer gives the word for no answer.
    expect(totals.refused + totals.unscored).toBe(1)
  })

  it('are flagged when the run failed or was limited', async () => {
    expect(codes(await load('failed.eval'))).toContain('status')
    expect(codes(await load('limited.eval'))).toEqual(['limited'])
  })
})

describe('an Inspect log', () => {
  it.each([
    ['in order', {}, []],
    ['not ended', { status: 'started' }, ['status']],
    ['invalidated', { invalidated: true }, ['invalidated']],
    ['edited', { log_updates: [{}] }, ['edited']],
    ['of changed code', { eval: { ...header().eval, revision: { dirty: true } } }, ['dirty_revision']],
    ['with samples missing', { results: { total_samples: 3 } }, ['missing_samples']],
    ['whose mean was edited', means(0.1), ['aggregate_differs']],
    ['whose mean is right', means(0.5), []],
  ])('%s', async (_, more, expected) => {
    expect(codes(await read(inspect(more)))).toEqual(expected)
    const entries = {
      'header.json': header(more),
      'samples/a.json': sample('a', 1, 'C'),
      'samples/b.json': sample('b', 1, 'I'),
    }
    for (const method of [0, 8, 93]) expect(codes(await read(zip(entries, method)))).toEqual(expected)
  })

  it('counts a success whatever else happened to it, and nothing else as a failure but a failure', async () => {
    const samples = [
      sample('a', 1, 'C', { error: { message: 'x' } }),
      sample('b', 1, 'I', { error: { message: 'x' } }),
      sample('c', 1, 'I', { limit: { type: 'token' } }),
      sample('d', 1, 'I', { invalidation: { reason: 'x' } }),
      sample('e', 1, 'N'),
      sample('f', 1, 'I', { output: { choices: [{ stop_reason: 'content_filter' }] } }),
      sample('g', 1, { a: 1 }),
      sample('h', 1, 0.99),
      sample('i', 1, true),
    ]
    const { tallies } = await read(inspect({ results: { total_samples: 9 } }, samples))
    const outcomes = tallies.map(({ task, family, ...counts }) => [
      task,
      Object.entries(counts).find(([, n]) => n === 1)?.[0],
    ])
    expect(outcomes).toEqual([
      ['a', 'passed'],
      ['b', 'errored'],
      ['c', 'errored'],
      ['d', 'errored'],
      ['e', 'refused'],
      ['f', 'refused'],
      ['g', 'unscored'],
      ['h', 'failed'],
      ['i', 'passed'],
    ])
  })

  it('is flagged for samples that come twice, and for scores that were edited', async () => {
    const twice = [sample('a', 1, 'I'), sample('a', 1, 'I')]
    expect(codes(await read(inspect({}, twice)))).toEqual(['duplicate_samples'])
    const edited = [
      sample('a', 1, 'I', { scores: { match: { value: 'I', history: [{ value: 'C' }] } } }),
      sample('b', 1, 'I'),
    ]
    expect(codes(await read(inspect({}, edited)))).toEqual(['edited'])
  })

  it('wants to know which of several scorers counts', async () => {
    const samples = ['C', 'I'].map((value, i) => ({
      id: `s${i}`,
      epoch: 1,
      scores: { one: { value }, other: { value: 'I' } },
    }))
    const log = JSON.stringify({ ...header(), samples })
    await expect(read(log)).rejects.toThrow('one, other')
    expect(totalsOf((await read(log, { scorer: 'one' })).tallies)).toMatchObject({ passed: 1, failed: 1 })
    expect(totalsOf((await read(log, { scorer: 'gone' })).tallies)).toMatchObject({ unscored: 2 })
  })

  it('may hold NaN, as Python writes it', async () => {
    const log = inspect().replace('"value":"I"', '"value":NaN,"note":"NaN \\" Infinity"')
    expect(totalsOf((await read(log)).tallies)).toMatchObject({ passed: 1, unscored: 1 })
  })
})

function means(value: number) {
  const scores = [{ name: 'match', metrics: { accuracy: { name: 'accuracy', value } } }]
  return { results: { total_samples: 2, scores } }
}

describe('lines of JSON', () => {
  it('are tries, with or without a header', async () => {
    const log = await read(
      [
        '{"header":{"began_at":"2026-02-01T00:00:00Z","model":"atlas-1","status":"success"}}',
        '{"task":"t1","passed":true,"error":"late"}',
        '{"task":"t1","score":0.2,"family":"f"}',
        '{"task":2,"refused":true,"passed":false}',
        '{"task":2,"error":"gone"}',
        '{"task":2}',
        '',
      ].join('\n'),
    )
    expect(log).toMatchObject({
      format: 'jsonl',
      beganAt: '2026-02-01T00:00:00.000Z',
      triedModel: 'atlas-1',
      flags: [],
    })
    expect(log.tallies).toEqual([
      { ...none, task: 't1', passed: 1, failed: 1 },
      { ...none, task: '2', refused: 1, errored: 1, unscored: 1 },
    ])
    expect(log.fileDigest).toMatch(/^[0-9a-f]{64}$/)
    expect(codes(await read('{"header":{"status":"crashed"}}\n'))).toEqual(['no_samples', 'status'])
  })
})

describe('Every Eval Ever', () => {
  const row = (more: object) =>
    JSON.stringify({
      ...{
        schema_version: '0.2.2',
        evaluation_id: 'toy/mock/1769904000',
        model_id: 'lab/mock',
        evaluation_name: 'toy',
      },
      ...{ sample_id: 's1', interaction_type: 'single_turn', evaluation: { score: 1, is_correct: true }, ...more },
    })

  it('gives instances; contradictions count as passed and are flagged', async () => {
    const log = await read(
      [
        row({}),
        row({ sample_id: 's2', evaluation: { score: 0, is_correct: false }, metadata: { family: 'f' } }),
        row({ sample_id: 's3', evaluation: { score: 0, is_correct: true } }),
        row({ sample_id: 's4', evaluation: { score: 0, is_correct: false }, error: 'refusal' }),
        row({ sample_id: 's5', evaluation: { score: 0, is_correct: false }, error: 'timeout' }),
      ].join('\n'),
    )
    expect(log).toMatchObject({
      format: 'every-eval-ever',
      beganAt: '2026-02-01T00:00:00.000Z',
      triedModel: 'lab/mock',
    })
    expect(codes(log)).toEqual(['contradictory_scores'])
    expect(totalsOf(log.tallies)).toMatchObject({ tries: 5, passed: 2, failed: 1, refused: 1, errored: 1 })
  })

  it('is refused where it has aggregates alone', async () => {
    const aggregate = { schema_version: '0.2.1', evaluation_id: 'x', evaluation_results: [] }
    await expect(read(JSON.stringify(aggregate))).rejects.toThrow('without their samples')
    await expect(read(JSON.stringify(aggregate, null, 2))).rejects.toThrow('without their samples')
    await expect(read(`${row({})}\n${row({ evaluation_name: 'other' })}`)).rejects.toThrow('--scorer')
  })
})

describe('a file that is none', () => {
  it.each([
    ['nothing', ''],
    ['no JSON', 'hello'],
    ['a list', '[1, 2]'],
    ['another object', '{"a": 1}'],
    ['cut off', inspect().slice(0, -10)],
    ['two objects', `${inspect()}${inspect()}`],
    ['a key twice', inspect().replace('{"version":2', '{"version":2,"status":"error"')],
    ['a sample that is none', inspect({}, [3 as never])],
    ['a header that is none', '{"eval":3,"samples":[]}'],
    ['a line that is no try', '{"task":"t","passed":true}\n{"other":1}'],
    ['bytes that are no text', Buffer.concat([Buffer.from('{"task":"t","passed":true}\n'), Buffer.of(0xff, 0xfe)])],
    ['a zip of other things', zip({ 'readme.json': 1 })],
    ['a zip that is cut off', zip({ 'header.json': header() }).subarray(0, 60)],
    ['a zip by another method', zip({ 'header.json': header() }, 99)],
    ['a zip whose sizes lie', lying()],
  ])('%s', async (_, content) => {
    await expect(read(content)).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
  })

  it('is refused whatever bytes of a good one are changed, or read', async () => {
    const good = zip({
      'header.json': header(),
      'samples/a.json': sample('a', 1, 'C'),
      'samples/b.json': sample('b', 1, 'I'),
    })
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 }), async (at, byte) => {
        const changed = Buffer.from(good)
        changed[at] = byte
        const log = await read(changed).catch((error) => error)
        if (log instanceof Error) expect(log).toMatchObject({ code: 'REQUEST_INVALID' })
        else expect(log.tallies.length).toBeGreaterThanOrEqual(0)
      }),
      { numRuns: 200 },
    )
  })
})

/** The central directory says that the entry unpacks to a few bytes, and it doesn't. */
function lying(): Buffer {
  const bytes = zip({ 'header.json': { fill: 'x'.repeat(10_000) } })
  bytes.writeUInt32LE(5, bytes.indexOf(Buffer.from('PK\x01\x02', 'latin1')) + 24)
  return bytes
}

describe('members of a large object', () => {
  const collect = async (text: string, size: number) => {
    const bytes = Buffer.from(text)
    async function* chunks() {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
    }
    const found: unknown[] = []
    for await (const { key, element, text: piece } of jsonMembers(chunks(), new Set(['s']), new Set(['skip']))) {
      found.push([key, element, JSON.parse(piece)])
    }
    return found
  }

  it('are what JSON.parse finds, wherever the chunks end', async () => {
    const object = fc.record({
      a: fc.jsonValue(),
      'k"\\': fc.jsonValue(),
      s: fc.array(fc.jsonValue()),
      skip: fc.jsonValue(),
    })
    await fc.assert(
      fc.asyncProperty(object, fc.integer({ min: 1, max: 9 }), fc.constantFrom(0, 2), async (value, size, indent) => {
        const parsed = JSON.parse(JSON.stringify(value))
        const expected = [
          ['a', false, parsed.a],
          ['k"\\', false, parsed['k"\\']],
          ...parsed.s.map((one: unknown) => ['s', true, one]),
        ]
        expect(await collect(JSON.stringify(value, null, indent), size)).toEqual(expected)
      }),
      { numRuns: 300 },
    )
  })
})

it('keeps what the vectors say of themselves', () => {
  expect(readFileSync(new URL('README.md', VECTORS), 'utf8')).toContain('inspect_ai==0.3.285')
})
