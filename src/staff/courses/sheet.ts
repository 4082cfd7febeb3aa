import { hash } from 'node:crypto'
import type { Answers, AttemptView, Course } from './schema.ts'

type Question = Course['questions'][number]

/** Questions and their choices in the order of one try. */
export interface Sheet {
  readonly questions: readonly Question[]
}

/** What became of one try. */
export interface Grade {
  readonly right: number
  readonly of: number
  readonly passed: boolean
  /** Of each question as it was asked. */
  readonly met: readonly boolean[]
}

/**
 * Shuffles questions and choices by a seed, so that the server needs to keep no more than that seed, and the browser is shown no place by which
 * two people could tell each other the answers.
 */
export function sheetOf({ questions }: Pick<Course, 'questions'>, seed: string): Sheet {
  const shuffled = shuffle(questions, `${seed}\nquestions`)
  return {
    questions: shuffled.map((question) => ({
      ...question,
      choices: shuffle(question.choices, `${seed}\n${question.ask}`),
    })),
  }
}

/** What the browser is shown: no more than that. */
export function questionsOf({ questions }: Sheet): AttemptView['questions'] {
  return questions.map(({ ask, choices }) => ({
    ask,
    several: choices.filter(({ right }) => right).length > 1,
    choices: choices.map(({ says }) => says),
  }))
}

/** A question counts when exactly its right choices were taken; what was left out is wrong. */
export function grade({ questions }: Sheet, { answers }: Answers, passMark: number): Grade {
  const met = questions.map(({ choices }, i) => {
    const taken = new Set(answers[i] ?? [])
    return (
      choices.every(({ right }, choice) => right === taken.has(choice)) && [...taken].every((n) => n < choices.length)
    )
  })
  const right = met.filter(Boolean).length
  return { right, of: questions.length, passed: right * 100 >= passMark * questions.length, met }
}

function shuffle<T>(items: readonly T[], seed: string): T[] {
  return items
    .map((item, i) => ({ item, rank: hash('sha256', `${seed}\n${i}`) }))
    .toSorted((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ item }) => item)
}
