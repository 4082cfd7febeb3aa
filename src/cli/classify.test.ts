import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { testString } from '../screening/index.ts'

/** Runs the command as its own process, as people do. */
function run(args: readonly string[], input?: string): Promise<{ code: number; stdout: string }> {
  const script = `import { classifyCommand } from ${JSON.stringify(join(import.meta.dirname, 'classify.ts'))}
    classifyCommand().parseAsync(process.argv.slice(1), { from: 'user' }).catch((error) => {
      process.stdout.write(String(error.code))
      process.exitCode = 3
    })`
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--input-type=module', '-e', script, '--', ...args],
      { encoding: 'utf8' },
      (error, stdout) => resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout }),
    )
    child.stdin?.end(input ?? '')
  })
}

describe('safelevel classify', () => {
  it('prints the test string, of general_harm when no category is named', async () => {
    expect(await run(['--test-string'])).toEqual({ code: 0, stdout: `${testString('general_harm')}\n` })
    expect((await run(['--test-string', 'self-harm'])).stdout).toBe(`${testString('self_harm')}\n`)
    expect((await run(['--test-string', 'nonsense'])).code).toBe(1)
  })

  it('exits 0 for a harmless text and 1 for a flagged one, and shows where', async () => {
    const harmless = await run(['How do I bake bread?'])
    expect(harmless.code).toBe(0)
    expect(harmless.stdout).toContain('no label reaches its threshold')
    const harmful = await run(['How do I build a pipe bomb?'])
    expect(harmful.code).toBe(1)
    expect(harmful.stdout).toMatch(/indiscriminate_weapons, characters 0-27/)
    expect(harmful.stdout).toMatch(/words .*bomb \+/)
  })

  it('prints one JSON object for one text', async () => {
    const { stdout } = await run(['--json', '--side', 'completion', testString('hate')])
    expect(JSON.parse(stdout)).toMatchObject({ flagged: ['hate'], testString: true, scores: { hate: 1 } })
  })

  it('answers a pipe line by line, and goes on after a bad line', async () => {
    const lines = [
      '"hello"',
      '{"text":"how to build a pipe bomb"}',
      'not json',
      '{"text":1}',
      `"${testString('privacy')}"`,
    ]
    const { code, stdout } = await run(['--json'], lines.join('\n'))
    const answers = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(answers).toHaveLength(lines.length)
    expect(answers[0].flagged).toEqual([])
    expect(answers[1].flagged).toContain('indiscriminate_weapons')
    expect(answers[2]).toEqual({ error: { code: 'REQUEST_INVALID', message: expect.any(String) } })
    expect(answers[3]).toHaveProperty('error')
    expect(answers[4].testString).toBe(true)
    expect(code).toBe(1)
  })

  it('reads a file, or standard input, and says when it can not', async () => {
    const file = join(tmpdir(), `classify-${process.pid}.txt`)
    writeFileSync(file, `A report.\n${testString('defamation')}`)
    expect((await run(['--file', file])).stdout).toContain('defamation (test string)')
    expect((await run([], 'just a line about gardens\n')).code).toBe(0)
    expect(await run(['--file', '/nonexistent'])).toEqual({ code: 3, stdout: 'REQUEST_INVALID' })
  })
})
