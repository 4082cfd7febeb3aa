// First step of `npm test`, in plain JavaScript for whatever Node is found first. The `node` package fetches its binary
// outside the lockfile, so nothing else vouches for it: the version and the bytes that run the tests are checked here.
import { createHash } from 'node:crypto'
import { readFileSync, realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * What is wrong with a Node, in words that say what to do; null when nothing is.
 *
 * @param {{version: string, platform: string, sha256: string}} running `platform` as in `linux-x64`, `sha256` of its binary in hex
 * @param {{version: string, sha256: Record<string, string>}} pinned
 * @returns {string | null}
 */
export function complaint(running, pinned) {
  if (running.version !== pinned.version) {
    return `The tests run on Node ${pinned.version}, which the package "node" brings along; this is ${running.version}. Run "npm ci", then "npm test"; if npm skipped the install script of "node": npm rebuild node`
  }
  const expected = pinned.sha256[running.platform]
  if (expected !== undefined && expected !== running.sha256) {
    return `Node ${running.version} at hand is not the pinned binary for ${running.platform}: SHA-256 ${running.sha256}, expected ${expected}. Delete node_modules and run "npm ci"; if it stays so, do not run it.`
  }
  return null
}

/** @param {{version: string, sha256: Record<string, string>}} pinned */
function main(pinned) {
  const platform = `${process.platform}-${process.arch}`
  const sha256 = createHash('sha256').update(readFileSync(process.execPath)).digest('hex')
  const wrong = complaint({ version: process.versions.node, platform, sha256 }, pinned)
  if (wrong !== null) {
    console.error(wrong)
    process.exit(1)
  }
  if (pinned.sha256[platform] === undefined) {
    console.error(
      `Node ${pinned.version}: the version is right; no digest is pinned for ${platform}, so its bytes are not checked.`,
    )
  }
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main(JSON.parse(readFileSync(new URL('node-digests.json', import.meta.url), 'utf8')))
}
