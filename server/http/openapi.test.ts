import type { ApiRoute } from '@humdrum/contract/api.ts'
import { routes } from '@humdrum/contract/api.ts'
import { expect, test } from 'vitest'
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

const document = async (): Promise<Document> => {
  await using http = await startHttp()
  return (await http.fetch('/openapi.json')).json() as Promise<Document>
}

const referencesIn = (value: unknown): string[] => {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => (key === '$ref' ? [String(inner)] : referencesIn(inner)))
}

test('describes every route of the table, and nothing else', async () => {
  const { paths } = await document()
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { operationId }]) => `${operationId} ${method.toUpperCase()} ${path}`),
  )
  const table = Object.entries<ApiRoute>(routes).map(
    ([name, { method, path }]) => `${name} ${method} ${path.replace(/:(\w+)/g, '{$1}')}`,
  )
  expect(described.toSorted()).toEqual(table.toSorted())
})

test('is OpenAPI 3.1 with the token as its security, and every reference leads somewhere', async () => {
  const found = await document()
  expect(found.openapi).toMatch(/^3\.1\./)
  expect(found.info).toMatchObject({ title: 'Humdrum', version: '0.1.0' })
  expect(found.components.securitySchemes).toEqual({ token: { type: 'http', scheme: 'bearer' } })
  expect(found.security).toEqual([{ token: [] }])
  const references = referencesIn(found)
  expect(references.length).toBeGreaterThan(0)
  for (const reference of references)
    expect(Object.keys(found.components.schemas).map((name) => `#/components/schemas/${name}`)).toContain(reference)
})

test('says what each route takes and answers, a problem included', async () => {
  const { paths } = await document()
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
