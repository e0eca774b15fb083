// `node demo/users.ts URL PER_SECOND`: the users that `npm run demo -- --keep` leaves behind. They go away by themselves when
// the shop has not answered for a while, as after `humdrum down`.
import { parseArgs } from 'node:util'
import { startLoad } from './load.ts'

const patienceMs = 5_000

const { positionals } = parseArgs({ allowPositionals: true })
const [url, perSecond] = positionals
if (url === undefined || !(Number(perSecond) > 0)) throw new Error('users.ts URL PER_SECOND')

let answeredAt = performance.now()
const load = startLoad({
  url,
  perSecond: Number(perSecond),
  onOutcome: ({ status }) => {
    if (status !== null) answeredAt = performance.now()
  },
})
const watch = setInterval(() => {
  if (performance.now() - answeredAt < patienceMs) return
  clearInterval(watch)
  void load.stop()
}, 500)
