import { ERROR_CODES } from '../../src/base/errors.ts'
import { page, table } from './markdown.ts'

const ABOUT =
  'Every failure has a code, which stays. In JSON it stands as `code` (the gateway: in the error of the caller’s own dialect), on the command line in parentheses behind the words.'

/** docs/guide/reference/errors.md */
export function errorsPage(): string {
  const rows = Object.entries(ERROR_CODES)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { status, exit, advice }]) => [`\`${code}\``, String(status), String(exit), advice])
  return page('Errors', ABOUT, [
    table(['code', 'HTTP', 'exit', 'what to do'], rows),
    'The command line exits with 0 when it is done or the answer is yes, and with 1 when the answer is no: a gate is closed, a verification failed.',
  ])
}
