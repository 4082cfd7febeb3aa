import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command, Option } from 'commander'
import { AppError } from '../base/errors.ts'
import {
  ControlBoard,
  ControlView,
  gsnGraph,
  gsnMermaid,
  loadCatalogue,
  type OscalInput,
  oscalFiles,
} from '../controls/index.ts'
import { connectServer } from './connect-server.ts'
import type { OperatorClient } from './operator-client.ts'

interface ExportOptions {
  readonly oscal?: string
  readonly gsn?: string
  readonly profile?: string
  readonly overlay?: string
  readonly json?: true
}

/** `safelevel controls export`, of a running server. */
export function controlsExportCommand(env: NodeJS.ProcessEnv = process.env): Command {
  return new Command('export')
    .description('write catalogue, profiles and how the controls stand in forms that others’ tools read')
    .option('--oscal <dir>', 'OSCAL 1.2 into this folder, which must be empty or not there yet')
    .option(
      '--gsn <file>',
      'the argument as a graph in goal structuring notation: .json, or .mmd for Mermaid; must not be there yet',
    )
    .option('--profile <id>', 'the one in force, when left out')
    .option('--overlay <id>', 'on top of --profile')
    .addOption(new Option('--json', 'print JSON'))
    .action(async ({ oscal, gsn, profile, overlay, json }: ExportOptions) => {
      if (oscal === undefined && gsn === undefined)
        throw new AppError('REQUEST_INVALID', 'say what to write: --oscal DIR, --gsn FILE, or both')
      if (gsn !== undefined && !/\.(json|mmd)$/.test(gsn))
        throw new AppError('REQUEST_INVALID', 'the file of --gsn ends in .json or .mmd')
      if (oscal !== undefined) await requireEmpty(oscal)
      const input = await standingsOf(await connectServer(env), profile, overlay)
      const files = [
        ...(oscal === undefined ? [] : await writeOscal(oscal, input)),
        ...(gsn === undefined ? [] : [await write(gsn, graphText(gsn, input))]),
      ]
      if (json) console.log(JSON.stringify({ files }))
      else for (const file of files) console.log(file)
      if (!json && oscal !== undefined && !files.some((file) => file.includes('plan-of-action')))
        process.stderr.write('every control holds, so there is no plan of action\n')
    })
}

async function standingsOf(client: OperatorClient, profile?: string, overlay?: string): Promise<OscalInput> {
  const catalogue = loadCatalogue()
  if (profile === undefined && overlay !== undefined)
    throw new AppError('REQUEST_INVALID', '--overlay goes with --profile: name the profile that it comes on top of')
  const board = await client.request('GET', '/api/v1/controls', ControlBoard)
  const chosen = profile ?? board.profile
  const overlays = profile === undefined ? board.overlays : overlay === undefined ? [] : [overlay]
  const standings: ControlView[] = []
  for (const { id } of catalogue.in(chosen, ...overlays))
    standings.push(await client.request('GET', `/api/v1/controls/${id}`, ControlView))
  return {
    ...{ catalogue, profile: chosen, overlays, standings, system: await originOf(client) },
    ...{ lookedAt: board.lookedAt, at: new Date().toISOString() },
  }
}

async function writeOscal(folder: string, input: OscalInput): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  const written: string[] = []
  for (const { name, text } of oscalFiles(input)) written.push(await write(join(folder, name), text))
  return written
}

function graphText(file: string, input: OscalInput): string {
  const graph = gsnGraph(input)
  return file.endsWith('.mmd') ? gsnMermaid(graph) : `${JSON.stringify(graph, null, 2)}\n`
}

async function write(file: string, text: string): Promise<string> {
  await writeFile(file, text, { flag: 'wx' }).catch((cause: unknown) => {
    throw new AppError('CONFLICT', `${file} can’t be written, or is there already`, { cause })
  })
  return file
}

/** What the installation calls itself: the first line of its checkpoint. */
async function originOf(client: OperatorClient): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const bytes of client.download('GET', '/api/v1/ledger/checkpoint')) chunks.push(bytes)
  return Buffer.concat(chunks).toString('utf8').split('\n')[0] ?? ''
}

/** So that what stands there is from one moment, and nothing is written over. */
async function requireEmpty(folder: string): Promise<void> {
  const found = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new AppError('CONFLICT', `${folder} can’t be read as a folder`, { cause: error })
  })
  if (found.length > 0) throw new AppError('CONFLICT', `${folder} is not empty: name a new folder`)
}
