import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { systemClock } from '../base/clock.ts'
import { loadConfig } from '../base/config.ts'
import { Egress } from '../base/egress.ts'
import { AppError } from '../base/errors.ts'
import { systemIds } from '../base/ids.ts'
import { createLog } from '../base/log.ts'
import { shipped } from '../base/shipped.ts'
import {
  type CalibratedThresholds,
  type ExampleResult,
  formatProblem,
  lintPolicy,
  Policy,
  readPolicyFile,
  runExamples,
} from '../policy/index.ts'
import { loadScreen, openConfigured, readCascadeCalibration } from '../screening/index.ts'
import { remoteCommands } from './policy-remote.ts'
import { renderExample, renderPolicy } from './policy-view.ts'

/** `safelevel policy …`: `lint`, `test` and `show` work on files; the others talk to the running server. */
export function policyCommand(): Command {
  const command = new Command('policy')
    .description('write, check, try and publish the acceptable use policy')
    .addCommand(lint())
    .addCommand(test())
    .addCommand(show())
  for (const remote of remoteCommands()) command.addCommand(remote)
  return command
}

function lint(): Command {
  return new Command('lint')
    .description('check a policy document; exits 1 when it has an error, and could not be published')
    .argument('<file>', 'YAML document; - reads standard input')
    .option('--json', 'print {"ok", "version", "digest", "problems"}; each problem has a level')
    .action((file: string, { json }: { json?: boolean }) => {
      const source = file === '-' ? 'standard input' : file
      const text = readText(file)
      const calibratedThresholds = builtInThresholds()
      const problems = lintPolicy(text, calibratedThresholds)
      const errors = problems.filter(({ level }) => level === 'error').length
      const policy = errors === 0 ? Policy.load(text, { calibratedThresholds, source }) : null
      const { version = null, digest = null } = policy ?? {}
      if (json) console.log(JSON.stringify({ ok: policy !== null, version, digest, problems }))
      else {
        for (const problem of problems)
          console.log(formatProblem(source, { ...problem, rule: `${problem.level} ${problem.rule}` }))
        if (policy !== null) console.log(`${source}: version ${version} would load\nsha256 ${digest}`)
        if (problems.length > 0) console.log(`${count(errors, 'error')}, ${count(problems.length - errors, 'warning')}`)
      }
      if (policy === null) process.exitCode = 1
    })
}

function test(): Command {
  return new Command('test')
    .description('put the examples of a policy to the classifier that the configuration names; exits 1 when one fails')
    .argument('[file]', 'YAML document; the policy that the configuration names when left out')
    .option('--json', 'print {"classifier", "passed", "failed", "results"}')
    .action(async (file: string | undefined, { json }: { json?: boolean }) => {
      const { config, secrets } = loadConfig()
      const text = file === undefined ? readPolicyFile(config.policy) : readText(file)
      const open = {
        clock: systemClock,
        ids: systemIds,
        log: createLog('error'),
        secrets,
        egress: new Egress(config.egress, secrets.proxies),
      }
      const { classifier, thresholds, close } = await openConfigured(config.classifier, open)
      try {
        const policy = Policy.load(text, {
          calibratedThresholds: thresholds,
          source: file ?? config.policy ?? 'built-in policy',
        })
        const results: ExampleResult[] = []
        for await (const result of runExamples(policy, classifier)) {
          results.push(result)
          if (!json && !result.passed) console.log(renderExample(policy, result))
        }
        const passed = results.filter((result) => result.passed).length
        const failed = results.length - passed
        if (json) console.log(JSON.stringify({ classifier: classifier.id, passed, failed, results }))
        else console.log(`${passed} passed, ${failed} failed, by ${classifier.id}`)
        if (failed > 0) process.exitCode = 1
      } finally {
        await close()
      }
    })
}

function show(): Command {
  return new Command('show')
    .description('print the policy of the configured file; the one in force is `safelevel policy versions`')
    .option('--json', 'print the document as the canonical JSON that its digest names')
    .action(({ json }: { json?: boolean }) => {
      const { config } = loadConfig()
      const text = readPolicyFile(config.policy)
      const source = config.policy ?? 'built-in policy'
      const view = Policy.load(text, { calibratedThresholds: builtInThresholds(), source }).view()
      console.log(json ? view.canonical : renderPolicy(view))
    })
}

/** The thresholds of what ships, without opening the encoder. A server with a guard of its own may have others: it checks again. */
function builtInThresholds(): CalibratedThresholds {
  const screen = loadScreen().thresholds
  const fitted = readCascadeCalibration(shipped('assets/cascade/calibration.json'))
  return {
    prompt: { ...screen.prompt, ...fitted?.prompt.thresholds },
    completion: { ...screen.completion, ...fitted?.completion.thresholds },
  }
}

export function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (cause) {
    throw new AppError('REQUEST_INVALID', `${file} can't be read`, { cause })
  }
}

function count(number: number, what: string): string {
  return number === 1 ? `1 ${what}` : `${number} ${what}s`
}
