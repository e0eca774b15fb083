import type { ApiRoute } from '@humdrum/contract/api.ts'
import { routes } from '@humdrum/contract/api.ts'
import { beforeAll, expect, test } from 'vitest'
import { startHttp } from './started-http.ts'

type Operation = {
  operationId: string
  parameters?: { name: string; in: string; required: boolean }[]
  requestBody?: { content: Record<string, unknown> }
  responses: Record<string, { description: string; content: Record<string, { schema: unknown }> }>
}
type Document = {
  openapi: string
  info: { title: string; version: string }
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, unknown>; securitySchemes: unknown }
  security: unknown
}

let document: Document

beforeAll(async () => {
  await using http = await startHttp()
  document = (await (await http.fetch('/openapi.json')).json()) as Document
})

const referencesIn = (value: unknown): string[] => {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => (key === '$ref' ? [String(inner)] : referencesIn(inner)))
}

test('describes every route of the table, and nothing else', () => {
  const { paths } = document
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { operationId }]) => `${operationId} ${method.toUpperCase()} ${path}`),
  )
  const table = Object.entries<ApiRoute>(routes).map(
    ([name, { method, path }]) => `${name} ${method} ${path.replace(/:(\w+)/g, '{$1}')}`,
  )
  expect(described.toSorted()).toEqual(table.toSorted())
})

test('is OpenAPI 3.1 with the token as its security, and every reference leads somewhere', () => {
  expect(document.openapi).toMatch(/^3\.1\./)
  expect(document.info).toMatchObject({ title: 'Humdrum', version: '0.1.0' })
  expect(document.components.securitySchemes).toEqual({ token: { type: 'http', scheme: 'bearer' } })
  expect(document.security).toEqual([{ token: [] }])
  const references = referencesIn(document)
  expect(references.length).toBeGreaterThan(0)
  for (const reference of references)
    expect(Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`)).toContain(reference)
})

test('describes what goes over the wire once, in the words of the contract', () => {
  const { schemas } = document.components
  expect(Object.keys(schemas)).toEqual([
    'Problem',
    'Rollout',
    'Status',
    'Deployed',
    'Transition',
    'LogEntry',
    'Plan',
    'Doctor',
  ])
  expect(schemas['Rollout']).toMatchObject({
    properties: { generation: { type: 'integer' }, id: { description: 'r-42' } },
  })
})

const keysIn = (value: unknown): string[] =>
  typeof value !== 'object' || value === null
    ? []
    : Object.entries(value).flatMap(([key, inner]) => [...(Array.isArray(value) ? [] : [key]), ...keysIn(inner)])

test('its schemas are those of JSON Schema 2020-12, without the words that OpenAPI 3.0 had of its own', () => {
  const { paths, components } = document
  const keys = new Set([...keysIn(components.schemas), ...keysIn(Object.values(paths))])
  for (const word of ['nullable', 'definitions', '$id', '$schema']) expect(keys).not.toContain(word)
})

test('names every parameter once, with its place and a schema, and those of the path as required', () => {
  const { paths } = document
  for (const [path, operations] of Object.entries(paths))
    for (const { operationId, parameters = [] } of Object.values(operations)) {
      const inPath = parameters.filter((parameter) => parameter.in === 'path')
      expect(
        inPath.map(({ name }) => `{${name}}`),
        operationId,
      ).toEqual(path.match(/\{\w+\}/g) ?? [])
      expect(
        inPath.every(({ required }) => required),
        operationId,
      ).toBe(true)
      expect(new Set(parameters.map((parameter) => `${parameter.in} ${parameter.name}`)).size).toBe(parameters.length)
      for (const parameter of parameters) expect(parameter, operationId).toMatchObject({ schema: expect.any(Object) })
    }
})

test('says what each route takes and answers, a problem included', () => {
  const { paths } = document
  for (const [name, route] of Object.entries<ApiRoute>(routes)) {
    const operation = paths[route.path.replace(/:(\w+)/g, '{$1}')]?.[route.method.toLowerCase()]
    const type = typeof route.answer === 'string' ? route.answer : 'application/json'
    expect(Object.keys(operation?.responses[route.status]?.content ?? {}), name).toEqual([type])
    expect(operation?.responses['default']?.content['application/problem+json']?.schema, name).toMatchObject({
      $ref: expect.stringContaining('Problem'),
    })
    const bodies = route.upload ?? (route.body === undefined ? undefined : 'application/json')
    expect(Object.keys(operation?.requestBody?.content ?? {}), name).toEqual(bodies === undefined ? [] : [bodies])
    const names = operation?.parameters?.map((parameter) => parameter.name) ?? []
    for (const key of [
      ...Object.keys(route.query?.shape ?? {}),
      ...[...route.path.matchAll(/:(\w+)/g)].map((match) => match[1]),
    ])
      expect(names, name).toContain(key)
  }
})
