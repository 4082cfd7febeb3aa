import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ManualClock } from '../../../base/clock.ts'
import { seededIds } from '../../../base/ids.ts'
import { HAZARDS } from '../../taxonomy.ts'
import { GuardConfig } from '../remote/config.ts'
import { createGuard } from '../remote/create-guard.ts'
import { CONFIDENCE, isCovering } from './scheme.ts'
import { gapTable, mappingTable } from './table.ts'

const guide = readFileSync(new URL('../../../../docs/guide/classifiers.md', import.meta.url), 'utf8')

interface JsonSchema {
  readonly properties?: Record<string, JsonSchema>
  readonly oneOf?: JsonSchema[]
}
function keysOf({ properties = {}, oneOf = [] }: JsonSchema, prefix = ''): string[] {
  const own = Object.entries(properties).flatMap(([name, inner]) =>
    inner.properties ? keysOf(inner, `${prefix}${name}.`) : [`${prefix}${name}`],
  )
  return [...own, ...oneOf.flatMap((option) => keysOf(option, prefix))]
}

describe('docs/guide/classifiers.md', () => {
  it('shows the mapping and the gaps as they are', () => {
    expect(guide).toContain(mappingTable())
    expect(guide).toContain(gapTable())
  })

  it('states the weights of the relations', () => {
    for (const [sign, relation] of [
      ['=', 'equal'],
      ['⊃', 'contains'],
      ['(⊃)', 'reaches'],
      ['⊂', 'part'],
      ['∩', 'overlaps'],
    ] as const) {
      const { toLabel, fromLabel } = CONFIDENCE[relation]
      const row = guide.split('\n').find((line) => line.startsWith(`| ${sign} |`))
      expect(row).toContain(`| × ${toLabel} | × ${fromLabel} | ${isCovering(relation) ? 'yes' : 'no'} |`)
    }
  })

  it('has a row for every key of a guard and none for keys that are gone', () => {
    const rows = [...guide.matchAll(/^\| `([A-Za-z.]+)` \|[^|]*\|[^|]*\|$/gm)].map(([, name]) => name)
    const keys = new Set(keysOf(z.toJSONSchema(GuardConfig, { io: 'input' }) as JsonSchema))
    expect(new Set(rows.slice(rows.indexOf('id'), rows.indexOf('path') + 1))).toEqual(keys)
  })

  it('shows real defaults, and an example that is valid', () => {
    const example = /```json\n(\{\n {2}"id"[^`]*)```/.exec(guide)?.[1] ?? ''
    const config: Record<string, unknown> = GuardConfig.parse(JSON.parse(example))
    const flat = {
      ...config,
      ...Object.fromEntries(Object.entries(config.breaker as object).map(([k, v]) => [`breaker.${k}`, v])),
    }
    const shown = [...guide.matchAll(/^\| `([A-Za-z.]+)` \| `(\d[^`]*|true)` \|/gm)].filter(
      ([, name = '']) => name in flat,
    )
    expect(shown.length).toBe(14)
    for (const [, name = '', value] of shown)
      expect([name, String(flat[name as keyof typeof flat])]).toEqual([name, value])
  })

  it('says of each guard how many labels it judges and how many questions that takes', async () => {
    const counts: readonly (readonly [object, string, string])[] = [
      [{ kind: 'llama-guard', model: 'm' }, '1', '17 hazards'],
      [{ kind: 'qwen3guard', model: 'm' }, '1', '11 hazards, jailbreaks in prompts'],
      [
        { kind: 'granite-guardian', model: 'm', format: 'system' },
        '5, for prompts 6',
        '5 hazards, jailbreaks in prompts',
      ],
      [{ kind: 'shieldgemma', model: 'm' }, '3', '4 hazards'],
      [{ kind: 'openai-moderation' }, '1', '6 hazards'],
    ]
    for (const [more, questions, judges] of counts) {
      const config = GuardConfig.parse({ id: 'g', baseUrl: 'http://127.0.0.1', ...more })
      const guard = createGuard(config, undefined, seededIds(new ManualClock()))
      expect(guide).toMatch(new RegExp(`^\\| \`${config.kind}\` \\|.*\\| ${questions} \\| ${judges} \\|`, 'm'))
      expect(guard.covers.completion.size).toBe(Number.parseInt(judges, 10))
      expect([...guard.covers.completion].every((label) => HAZARDS.some((hazard) => hazard === label))).toBe(true)
      expect(guard.covers.prompt.size).toBe(guard.covers.completion.size + (judges.includes('jailbreaks') ? 1 : 0))
      await guard.close()
    }
  })
})
