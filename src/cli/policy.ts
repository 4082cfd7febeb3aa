import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { loadConfig } from '../base/config.ts'
import { AppError } from '../base/errors.ts'
import {
  type Clause,
  formatProblem,
  Policy,
  type PublicPolicy,
  readPolicy,
  readPolicyFile,
  type SideRule,
} from '../policy/index.ts'
import { LinearScreen } from '../screening/index.ts'

/** `safelevel policy lint FILE` and `safelevel policy show`. */
export function policyCommand(): Command {
  return new Command('policy')
    .description('check and read the acceptable use policy')
    .addCommand(lint())
    .addCommand(show())
}

function lint(): Command {
  return new Command('lint')
    .description('check a policy document; exits 1 when it would not load')
    .argument('<file>', 'YAML document; - reads standard input')
    .option('--json', 'print {"ok", "version", "digest", "problems"}')
    .action((file: string, { json }: { json?: boolean }) => {
      const source = file === '-' ? 'standard input' : file
      const text = readText(file)
      const thresholds = builtInThresholds()
      const { problems } = readPolicy(text, thresholds)
      const policy = problems.length === 0 ? Policy.load(text, { calibratedThresholds: thresholds }) : null
      const { version = null, digest = null } = policy ?? {}
      if (json) console.log(JSON.stringify({ ok: policy !== null, version, digest, problems }))
      else if (policy !== null) console.log(`${source}: version ${version} would load\nsha256 ${digest}`)
      else console.log(`${problems.map((p) => formatProblem(source, p)).join('\n')}\n${count(problems.length)}`)
      if (policy === null) process.exitCode = 1
    })
}

function show(): Command {
  return new Command('show')
    .description('print the policy that the configuration names')
    .option('--json', 'print the document as the canonical JSON that its digest names')
    .action(({ json }: { json?: boolean }) => {
      const { config } = loadConfig()
      const text = readPolicyFile(config.policy)
      const source = config.policy ?? 'built-in policy'
      const view = Policy.load(text, { calibratedThresholds: builtInThresholds(), source }).view()
      console.log(json ? view.canonical : renderPolicy(view))
    })
}

/** The same thresholds that `serve` loads a policy with. */
function builtInThresholds() {
  return LinearScreen.load(fileURLToPath(new URL('../../assets/screen', import.meta.url))).thresholds
}

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (cause) {
    throw new AppError('REQUEST_INVALID', `${file} can't be read`, { cause })
  }
}

function count(problems: number): string {
  return problems === 1 ? '1 problem' : `${problems} problems`
}

function renderPolicy(view: PublicPolicy): string {
  const head = `${view.title}, version ${view.version}, in effect from ${view.effective}\nsha256 ${view.digest}`
  const sections = view.sections.map(
    (section) => `\n${section.id}  ${section.title}\n${section.clauses.map(renderClause).join('\n')}`,
  )
  return [head, ...sections].join('\n')
}

function renderClause({ id, title, severity, labels, prompt, completion }: Clause): string {
  const what = [prompt && `prompt ${inWords(prompt)}`, completion && `completion ${inWords(completion)}`]
  const cells = [id.padEnd(5), title.padEnd(44), severity.padEnd(9), what.filter(Boolean).join(', ')]
  return `  ${cells.join(' ')}${labels.length === 0 ? '' : `  [${labels.join(', ')}]`}`.trimEnd()
}

function inWords({ action, refuseFrom }: SideRule): string {
  return refuseFrom === undefined ? action : `${action} (refuse from ${refuseFrom})`
}
