import { Command } from 'commander'
import { loadConfig } from '../base/config.ts'
import { PolicyInvalidError, readPolicy, readPolicyFile } from '../policy/index.ts'
import { readConstitution, unfitFor } from '../refusal/constitution/index.ts'
import { constitutionExport } from './constitution-export.ts'
import { filterCommand } from './constitution-filter.ts'
import { constitutionGenerate } from './constitution-generate.ts'
import { constitutionVerdicts } from './constitution-verdicts.ts'

/** `safelevel constitution`: from prompts and principles to data that models are tuned on. */
export function constitutionCommand(env: NodeJS.ProcessEnv = process.env): Command {
  return new Command('constitution')
    .description('make data for tuning by a constitution, and look at data that others bring')
    .addCommand(lint(env))
    .addCommand(constitutionGenerate(env))
    .addCommand(filterCommand())
    .addCommand(constitutionExport())
    .addCommand(constitutionVerdicts(env))
}

/** Exits 1 when the constitution doesn't fit the policy. */
function lint(env: NodeJS.ProcessEnv): Command {
  return new Command('lint')
    .description('check a constitution against the policy')
    .argument('[file]', 'the constitution (default: the one that ships)')
    .option('--policy <file>', 'the policy (default: as configured)')
    .option('--json', 'print one line of JSON')
    .action((file: string | undefined, options: { policy?: string; json?: true }) => {
      const constitution = readConstitution(file)
      const { version, digest } = constitution
      const problems = unfitFor(constitution, policyDocument(options.policy ?? loadConfig(env).config.policy))
      const principles = constitution.document.principles.length
      if (options.json) console.log(JSON.stringify({ version, digest, principles, problems }))
      else {
        console.log(`constitution ${version}, ${principles} principles, SHA-256 ${digest}`)
        for (const problem of problems) console.log(`  ${problem}`)
        if (problems.length === 0) console.log('  every clause that forbids what a classifier can find has a principle')
      }
      if (problems.length > 0) process.exitCode = 1
    })
}

function policyDocument(path: string | undefined) {
  const { document, problems } = readPolicy(readPolicyFile(path), null)
  if (document === null) throw new PolicyInvalidError(path ?? 'the policy', problems)
  return document
}
