import { once } from 'node:events'
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { responseCommand } from './response.ts'

const asked: unknown[] = []
const server = createServer(async (req, res) => {
  asked.push(await json(req))
  res.writeHead(409, { 'content-type': 'application/json' }).end('{"code":"CONFLICT","detail":"not now"}')
})
let env: NodeJS.ProcessEnv
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  env = { SAFELEVEL_URL: `http://127.0.0.1:${port}`, SAFELEVEL_TOKEN: 'x' }
})
afterAll(() => server.close())

function emergency(...args: string[]) {
  const command = responseCommand(env)
  for (const one of command.commands) one.exitOverride().configureOutput({ writeErr: () => {} })
  return command.parseAsync(['emergency', 'deployment/prod', '--reason', 'why', ...args], { from: 'user' })
}

it('closes and hands over what it was told to, from the score that was given', async () => {
  const asking = emergency('--close', 'cyber_operations=0.2', 'hate=0.5', '--downgrade', 'fraud=0.3=small=1')
  await expect(asking).rejects.toMatchObject({ code: 'CONFLICT' })
  const safeguards = {
    ...{ toolsOff: true, judge: false, replaceWith: null, closed: { cyber_operations: 0.2, hate: 0.5 } },
    downgrade: { fraud: { from: 0.3, to: 'small=1' } },
  }
  expect(asked).toEqual([{ reason: 'why', safeguards }])
})

it.each([
  ['--close', 'cyber_operations'],
  ['--close', 'cyber_operations='],
  ['--downgrade', 'fraud=0.3'],
  ['--downgrade', 'fraud==small'],
])('takes no score that was left out for 0, from which everything is refused: %s %s', async (option, value) => {
  const before = asked.length
  await expect(emergency(option, value)).rejects.toMatchObject({ code: 'commander.invalidArgument' })
  expect(asked).toHaveLength(before)
})
