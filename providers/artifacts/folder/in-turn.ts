// One thing at a time for each key, in the order in which they were asked for. It does not know what is done.

export type InTurn = <Value>(key: string, work: () => Promise<Value>) => Promise<Value>

export const createInTurn = (): InTurn => {
  const last = new Map<string, Promise<unknown>>()
  return (key, work) => {
    const mine = (last.get(key) ?? Promise.resolve()).then(work)
    const over = mine.then(
      () => {},
      () => {}, // its own caller is told; whoever comes next begins afresh
    )
    last.set(key, over)
    void over.then(() => {
      if (last.get(key) === over) last.delete(key)
    })
    return mine
  }
}
