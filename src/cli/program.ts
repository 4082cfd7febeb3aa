import { Command, CommanderError } from 'commander'
import { ERROR_CODES, toAppError } from '../base/errors.ts'
import { VERSION } from '../base/version.ts'
import { FIRST_GROUP, loadNouns } from './nouns.ts'

const ABOUT = `The ASL-2 standard of the Responsible Scaling Policy as running software: a
gateway that judges what goes in and out of models, what the developer of a
model owes besides, and evidence of it all.

The first three:
  safelevel init      write a first configuration; without one, defaults do
  safelevel serve     start it: prints addresses, a first key, a link to sign in
  safelevel status    which commitments hold, what fails, and what to do next`

const READ_ON = `
More of one:  safelevel vault --help, safelevel vault put --help
Programs:     most commands take --json
Exit codes:   0 yes or done; 1 no: a gate is closed, a verification failed;
              2 wrong usage; 3 and more by error code
Settings:     safelevel.yaml, or the file that SAFELEVEL_CONFIG names
Read on:      docs/guide/README.md, by who reads it; docs/guide/reference has
              every command, key, error, metric, event and route`

/**
 * Runs one command line.
 *
 * @returns the exit code: 0, 1 when the answer is "no", 2 on bad usage, 3 and more by error code.
 */
export async function run(argv: readonly string[]): Promise<number> {
  // `safelevel help vault` is `safelevel vault --help`. Of those that aren't asked for the help needs a line only.
  const program = await openProgram((argv[2] === 'help' ? argv[3] : argv[2]) ?? '')
  for (const command of descendants(program)) command.exitOverride().showHelpAfterError()
  program.exitOverride().showHelpAfterError('safelevel --help shows what there is')
  try {
    await program.parseAsync([...argv])
    return Number(process.exitCode ?? 0)
  } catch (thrown) {
    return report(thrown, argv.includes('--json'))
  }
}

/** `safelevel` with its commands. @param asked as `loadNouns` takes it */
export async function openProgram(asked?: string): Promise<Command> {
  const program = new Command('safelevel')
    .description(ABOUT)
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this, or how a command is used')
    .addHelpCommand(new Command('help').argument('[command]').summary('how a command is used').helpGroup(FIRST_GROUP))
    .usage('<command> [options]')
    .enablePositionalOptions() // `vault put --version` is its own
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addHelpText('after', READ_ON)
  for (const command of await loadNouns(asked)) program.addCommand(command)
  return program
}

function descendants(command: Command): Command[] {
  return command.commands.flatMap((child) => [child, ...descendants(child)])
}

/** What happened, why, what to do, and a code to search for. */
function report(thrown: unknown, json: boolean): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : ERROR_CODES.REQUEST_INVALID.exit
  const error = toAppError(thrown)
  if (json) console.log(JSON.stringify({ error: { code: error.code, message: error.message } }))
  else console.error(`safelevel: ${error.message} (${error.code})`)
  if (error.code === 'INTERNAL') console.error(error.cause)
  return ERROR_CODES[error.code].exit
}
