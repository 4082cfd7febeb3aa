import { Agent, createServer, request } from 'node:http'

/** The least that a Node proxy can do: pipe there, pipe back. What a gateway adds is measured against it. */
const upstreamPort = Number(process.argv[3])
const agent = new Agent({ keepAlive: true, maxSockets: 256 })
const server = createServer((req, res) => {
  const forward = request(
    { host: '127.0.0.1', port: upstreamPort, path: req.url, method: req.method, headers: req.headers, agent },
    (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(res)
    },
  )
  forward.on('error', () => res.destroy())
  req.pipe(forward)
})
server.keepAliveTimeout = 120_000
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log(JSON.stringify({ ready: true })))
