import { execFileSync } from 'node:child_process'
import { isRequired } from './required.ts'

/**
 * A Python that has what a test wants: the one that SAFELEVEL_TEST_PYTHON names, or `python3`. Null = there is none, and it says so; tests that need it are
 * skipped then, unless SAFELEVEL_TEST_REQUIRE names it.
 *
 * @param modules that it must be able to import
 * @param name by which SAFELEVEL_TEST_REQUIRE requires them: `trl` for what trains, which is gigabytes
 */
export function findPython(what: string, modules: readonly string[], name: 'python' | 'trl' = 'python'): string | null {
  const python = process.env.SAFELEVEL_TEST_PYTHON ?? 'python3'
  try {
    execFileSync(python, ['-c', modules.map((module) => `import ${module}`).join('\n')], {
      stdio: 'ignore',
      timeout: 60_000,
    })
    return python
  } catch {
    const how = `${python} can't import ${modules.join(', ')}: install them, or name another Python in SAFELEVEL_TEST_PYTHON`
    if (isRequired(name)) throw new Error(how)
    process.stderr.write(`SKIPPED, so not shown: ${what}. ${how}\n`)
    return null
  }
}

/** What a script prints, as JSON. It gets `input` on its standard input, and no network. */
export function askPython(python: string, script: string, input: string): unknown {
  const env = {
    ...process.env,
    HF_HUB_OFFLINE: '1',
    no_proxy: '',
    https_proxy: 'http://127.0.0.1:9',
    http_proxy: 'http://127.0.0.1:9',
  }
  return JSON.parse(
    execFileSync(python, ['-c', script], {
      input,
      env,
      encoding: 'utf8',
      timeout: 60_000,
      maxBuffer: 16 * 1024 * 1024,
    }),
  )
}
