import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OWN_CAMPAIGNS } from '../campaigns/registry.ts'
import { Draw } from '../draw.ts'
import { parseOverrides } from '../parameters.ts'
import { simulateFolder } from '../simulate-folder.ts'
import type { DetectingOf } from './detecting.ts'
import { openFolder } from './read-folder.ts'
import { runDetector } from './run.ts'
import { score } from './score.ts'

/** As little as a detector can be: risk is what somebody read within a day, in gigabytes. */
const counting: DetectingOf = (onPeak) => {
  const days = new Map<string, { day: number; read: number }>()
  return {
    observe: ({ person, kind, bytes, timeMs }) => {
      if (person === null || kind !== 'weights.read') return []
      const day = Math.floor(timeMs / 86_400_000)
      const before = days.get(person)
      const read = (before?.day === day ? before.read : 0) + bytes / 1e9
      days.set(person, { day, read })
      onPeak({ person, timeMs, risk: read, episode: `${person} ${day}` })
      return []
    },
  }
}

let root = ''
let dir = ''
/** A quiet place, so that it is quickly gone through. */
const overrides = parseOverrides({
  ...{ 'content.readsPerDay': 3, 'outside.commandsPerDay': 1, 'models.gigabytes': 8 },
  ...{ 'weights.servingRestarts': 0.02, 'weights.sittingsPerDay': 0.3 },
})
const kinds = OWN_CAMPAIGNS.filter((one) => one.longestDays <= 12)
const options = { people: 36, days: 21, seed: 2, kinds, campaigns: 3, overrides }
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'safelevel-score-'))
  dir = join(root, 'a')
  await simulateFolder({ ...options, out: dir })
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

async function scored(path: string) {
  const folder = openFolder(path)
  const run = await runDetector(folder, counting)
  const { refused, ...rest } = score(run, folder.manifest, { resamples: 50, seed: 1 })
  return { refused, rest }
}

/** The same folder with each file changed. */
function changed(name: string, change: (lines: string[]) => string[]): string {
  const copy = mkdtempSync(join(root, name))
  for (const file of readdirSync(dir)) {
    const text = readFileSync(join(dir, file), 'utf8')
    const lines = file.startsWith('activity-') ? change(text.split('\n').filter(Boolean)) : null
    writeFileSync(join(copy, file), lines === null ? text : lines.map((line) => `${line}\n`).join(''))
  }
  return copy
}

describe('a folder', () => {
  it('is written whole or not at all, the same for the same seed, and never over another one', async () => {
    const again = await simulateFolder({ ...options, out: join(root, 'b') })
    for (const file of readdirSync(dir))
      expect(readFileSync(join(root, 'b', file)).equals(readFileSync(join(dir, file)))).toBe(true)
    expect(again?.digest).toMatch(/^[0-9a-f]{64}$/)
    await expect(simulateFolder({ ...options, out: dir })).rejects.toThrow('is not empty')
    const stopped = await simulateFolder({ ...options, out: join(root, 'c'), isStopped: () => true })
    expect(stopped).toBeNull()
    expect(readdirSync(root).filter((name) => name.includes('c-') || name === 'c')).toEqual([])
  })

  it('gives the same score in any order within a day, with lines twice and with rubbish between', async () => {
    const clean = await scored(dir)
    expect(clean.refused).toEqual({ malformed: 0, duplicates: 0, late: 0 })
    const draw = new Draw(5)
    const dirty = await scored(
      changed('dirty', (lines) =>
        draw.shuffled([...lines, ...lines.slice(0, 7), '{"id":', 'null', '[1]', '{"id":"x","timeMs":-1}']),
      ),
    )
    expect(dirty.rest).toEqual(clean.rest)
    expect(dirty.refused.duplicates).toBeGreaterThanOrEqual(7)
    expect(dirty.refused.malformed).toBe(4 * openFolder(dir).files.length)
  })

  it.each([
    ['no manifest', { 'manifest.json': null }, 'no manifest.json'],
    ['another manifest', { 'manifest.json': '{"format":"other"}' }, 'manifest.json: '],
    ['no truth', { 'truth.jsonl': null }, 'no truth.jsonl'],
    ['a truth of another form', { 'truth.jsonl': '{"id":"c"}\n' }, 'line 1 is no campaign'],
  ])('is refused with %s', (_, files, says) => {
    const copy = changed('wrong', (lines) => lines)
    for (const [name, text] of Object.entries(files)) {
      if (text === null) rmSync(join(copy, name))
      else writeFileSync(join(copy, name), text)
    }
    expect(() => openFolder(copy)).toThrow(says)
  })

  it('is refused where there is none', () => {
    expect(() => openFolder(join(root, 'nowhere'))).toThrow('no manifest.json')
  })
})
