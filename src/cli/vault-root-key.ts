import { Command, Option } from 'commander'
import { systemClock } from '../base/clock.ts'
import { createIds } from '../base/ids.ts'
import { LocalKeyProvider, type PassphraseSource, readPassphrase } from '../weights/vault/index.ts'
import { askNewPassphrase, askPassphrase } from './ask-passphrase.ts'
import { json } from './vault-versions.ts'

interface Given {
  readonly passphraseEnv?: string
  readonly passphraseFile?: string
  readonly passphrase?: true
  readonly json?: true
}
interface Changed extends Given {
  readonly newPassphraseEnv?: string
  readonly newPassphraseFile?: string
  readonly newPassphrase?: true
}

const deps = { clock: systemClock, ids: createIds() }

/** `safelevel vault root-key`: the file under which the keys of all models are wrapped, where no key server does that. Asks no server. */
export function rootKeyCommand(env: NodeJS.ProcessEnv = process.env): Command {
  const command = new Command('root-key').description(
    'a root key in a file of this machine (weights.key of type local)',
  )
  passphraseOptions(command.command('init'), '')
    .addOption(json())
    .description('make a root key in a new file, readable by you alone')
    .argument('<file>', 'where; nothing is overwritten')
    .action(async (file: string, given: Given) => {
      const passphrase = given.passphrase ? await askNewPassphrase() : readPassphrase(sourceOf(given), env)
      using provider = await LocalKeyProvider.create(file, passphrase, deps)
      print(provider, `made ${file}${passphrase === null ? ', without a passphrase' : ', under its passphrase'}`, given)
    })
  passphraseOptions(command.command('rotate'), '')
    .addOption(json())
    .description(
      'make a new version of the root key; then start the server again, and run: safelevel vault rotate --root',
    )
    .argument('<file>')
    .action(async (file: string, given: Given) => {
      using provider = await open(file, given, env)
      await provider.rotate()
      print(provider, `${file} has ${provider.versions} versions now`, given)
    })
  passphraseOptions(passphraseOptions(command.command('protect'), ''), 'new-')
    .addOption(json())
    .description('change the passphrase of a root key, give it one, or take it away')
    .argument('<file>')
    .action(async (file: string, given: Changed) => {
      using provider = await open(file, given, env)
      const { newPassphraseEnv, newPassphraseFile } = given
      const source = sourceOf({ passphraseEnv: newPassphraseEnv, passphraseFile: newPassphraseFile })
      const passphrase = given.newPassphrase ? await askNewPassphrase() : readPassphrase(source, env)
      await provider.protect(passphrase)
      print(provider, `${file} has ${passphrase === null ? 'no' : 'another'} passphrase now`, given)
    })
  return command
}

async function open(file: string, given: Given, env: NodeJS.ProcessEnv): Promise<LocalKeyProvider> {
  const passphrase = given.passphrase ? await askPassphrase('Passphrase: ') : readPassphrase(sourceOf(given), env)
  return await LocalKeyProvider.open(file, passphrase, deps)
}

function passphraseOptions(command: Command, prefix: '' | 'new-'): Command {
  const of = prefix === '' ? 'its passphrase' : 'the new passphrase'
  const own = prefix === '' ? 'passphrase' : 'newPassphrase'
  const option = (flags: string, says: string, ...others: string[]) =>
    new Option(`--${prefix}${flags}`, says).conflicts(others)
  return command
    .addOption(option('passphrase', `ask for ${of} on the terminal`, `${own}Env`, `${own}File`))
    .addOption(option('passphrase-env <name>', `the variable that holds ${of}`, own, `${own}File`))
    .addOption(option('passphrase-file <file>', `the file that holds ${of}`, own, `${own}Env`))
}

function sourceOf({
  passphraseEnv,
  passphraseFile,
}: {
  passphraseEnv?: string | undefined
  passphraseFile?: string | undefined
}): PassphraseSource {
  return { passphraseEnv, passphraseFile }
}

function print(provider: LocalKeyProvider, words: string, { json }: Given): void {
  const { id, versions } = provider
  console.log(json ? JSON.stringify({ id, versions }) : `${id}  ${words}`)
}
