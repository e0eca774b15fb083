// undici's pool by its own path: its index loads fetch, caches and WebSockets, 13 MB that the edge never uses.
declare module 'undici/lib/dispatcher/pool.js' {
  import { Pool } from 'undici'

  export = Pool
}
