import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readPolicyFile } from '../../src/policy/index.ts'

/** The shipped policy, but answers may hold images and sound: so that answers with all kinds of parts can be judged by their words. */
export function policyThatAllowsMedia(): { path: string } & Disposable {
  const dir = mkdtempSync(join(tmpdir(), 'safelevel-policy-'))
  const path = join(dir, 'policy.yaml')
  const shipped = Buffer.from(readPolicyFile(undefined)).toString('utf8')
  const changed = shipped.replace(/^(media: .*completion: )refuse/m, '$1allow')
  if (changed === shipped) throw new Error('the shipped policy has no media rule to change')
  writeFileSync(path, changed)
  return { path, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) }
}
