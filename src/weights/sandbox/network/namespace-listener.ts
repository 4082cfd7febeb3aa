import { spawn } from 'node:child_process'
import { Server } from 'node:net'
import { AppError } from '../../../base/errors.ts'

/** A socket belongs to the network in which it was made, whoever holds it: one made inside is handed out to this process. */
const LISTEN = `
const server = require('node:net').createServer()
server.listen(Number(process.argv[1]), '127.0.0.1', () => process.send('listening', server, () => process.exit(0)))
server.on('error', () => process.exit(1))`

const MAX_WAIT_MS = 10_000

/**
 * Listens on the loopback of another process's network namespace, which has no other way out.
 *
 * @param isOwn whether that process runs as the same user as this one, rather than as one that root made up
 * @throws {AppError} SANDBOX_UNAVAILABLE
 */
export async function listenInside(pid: number, port: number, isOwn: boolean): Promise<Server> {
  const enter = ['--target', String(pid), '--net', ...(isOwn ? ['--user', '--preserve-credentials'] : [])]
  const child = spawn('nsenter', [...enter, process.execPath, '-e', LISTEN, String(port)], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: {},
    timeout: MAX_WAIT_MS,
  })
  const { promise, resolve, reject } = Promise.withResolvers<Server>()
  child.once('message', (_, handle) => {
    if (handle instanceof Server) resolve(handle)
  })
  const fail = (cause: unknown) =>
    reject(new AppError('SANDBOX_UNAVAILABLE', 'the way to the destination can’t be set up', { cause }))
  child.once('error', fail)
  child.once('close', fail)
  return await promise
}
