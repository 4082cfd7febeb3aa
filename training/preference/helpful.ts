import { z } from 'zod'

const Line = z.object({ kind: z.enum(['harmful', 'helpful']), prompt: z.string(), answer: z.string() })

/**
 * The authored answers to what is harmless, as TRL's rows: a base model repeats questions, and must have learned to answer before it can be
 * taught what to refuse (Bai et al. 2022 begin with a model that is only helpful).
 */
export function helpfulRows(authored: string): string {
  return authored
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => Line.parse(JSON.parse(line)))
    .filter(({ kind }) => kind === 'helpful')
    .map(({ prompt, answer }) => ({
      prompt: [{ role: 'user', content: prompt }],
      completion: [{ role: 'assistant', content: answer }],
    }))
    .map((row) => `${JSON.stringify(row)}\n`)
    .join('')
}
