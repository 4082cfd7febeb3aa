import type { ReadStream, WriteStream } from 'node:tty'
import { AppError } from '../base/errors.ts'

const MAX_CHARS = 1_024

/**
 * Asks for a passphrase on the terminal without showing it.
 *
 * @throws {AppError} REQUEST_INVALID where there is no terminal, when it is broken off or is not written the same twice
 */
export async function askNewPassphrase(
  input: ReadStream = process.stdin,
  output: WriteStream = process.stderr,
): Promise<string> {
  const passphrase = await askPassphrase('New passphrase: ', input, output)
  if ((await askPassphrase('The same again: ', input, output)) === passphrase) return passphrase
  throw new AppError('REQUEST_INVALID', 'the two were not the same')
}

/** As `askNewPassphrase`, once. */
export async function askPassphrase(
  question: string,
  input: ReadStream = process.stdin,
  output: WriteStream = process.stderr,
): Promise<string> {
  if (!input.isTTY) throw new AppError('REQUEST_INVALID', 'there is no terminal to ask on: name a variable or a file')
  output.write(question)
  input.setRawMode(true)
  input.setEncoding('utf8')
  try {
    return await readHidden(input)
  } finally {
    input.setRawMode(false)
    input.pause()
    output.write('\n')
  }
}

async function readHidden(input: ReadStream): Promise<string> {
  let chars: string[] = []
  const read = Promise.withResolvers<string>()
  const onData = (chunk: string) => {
    for (const char of chunk) {
      if (char === '\r' || char === '\n') read.resolve(chars.join(''))
      else if (char === '\u0003' || char === '\u0004') read.reject(new AppError('REQUEST_INVALID', 'broken off'))
      else if (char === '\u007f' || char === '\b') chars.pop()
      else if (char === '\u0015') chars = []
      else if (chars.length < MAX_CHARS) chars.push(char)
    }
  }
  input.on('data', onData).resume()
  try {
    return await read.promise
  } finally {
    input.off('data', onData)
  }
}
