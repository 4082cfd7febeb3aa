import { Command, Option } from 'commander'
import { Checkpoint } from '../models/registry/index.ts'
import { connectServer } from './connect-server.ts'
import { printList } from './print-list.ts'

interface RecordOptions {
  readonly model: string
  readonly checkpoint: string
  readonly flops: number
  readonly loss?: number
  readonly lossSet?: string
  readonly takenAt?: string
  readonly run?: string
  readonly parent?: string
  readonly gain: { method: string; factor: number }[]
  readonly digest?: string
  readonly receipt?: string
  readonly json?: true
}

const json = () => new Option('--json', 'print JSON, one object a line')

/** `safelevel checkpoint …`, on a running server: states of the weights, as they were recorded. */
export function checkpointCommand(env: NodeJS.ProcessEnv = process.env): Command {
  return new Command('checkpoint')
    .description('states of the weights, with the compute that went into them')
    .addCommand(record(env))
    .addCommand(ls(env))
}

function record(env: NodeJS.ProcessEnv): Command {
  return new Command('record')
    .description('record a checkpoint; a model line begins with its first one')
    .requiredOption('--model <line>', 'the model line')
    .requiredOption('--checkpoint <name>', 'the checkpoint')
    .requiredOption('--flops <n>', 'cumulative training compute: 2.5e24', Number)
    .option('--loss <n>', 'on the frozen set of the model line', Number)
    .option('--loss-set <name>', 'which frozen set, where it is another one')
    .option('--taken-at <time>', 'in UTC; now, when left out')
    .option('--run <name>', 'the training run')
    .option('--parent <model/checkpoint>', 'what it was trained on from')
    .option('--gain <method=factor>', 'elicitation that it has: tools=1.5; may be repeated', gain, [])
    .option('--digest <hex>', 'SHA-256 of the weights')
    .option('--receipt <id>', 'of the training gate')
    .addOption(json())
    .action(async ({ gain: gains, digest, json: asJson, ...given }: RecordOptions) => {
      const client = await connectServer(env)
      const input = { ...given, gains, ...(digest === undefined ? {} : { weightsDigest: digest }) }
      const made = await client.request('POST', '/api/v1/checkpoints', Checkpoint, input)
      console.log(
        asJson ? JSON.stringify(made) : `${line(made)}\nrecorded; see safelevel eval due --model ${made.model}`,
      )
    })
}

function ls(env: NodeJS.ProcessEnv): Command {
  return new Command('ls')
    .description('checkpoints, by name')
    .option('--model <line>', 'only of this line')
    .addOption(json())
    .action(async ({ model, json: asJson }: { model?: string; json?: true }) => {
      const client = await connectServer(env)
      const checkpoints = client.each('/api/v1/checkpoints', Checkpoint, { model })
      await printList(checkpoints, {
        json: asJson === true,
        line,
        none: 'no checkpoints: safelevel checkpoint record',
      })
    })
}

function gain(text: string, before: { method: string; factor: number }[]) {
  const at = text.lastIndexOf('=')
  return [...before, { method: text.slice(0, Math.max(0, at)), factor: Number(text.slice(at + 1)) }]
}

function line({ id, flops, loss, takenAt, run, gains }: Checkpoint): string {
  const measured = loss === null ? '' : `  loss ${loss}`
  const drawn = gains.map(({ method, factor }) => `  ${method} x${factor}`).join('')
  return `${id}  ${flops.toExponential(3)} FLOP${measured}${drawn}  ${takenAt}${run === null ? '' : `  run ${run}`}`
}
