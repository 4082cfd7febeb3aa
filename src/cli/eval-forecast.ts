import { writeFileSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import { AppError } from '../base/errors.ts'
import { ForecastCurve, forecastChart, forecastRows, forecastSvg, forecastWords } from '../models/evaluation/index.ts'
import { connectServer } from './connect-server.ts'

interface Options {
  readonly model: string
  readonly flops?: number
  readonly run?: string
  readonly svg?: string
  readonly json?: true
}

/** `safelevel eval forecast`: what compute that was not spent yet is expected to come to. */
export function evalForecast(env: NodeJS.ProcessEnv): Command {
  return new Command('forecast')
    .description(
      'what is expected of compute to come, as far as the measured curve tells; exits 1 where it may not be read',
    )
    .requiredOption('--model <line>', 'the model line')
    .option('--flops <n>', 'cumulative, at the end of what is planned: 2.5e24', flopsOf)
    .option('--run <name>', 'or what this run is planned to come to')
    .option('--svg <file>', 'draw it there')
    .option('--json', 'print JSON')
    .action(async ({ model, flops, run, svg, json }: Options) => {
      const client = await connectServer(env)
      const query = new URLSearchParams({
        ...(flops === undefined ? {} : { flops: String(flops) }),
        ...(run === undefined ? {} : { run }),
      })
      const path = `/api/v1/evaluations/forecasts/${encodeURIComponent(model)}/curve?${query}`
      const forecast = await client.request('GET', path, ForecastCurve)
      if (svg !== undefined) save(svg, forecastSvg(forecast))
      console.log(json ? JSON.stringify(forecast) : describe(forecast))
      if (forecast.refused !== null) process.exitCode = 1
    })
}

function describe(forecast: ForecastCurve): string {
  const rows = [['FLOP', 'loss', 'lower', 'upper', ''], ...forecastRows(forecast)]
  const widths = [0, 1, 2, 3].map((i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  const table = rows.map((row) =>
    row
      .map((cell, i) => (i < 4 ? cell.padStart(widths[i] ?? 0) : cell))
      .join('  ')
      .trimEnd(),
  )
  const drawn = forecast.curve.length === 0 ? [] : [forecastChart(forecast), '', ...table]
  return [forecast.model, ...forecastWords(forecast).map((words) => `  ${words}`), ...drawn].join('\n')
}

function flopsOf(value: string): number {
  const flops = Number(value)
  if (!(flops > 0 && flops <= 1e40)) throw new InvalidArgumentError('A number above 0: 2.5e24.')
  return flops
}

function save(path: string, svg: string): void {
  if (svg === '') throw new AppError('CONFLICT', 'there is no curve to draw')
  try {
    writeFileSync(path, `${svg}\n`)
  } catch (cause) {
    throw new AppError('CONFIG_INVALID', `${path} can't be written`, { cause })
  }
}
