import { DatasetManifest, DatasetRecord } from '../../constitution/index.ts'
import { KeptDataset } from '../schema.ts'
import { brief, type Form, type FoundBy, parseLine, type RowReader, sameCount } from './form.ts'

export const datasetForm: Form = {
  kind: 'dataset',
  read(value) {
    const head = parseLine(DatasetManifest, value, 1)
    return {
      head,
      about: { checkpoint: null, fixture: head.isSandbox, madeAt: null },
      rowsDigest: head.records.digest,
      rows: reader(head),
      kept: (common) => KeptDataset.parse({ kind: 'dataset', ...common, head }),
    }
  },
}

function reader({ records }: DatasetManifest): RowReader {
  const counts = { harmful: 0, helpful: 0 }
  let failed = 0
  return {
    row(value, line) {
      const row = parseLine(DatasetRecord, value, line)
      counts[row.prompt.kind] += 1
      if (row.flags.some(({ flag }) => flag === 'failed')) failed += 1
      return noteOf(row)
    },
    end() {
      sameCount('records', records.count, counts.harmful + counts.helpful)
      sameCount('harmful prompts', records.harmful, counts.harmful)
      sameCount('failed records', records.failed, failed)
    },
  }
}

function noteOf({ id, prompt, flags, dropped, spotCheck }: DatasetRecord): FoundBy {
  const uses = (['sft', 'preference'] as const).filter((use) => dropped[use].length === 0)
  const names = new Set<string>(flags.map(({ flag }) => flag))
  if (spotCheck) names.add('spot_check')
  return {
    name: brief(id) ?? '',
    part: brief(prompt.source),
    kind: prompt.kind,
    category: brief(prompt.category),
    outcome: uses.length === 0 ? 'dropped' : uses.length === 2 ? 'both' : (uses[0] ?? null),
    flags: [...names],
  }
}
