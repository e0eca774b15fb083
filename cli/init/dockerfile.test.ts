import { expect, test } from 'vitest'
import { parseDockerfile } from './dockerfile.ts'

const commandOf = (...lines: readonly string[]): string | null => parseDockerfile(lines.join('\n')).command

test.for([
  [['CMD ["node", "server.js"]'], 'node server.js'],
  [['CMD node server.js'], 'node server.js'],
  [['CMD ["sh", "-c", "echo it\'s on; node ."]'], "sh -c 'echo it'\\''s on; node .'"],
  [['ENTRYPOINT ["node"]', 'CMD ["server.js"]'], 'node server.js'],
  [['ENTRYPOINT node server.js', 'CMD ["--fast"]'], 'node server.js'],
  [['CMD ["old"]', 'cmd ["node", \\', '  # a comment', '  "server.js"]'], 'node server.js'],
  [['FROM a AS build', 'CMD ["build"]', 'FROM b', 'RUN x'], null],
  [[''], null],
] as const)('reads what the last stage starts: %j', ([lines, command]) => {
  expect(commandOf(...lines)).toBe(command)
})

test('keeps ports and variables as hints', () => {
  const text = 'FROM node:24\nEXPOSE 3000 9229/tcp\nENV NODE_ENV=production DEBUG=0\nENV OLD form\n'
  expect(parseDockerfile(text)).toEqual({
    command: null,
    ports: ['3000', '9229/tcp'],
    variables: ['NODE_ENV=production', 'DEBUG=0'],
  })
})
