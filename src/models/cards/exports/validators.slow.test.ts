import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CardsWorld } from '../../../../test/support/cards-world.ts'
import { askPython, findPython } from '../../../../test/support/python-tools.ts'
import { storeKinds, type TestStore } from '../../../../test/support/stores.ts'
import type { DbHandle } from '../../../db/index.ts'
import type { CardVersion, ModelCard } from '../index.ts'

/** Loads the README as the hub's own library does, and takes its results through its types and back. */
const HUB = `
import json, sys
from huggingface_hub import ModelCard, repocard_data
card = ModelCard(sys.stdin.read())
data = card.data
results = data.eval_results or []
again = repocard_data.eval_results_to_model_index(data.model_name, results)
same = repocard_data.model_index_to_eval_results(again)[1]
print(json.dumps({
  'language': data.language, 'license': data.license, 'tags': data.tags, 'pipeline': data.pipeline_tag, 'name': data.model_name,
  'results': [[r.dataset_name, r.dataset_type, r.metric_type, r.metric_value, r.metric_args, r.task_type] for r in results],
  'round': [r.metric_value for r in same] == [r.metric_value for r in results],
  'text': card.text[:200], 'yaml': data.to_yaml(),
}))
`
/** The schema that the CycloneDX project publishes, strictly. */
const CYCLONE = `
import json, sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
validator = JsonStrictValidator(SchemaVersion.V1_6)
errors = [validator.validate_str(one) for one in json.load(sys.stdin)]
print(json.dumps([None if one is None else str(one)[:500] for one in errors]))
`

const python = findPython('exports of cards, read by the programs of others', [
  'huggingface_hub',
  'cyclonedx.validation.json',
  'jsonschema',
])

describe.skipIf(python === null)('exports that programs of others read', () => {
  const [kind] = storeKinds('card exports')
  let store: TestStore
  let handle: DbHandle
  let world: CardsWorld
  let card: ModelCard

  beforeAll(async () => {
    if (kind === undefined) throw new Error('no store')
    store = await kind.create()
    handle = await store.open()
    world = await CardsWorld.open(handle)
    await world.begin()
    card = await world.written()
  })
  afterAll(async () => {
    world[Symbol.dispose]()
    await handle.close()
    await store[Symbol.asyncDispose]()
  })

  const versionOf = async (of: ModelCard): Promise<CardVersion> => ({
    ...(await world.cards.save(JSON.stringify(of), { type: 'staff', id: 'per_1' })),
    number: 1,
  })
  const exported = async (of: ModelCard, format: 'hf' | 'cyclonedx', audience: 'public' | 'internal' = 'public') =>
    (await world.cards.export(await versionOf(of), format, audience)).body

  const validate = (...boms: string[]) => askPython(python ?? '', CYCLONE, JSON.stringify(boms))

  it('gives the hub’s loader every field and every result', async () => {
    const read = askPython(python ?? '', HUB, await exported(card, 'hf'))
    expect(read).toMatchObject({
      language: ['en', 'pt-BR'],
      license: 'apache-2.0',
      tags: ['safelevel-card'],
      pipeline: 'text-generation',
      name: 'Orca 2',
      round: true,
      results: [
        [
          'autonomy-1 helpful-only',
          'autonomy-1',
          'tasks-passed',
          0.25,
          { n: 4, lower: 0.25, upper: 0.25 },
          'text-generation',
        ],
        ['biology-1 helpful-only', 'biology-1', 'tries-passed', 0.1, { n: 40, level: 0.9 }, 'text-generation'],
      ],
      text: expect.stringContaining('# Orca 2: model card'),
    })
  })

  it('puts nothing of what people wrote into the metadata or the markup', async () => {
    const hostile = '---\nlicense: stolen\n---\n<script>alert(1)</script> [x](javascript:1) | `a` ![i](http://x)'
    const of = {
      ...card,
      identity: {
        ...card.identity,
        title: 'A: "b" # c --- {d}',
        licence: { id: 'Sea: licence\u00a0#1', name: null, url: null },
      },
      summary: hostile,
      limitations: [hostile],
    }
    const readme = await exported(of, 'hf')
    expect(askPython(python ?? '', HUB, readme)).toMatchObject({ license: 'other', name: 'A: "b" # c --- {d}' })
    expect(readme).not.toContain('<script>')
    expect(readme).not.toContain('[x](javascript:1)')
    expect(validate(await exported(of, 'cyclonedx'))).toEqual([null])
  })

  it('fits the schema of CycloneDX 1.6, with everything in it and with next to nothing', async () => {
    const bare = { ...(await world.cards.new('orca-2')), evaluations: [], reporting: [] }
    const withheld = {
      ...card,
      withheld: [{ path: '/evaluations/1', audience: 'authorities' as const, reason: 'it would teach how' }],
    }
    const bom = await exported(withheld, 'cyclonedx')
    expect(validate(await exported(card, 'cyclonedx'), await exported(bare, 'cyclonedx'), bom)).toEqual([
      null,
      null,
      null,
    ])
    expect(bom).not.toContain('tries passed')
    expect(bom).toContain('it would teach how')
  })

  it('is refused by that schema when a field is wrong, so that passing means something', async () => {
    const wrong = (await exported(card, 'cyclonedx')).replace('"machine-learning-model"', '"machine-learning"')
    expect(validate(wrong)).not.toEqual([null])
  })
})
