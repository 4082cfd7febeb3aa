import { Command, InvalidArgumentError, Option } from 'commander'
import { FLAGS, FlagName } from '../refusal/constitution/index.ts'
import { addAsking, amount, count } from './asking-options.ts'
import type { GenerateOptions } from './constitution-options.ts'
import { runGenerate } from './constitution-run.ts'

const BIGGEST_SEED = 2_147_483_647

/** `safelevel constitution generate`: Bai et al. 2022 as a pipeline. */
export function constitutionGenerate(env: NodeJS.ProcessEnv): Command {
  const command = new Command('generate')
    .description(
      'answers, critiques, revisions and judged pairs, of prompts and a constitution; the same command goes on where it stopped',
    )
    .option(
      '--prompts <file>',
      'what should be refused or turned to the good: JSON lines, or text; may be given again',
      more,
      [],
    )
    .option('--helpful <file>', 'what should be answered, mixed in; may be given again', more, [])
    .requiredOption('--out <dir>', 'a folder for the dataset')
    .option('--name <name>', 'of the dataset (default: that of the folder)')
    .option('--constitution <file>', 'the principles (default: those that ship)')
    .option('--policy <file>', 'that they serve, and that answers are screened by (default: as configured)')
    .option('--rounds <n>', 'critiques and revisions of each answer', count(1, 4), 2)
    .addOption(
      new Option(
        '--pairs <how>',
        'what is compared: the first answer and its last revision, or two answers of --pair-model',
      )
        .choices(['revision', 'samples'])
        .default('revision'),
    )
    .addOption(
      new Option('--judging <how>', 'in words, or by the probability of a letter (OpenAI’s dialect with logprobs)')
        .choices(['reasoning', 'probabilities'])
        .default('reasoning'),
    )
    .option('--judge-principles <n>', 'principles that each pair is held against, in both orders', count(1, 16), 1)
    .option('--clamp <low,high>', 'keeps labels within (default: 0.4,0.6 of words, 0,1 of probabilities)', range)
    .option('--tie <n>', 'a label nearer to one half than this is no preference', amount, 0.05)
    .option('--max-tokens <n>', 'of an answer', count(1, 100_000), 512)
    .option('--temperature <n>', 'of answers, critiques and revisions', amount, 1)
    .option('--seed <n>', 'of all that is drawn', count(0, BIGGEST_SEED), 1)
    .option('--spot-checks <n>', 'records drawn for people to look at', count(0, 10_000), 20)
    .option(
      '--hold-out <file>',
      'an evaluation’s suite, of which nothing may be tuned on; may be given again',
      more,
      [],
    )
    .option('--keep <flags>', 'that keep nothing out, by comma', flagNames, [])
    .option('--drop <flags>', 'that keep a record out of everything, by comma', flagNames, [])
    .option('--dry-run', 'say what it takes, and make nothing')
    .option(
      '--probe <n>',
      'with --dry-run: make so many records for real first, to measure; they are not paid twice',
      count(1, 1_000),
    )
    .option('--record', 'keep the dataset on the running server')
    .option('--json', 'print one line of JSON')
    .action((options: GenerateOptions) => runGenerate(options, env))
  return addAsking(addModels(command))
}

function addModels(command: Command): Command {
  const others = [
    ['critic', 'critic', 'who criticises, revises and judges (default: the model itself)'],
    [
      'pair',
      'pair-model',
      'whose answers are compared with --pairs samples: the tuned one (default: the model itself)',
    ],
  ] as const
  const withModel = command
    .requiredOption('--model <name>', 'of the configuration; with --base-url, as that server calls it')
    .option('--base-url <url>', 'a server that is not in the configuration: https://api.example.com')
    .option('--api-key-env <name>', 'the environment variable that holds its key')
    .addOption(new Option('--api <api>', 'how it is spoken to').choices(['openai', 'anthropic']))
  return others.reduce(
    (so, [prefix, name, words]) =>
      so
        .option(`--${name} <name>`, words)
        .option(`--${prefix}-base-url <url>`, 'its server, as --base-url')
        .option(`--${prefix}-api-key-env <name>`, 'the environment variable that holds its key'),
    withModel,
  )
}

function more(file: string, files: readonly string[]): readonly string[] {
  return [...files, file]
}

function flagNames(value: string): readonly FlagName[] {
  return value.split(',').map((name) => {
    const parsed = FlagName.safeParse(name.trim())
    if (!parsed.success) throw new InvalidArgumentError(`Known flags: ${FLAGS.join(', ')}.`)
    return parsed.data
  })
}

function range(value: string): readonly [number, number] {
  const [low, high] = value.split(',').map(amount)
  if (low === undefined || high === undefined || low > 0.5 || high < 0.5 || high > 1)
    throw new InvalidArgumentError('Two shares around one half: 0.4,0.6.')
  return [low, high]
}
