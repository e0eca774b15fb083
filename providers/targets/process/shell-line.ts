// A command as the shell is to get it. Pure.

const quotedPart = /'[^']*'|"[^"$`\\]*"/g
const compound = /[;&|(){}<>`\n]|\$\(/
const noProgram =
  /^(?:[A-Za-z_]\w*=|(?:if|for|while|until|case|exec|cd|eval|export|set|trap|ulimit|umask|command|exit|source)\b|[.:!]\s)/

/**
 * `exec COMMAND` where the command is one program, so that the app itself leads its process group and its exit code is
 * known; else the command as it is, which the shell then leads.
 */
export const shellLine = (command: string): string => {
  const line = command.trim()
  const bare = line.replace(quotedPart, 'q')
  return compound.test(bare) || noProgram.test(bare) ? line : `exec ${line}`
}
