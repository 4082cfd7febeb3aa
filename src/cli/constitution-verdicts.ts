import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command } from 'commander'
import { z } from 'zod'
import { AppError } from '../base/errors.ts'
import {
  DATASET_FILES,
  DatasetReport,
  readManifest,
  reportPage,
  SpotVerdicts,
  VERDICTS_FILE,
  withVerdicts,
  writeFileOf,
} from '../refusal/constitution/index.ts'
import { KeptDataset } from '../refusal/records/index.ts'
import { connectServer } from './connect-server.ts'

const Page = z.object({ items: z.array(KeptDataset), next: z.string().nullable() })
const PATH = '/api/v1/refusal/datasets'

/** `safelevel constitution verdicts`: what people found of the records that were drawn for them, into the dataset's report. */
export function constitutionVerdicts(env: NodeJS.ProcessEnv): Command {
  return new Command('verdicts')
    .description(
      'fetch what people made of the records drawn for them; counted in the report, and what they rejected is not exported',
    )
    .argument('<dataset>', 'the folder that `generate --record` made')
    .option('--json', 'print one line of JSON')
    .action(async (dataset: string, options: { readonly json?: true }) => {
      const manifest = await readManifest(dataset)
      const report = await readReport(dataset)
      const client = await connectServer(env)
      const kept = await find(client, manifest.records.digest)
      const verdicts = await client.request('GET', `${PATH}/${kept}/spot-checks`, SpotVerdicts)
      const told = withVerdicts(report, verdicts)
      await writeFileOf(dataset, VERDICTS_FILE, `${JSON.stringify(verdicts, null, 2)}\n`)
      await writeFileOf(dataset, DATASET_FILES.report, `${JSON.stringify(told, null, 2)}\n`)
      await writeFileOf(dataset, DATASET_FILES.page, reportPage(manifest, told))
      const { drawn, judged, upheld, rejected } = told.spotChecks
      if (options.json) console.log(JSON.stringify(told.spotChecks))
      else console.log(`${judged} of ${drawn} records looked at: ${upheld} sound, ${rejected} rejected`)
    })
}

async function find(client: Awaited<ReturnType<typeof connectServer>>, digest: string): Promise<string> {
  let cursor: string | null = null
  do {
    const query: string = cursor === null ? '' : `?${new URLSearchParams({ cursor })}`
    const page: z.infer<typeof Page> = await client.request('GET', `${PATH}${query}`, Page)
    const found = page.items.find(({ head }) => head.records.digest === digest)
    if (found !== undefined) return found.id
    cursor = page.next
  } while (cursor !== null)
  throw new AppError('NOT_FOUND', 'the server keeps no such dataset: send it with `constitution generate … --record`')
}

async function readReport(dataset: string): Promise<DatasetReport> {
  const path = join(dataset, DATASET_FILES.report)
  let value: unknown
  try {
    value = JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw new AppError('REQUEST_INVALID', `${path} can't be read`, { cause })
  }
  const parsed = DatasetReport.safeParse(value)
  if (!parsed.success) throw new AppError('REQUEST_INVALID', `${path} is no report of a dataset`)
  return parsed.data
}
