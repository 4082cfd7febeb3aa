import { expect, it, vi } from 'vitest'
import { loadCatalogue } from '../controls/index.ts'
import { run } from './program.ts'

/** `safelevel eval import FILE --snapshot helpful-only` -> noun and verb, and the options that it names. */
function partsOf(command: string) {
  const words = command.split(' ').slice(1)
  const names = words.slice(
    0,
    words.findIndex((word) => !/^[a-z-]+$/.test(word) || word.startsWith('-')),
  )
  return {
    path: words.every((word) => /^[a-z][a-z-]*$/.test(word)) ? words : names,
    options: words.filter((word) => word.startsWith('--')),
  }
}

async function helpOf(path: readonly string[]): Promise<string> {
  let text = ''
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += String(chunk)
    return true
  })
  try {
    await run(['node', 'safelevel', ...path, '--help'])
  } finally {
    write.mockRestore()
  }
  return text
}

it('names commands and options that there are wherever the catalogue says what to do', async () => {
  const guidance = loadCatalogue().controls.flatMap(({ id, guidance: text }) =>
    [...text.matchAll(/`(safelevel [^`]+)`/g)].map(([, command = '']) => ({
      id,
      command: command.replace(/\s+/g, ' '),
    })),
  )
  expect(guidance.length).toBeGreaterThan(100)
  const wrong: string[] = []
  for (const { id, command } of guidance) {
    const { path, options } = partsOf(command)
    const help = await helpOf(path)
    // A third word may be an argument: `response diagram training`.
    const names = [path, ...(path.length > 2 ? [path.slice(0, -1)] : [])]
    const isThere = names.some((one) => help.replace(/\s+/g, ' ').startsWith(`Usage: safelevel ${one.join(' ')} `))
    const missing = options.filter((option) => !help.includes(option))
    if (!isThere || missing.length > 0) wrong.push(`${id}: ${command}`)
  }
  expect(wrong).toEqual([])
})
