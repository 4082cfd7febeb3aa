/**
 * A long answer, one JSON value a line, fetched as it is read.
 *
 * @param first is fetched before the answer begins, so that what is refused is refused with a reason
 */
export function jsonLines<T>(
  rest: AsyncGenerator<T, void, undefined>,
  first: IteratorResult<T, void>,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let next: IteratorResult<T, void> | null = first
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const result: IteratorResult<T, void> = next ?? (await rest.next())
      next = null
      if (result.done === true) controller.close()
      else controller.enqueue(encoder.encode(`${JSON.stringify(result.value)}\n`))
    },
    async cancel() {
      await rest.return()
    },
  })
}
