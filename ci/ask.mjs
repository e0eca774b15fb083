// Asks http://127.0.0.1:PORT/ again and again, over a new connection each time, until its input ends; then says how often each
// answer came, and how long the longest time was from the beginning of a failure to the next good answer.
import { request } from 'node:http'

const ask = () =>
  new Promise((resolve) => {
    const asked = request(
      { port: Number(process.argv[2]), host: '127.0.0.1', agent: false, timeout: 5_000 },
      (response) => {
        let body = ''
        response.on('data', (piece) => {
          body += piece
        })
        response.on('end', () => resolve(response.statusCode === 200 ? body : `failed: ${response.statusCode}`))
        response.on('error', (error) => resolve(`failed: ${error.message}`))
      },
    )
    asked.on('timeout', () => asked.destroy(new Error('it took 5 s')))
    asked.on('error', (error) => resolve(`failed: ${error.message}`))
    asked.end()
  })

let over = false
process.stdin.on('end', () => {
  over = true
})
process.stdin.resume()

const answers = {}
let [failingSince, longestGapMs] = [null, 0]
do {
  const at = performance.now()
  const answer = await ask()
  answers[answer] = (answers[answer] ?? 0) + 1
  if (answer.startsWith('failed')) failingSince ??= at
  else if (failingSince !== null) {
    longestGapMs = Math.max(longestGapMs, Math.round(performance.now() - failingSince))
    failingSince = null
  }
  await new Promise((resolve) => setTimeout(resolve, 2))
} while (!over)
process.stdout.write(JSON.stringify({ answers, longestGapMs, failsStill: failingSince !== null }))
