interface Printing<T> {
  readonly json: boolean
  /** Of one, in words. */
  line(one: T): string
  /** Said to people where there is nothing to print. */
  readonly none?: string
}

/** Prints one after the other as they come, for programs as JSON, one object a line. */
export async function printList<T>(
  items: Iterable<T> | AsyncIterable<T>,
  { json, line, none }: Printing<T>,
): Promise<void> {
  let isEmpty = true
  for await (const one of items) {
    isEmpty = false
    process.stdout.write(`${json ? JSON.stringify(one) : line(one)}\n`)
  }
  if (isEmpty && !json && none !== undefined) process.stderr.write(`${none}\n`)
}
