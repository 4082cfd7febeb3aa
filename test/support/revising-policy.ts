import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readPolicyFile } from '../../src/policy/index.ts'

const RULE = '        completion: { threshold: calibrated, action: refuse, whenUnavailable: release_unevaluated }'

/** The shipped policy, but hateful answers (clause 5.2) and those with one of these terms are revised, from 0.95 refused outright. */
export function revisingPolicy(terms: readonly string[] = []): string {
  const shipped = readPolicyFile(undefined)
  const at = shipped.indexOf("- id: '5.2'")
  const rule = shipped.indexOf(RULE, at)
  if (at < 0 || rule < 0) throw new Error('the shipped policy has no clause 5.2 to change')
  const words = terms.length === 0 ? '' : `terms: ${JSON.stringify(terms)}, `
  const changed = `        completion: { threshold: 0.6, action: revise, refuseFrom: 0.95, ${words}whenUnavailable: release_unevaluated }`
  return shipped.slice(0, rule) + changed + shipped.slice(rule + RULE.length)
}

/** The same as a file, for as long as it is used. */
export function revisingPolicyFile(terms: readonly string[] = []): { path: string } & Disposable {
  const dir = mkdtempSync(join(tmpdir(), 'safelevel-policy-'))
  const path = join(dir, 'policy.yaml')
  writeFileSync(path, revisingPolicy(terms))
  return { path, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) }
}
