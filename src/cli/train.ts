import { Command, Option } from 'commander'
import { SignedLease } from '../models/training/index.ts'
import { connectServer } from './connect-server.ts'

interface GateOptions {
  readonly model: string
  readonly run: string
  readonly flops: number
  readonly loss?: number
  readonly until?: number
  readonly json?: true
}

/** `safelevel train gate`: exits 0 for continue, 1 for evaluate-now and pause. */
export function trainCommand(env: NodeJS.ProcessEnv = process.env): Command {
  const gate = new Command('gate')
    .description('whether the next segment may be trained, how far and for how long')
    .requiredOption('--model <line>', 'the model line')
    .requiredOption('--run <name>', 'the training run')
    .requiredOption('--flops <n>', 'cumulative training compute now: 2.5e24', Number)
    .option('--until <n>', 'cumulative, at the planned end of the segment', Number)
    .option('--loss <n>', 'on the frozen set of the model line', Number)
    .addOption(new Option('--json', 'print JSON'))
    .action(async ({ model, run, flops, loss, until, json }: GateOptions) => {
      const client = await connectServer(env)
      const question = { model, run, flops, loss: loss ?? null, ...(until === undefined ? {} : { untilFlops: until }) }
      const lease = await client.request('POST', '/api/v1/train/gate', SignedLease, question)
      console.log(json ? JSON.stringify(lease) : describe(lease))
      if (lease.answer !== 'continue') process.exitCode = 1
    })
  return new Command('train').description('the gate that training asks').addCommand(gate)
}

function describe({ answer, reasons, k, headroom, maxFlops, expiresAt, reference, basis, id }: SignedLease): string {
  const lines = [answer, ...reasons.map((reason) => `  ${reason}`)]
  if (reference !== null) {
    const marked = basis === 'baseline' ? ' (a baseline that nobody has evaluated)' : ''
    lines.push(`  counted from  ${reference}${marked}`)
  }
  if (k !== null && headroom !== null) {
    lines.push(`  compute       ${round(k)} times, upper bound; headroom ${round(headroom)}`)
  }
  if (maxFlops !== null) lines.push(`  lease         up to ${maxFlops.toExponential(3)} FLOP, until ${expiresAt}`)
  lines.push(`  receipt       ${id}`)
  return lines.join('\n')
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
