import { Command, InvalidArgumentError } from 'commander'
import { systemClock } from '../base/clock.ts'
import { type Config, loadConfig } from '../base/config.ts'
import { systemIds } from '../base/ids.ts'
import {
  CHARS_PER_TOKEN,
  type Measured,
  measure,
  REQUEST_MS,
  ROW_BYTES,
  type Sizing,
  sizeOf,
  TARGET_LOAD,
  type Traffic,
} from '../setup/index.ts'
import { print } from './ledger-words.ts'

interface Options extends Omit<Traffic, 'corePrice'> {
  readonly corePrice?: number
  readonly seconds: number
  readonly json?: true
}

/** `safelevel size`: what given traffic takes, by a short measurement of this machine. */
export function sizeCommand({ env = process.env }: { readonly env?: NodeJS.ProcessEnv } = {}): Command {
  return new Command('size')
    .description(
      'how many machines such as this one given traffic takes, what it stores, and how long first words wait',
    )
    .requiredOption('--requests-per-second <n>', 'at its busiest', positive)
    .option('--prompt-tokens <n>', 'of a request, on average', positive, 500)
    .option('--completion-tokens <n>', 'of an answer, on average', positive, 300)
    .option('--model-tokens-per-second <n>', 'that the model writes for one answer', positive, 50)
    .option('--streamed-share <part>', 'of requests whose answer is streamed, 0 to 1', share, 1)
    .option(
      '--uncertain-share <part>',
      'of texts that the encoder reads after the screen, 0 to 1 (cascade)',
      share,
      0.06,
    )
    .option('--kept-share <part>', 'of exchanges whose words are kept, 0 to 1', share, 0.01)
    .option('--core-price <amount>', 'of one core for an hour, in any currency', positive)
    .option('--seconds <n>', 'to measure, each of three things', positive, 2)
    .option('--json', 'print one line of JSON')
    .action(async ({ seconds, json, corePrice, ...rest }: Options) => {
      const { config } = loadConfig(env)
      const { mode } = config.classifier
      const uncertainShare = mode === 'encoder' ? 1 : rest.uncertainShare
      const traffic: Traffic = { ...rest, uncertainShare, corePrice: corePrice ?? null }
      const measured = await measure({ config, clock: systemClock, ids: systemIds, forMs: seconds * 1_000 })
      const sizing = sizeOf(traffic, measured, config.streaming)
      const assumed = {
        charsPerToken: CHARS_PER_TOKEN,
        rowBytes: ROW_BYTES,
        requestMs: REQUEST_MS,
        targetLoad: TARGET_LOAD,
      }
      print(json ? JSON.stringify({ sizing, measured, traffic, assumed }) : describe(sizing, measured, traffic, config))
    })
}

function describe(sizing: Sizing, measured: Measured, traffic: Traffic, { streaming, classifier }: Config): string {
  const { bytesPerDay, firstTokenMs, costPerMonth } = sizing
  const { hold, whole, tail } = firstTokenMs
  const window = streaming.overlapChars + streaming.windowChars
  const line = ({ fixedMs, msPerChar }: Measured['screen']) => `${(fixedMs + msPerChar * window).toFixed(2)} ms`
  const inUse = (mode: string) => (mode === streaming.mode ? ' (in use)' : '')
  return [
    `for         ${traffic.requestsPerSecond} requests/s of ${traffic.promptTokens} + ${traffic.completionTokens} tokens`,
    `cores       ${sizing.cores.toFixed(2)} busy; ${several(sizing.replicas, 'machine')} of ${measured.cores} cores, at ${TARGET_LOAD * 100} % load`,
    `this one    screens at most ${Math.floor(sizing.mostPerSecond)} such requests/s`,
    `ledger      ${percent(sizing.ledgerShare)} of what its disk records (one log for all replicas)`,
    `a day       ledger ${bytes(bytesPerDay.ledger)}, database ${bytes(bytesPerDay.database)}, kept words ${bytes(bytesPerDay.content)}`,
    ...(costPerMonth === null ? [] : [`a month     ${costPerMonth.toFixed(2)} for the cores`]),
    '',
    'first words, after the model’s own:',
    `  hold ${ms(hold).padStart(9)}${inUse('hold')}`,
    `  whole${ms(whole).padStart(9)}${inUse('whole')}`,
    `  tail ${ms(tail).padStart(9)}${inUse('tail')}: does not enforce`,
    '',
    'measured on this machine, just now:',
    `  one window of ${window} characters: screen ${line(measured.screen)}${measured.encoder === null ? '' : `, encoder ${line(measured.encoder)}`} of one core (classifier: ${classifier.mode})`,
    `  ${Math.floor(measured.ledgerPerSecond)} decisions/s on the disk of the data folder, ${Math.ceil(measured.ledgerBytes)} bytes each`,
    'assumed:',
    `  ${CHARS_PER_TOKEN} characters a token; ${traffic.modelTokensPerSecond} tokens/s from the model; ${percent(traffic.streamedShare)} of answers streamed`,
    `  ${percent(traffic.uncertainShare)} of texts uncertain, ${percent(traffic.keptShare)} of exchanges kept; ${ROW_BYTES} bytes a row; ${REQUEST_MS} ms a request beside screening`,
    '  an idle model server and network: neither is in these figures. Try it: bench/gateway',
  ].join('\n')
}

function positive(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value > 0 && Number.isFinite(value)) return value
  throw new InvalidArgumentError('a number above 0')
}

function share(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 1) return value
  throw new InvalidArgumentError('a number from 0 to 1')
}

function several(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

function percent(part: number): string {
  return `${(part * 100).toFixed(part < 0.1 ? 1 : 0)} %`
}

function ms(value: number): string {
  return value < 1_000 ? `${Math.round(value)} ms` : `${(value / 1_000).toFixed(1)} s`
}

function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const at = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, value)) / 3))
  return `${(value / 1_000 ** at).toFixed(at === 0 ? 0 : 1)} ${units[at]}`
}
