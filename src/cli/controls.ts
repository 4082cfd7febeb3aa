import { Command, Option } from 'commander'
import { ControlBoard, type ControlRow, ControlView, FAMILIES, type Regime, STATES } from '../controls/index.ts'
import { connectServer } from './connect-server.ts'
import { consolePage } from './console-page.ts'
import { controlsBundleCommand, controlsVerifyBundleCommand } from './controls-bundle.ts'
import { controlsCalendarCommand } from './controls-calendar.ts'
import { controlsExportCommand } from './controls-export.ts'
import { listRegime, regimeOption } from './controls-regime.ts'
import { controlsReportCommand } from './controls-report.ts'
import { describeControl, listLine } from './controls-view.ts'

interface ListOptions {
  readonly family?: string
  readonly state?: string
  readonly everything?: true
  readonly regime?: Regime
  readonly json?: true
}

/** `safelevel controls`, on a running server. What people decide, they decide signed in, under their own names. */
export function controlsCommand(env: NodeJS.ProcessEnv = process.env): Command {
  const json = () => new Option('--json', 'print JSON')
  const viewOf = async (id: string) =>
    (await connectServer(env)).request('GET', `/api/v1/controls/${encodeURIComponent(id)}`, ControlView)
  const list = new Command('list')
    .description('controls of the profile in force, and how each stands')
    .addOption(new Option('--family <family>', 'only these').choices([...FAMILIES]))
    .addOption(new Option('--state <state>', 'only these').choices([...STATES]))
    .option('--everything', 'also those that the profile does not ask for')
    .addOption(regimeOption())
    .addOption(json())
    .action(async (options: ListOptions) => {
      if (options.regime !== undefined) return listRegime(env, options.regime, options.json === true)
      const board = await (await connectServer(env)).request('GET', '/api/v1/controls', ControlBoard)
      const rows = board.controls.filter((row) => isAskedFor(row, options))
      for (const row of rows) console.log(options.json ? JSON.stringify(row) : listLine(row))
      if (rows.length === 0 && !options.json) process.stderr.write('no such controls\n')
    })
  const show = new Command('show')
    .description(
      'one control: what it asks for, how it stands, on what that rests, and how it came to; exit 1 unless it holds',
    )
    .argument('<id>', 'GOV-01')
    .addOption(json())
    .action(async (id: string, options: { json?: true }) => {
      const view = await viewOf(id)
      console.log(options.json ? JSON.stringify(view) : describeControl(view))
      if (view.state !== 'holds') process.exitCode = 1
    })
  const attest = new Command('attest')
    .description('who may attest a control, for how long that counts, and where they do so')
    .argument('<id>', 'GOV-01')
    .addOption(json())
    .action(async (id: string, options: { json?: true }) => {
      const { freshDays, owner, title, attestation } = await viewOf(id)
      const page = await pageOf(env, id)
      if (options.json) return console.log(JSON.stringify({ control: id, owner, freshDays, attestation, page }))
      const until = attestation === null ? 'nobody has yet' : `the newest counts until ${attestation.until}`
      console.log(`${id}  ${title}`)
      console.log(
        `somebody who holds the role ${owner} says so under their own name, for ${freshDays} days at most; ${until}`,
      )
      console.log(`signed in, with their security key: ${page}`)
    })
  const except = new Command('except')
    .description('how two people accept for a time that a control does not hold')
    .argument('<id>', 'GOV-01')
    .addOption(json())
    .action(async (id: string, options: { json?: true }) => {
      const { title, state, exception } = await viewOf(id)
      const page = await pageOf(env, id)
      if (options.json) return console.log(JSON.stringify({ control: id, state, exception, page }))
      const now = exception === null ? 'there is none now' : `one is in force until ${exception.until}`
      console.log(`${id}  ${title}`)
      console.log(`one of RSO, CEO and CISO asks with a reason and an end, another one agrees; ${now}`)
      console.log(`it stays ${state} meanwhile, and is shown so; signed in, with a security key: ${page}`)
    })
  return new Command('controls')
    .description('what the policy asks for, whether it holds, and on what that rests')
    .addCommand(list)
    .addCommand(show)
    .addCommand(attest)
    .addCommand(except)
    .addCommand(controlsExportCommand(env))
    .addCommand(controlsBundleCommand(env))
    .addCommand(controlsVerifyBundleCommand())
    .addCommand(controlsCalendarCommand(env))
    .addCommand(controlsReportCommand(env))
}

function isAskedFor(row: ControlRow, { family, state, everything }: ListOptions): boolean {
  if (family !== undefined && row.family !== family) return false
  if (state !== undefined && row.state !== state) return false
  return everything === true || row.inProfile
}

/** Where people see to a control. */
async function pageOf(env: NodeJS.ProcessEnv, id: string): Promise<string> {
  return consolePage((await connectServer(env)).url, `/controls/${encodeURIComponent(id)}`)
}
