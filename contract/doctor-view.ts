// What a look over a server answers: findings with stable ids, and what the one who asks compares with its own.
import { z } from 'zod'

const findingSchema = z.object({
  id: z.string().describe('disk.home: the same for ever'),
  of: z.string().nullable().describe('shop/production, where a check is made of several things'),
  verdict: z.enum(['ok', 'look', 'broken']),
  says: z.string(),
  next: z.string().nullable().describe('what to do'),
})

export const doctorViewSchema = z.object({
  now: z.number().int().describe("the server's clock, in milliseconds since the epoch"),
  server: z.object({ version: z.string(), node: z.string() }),
  findings: z.array(findingSchema),
})
export type DoctorView = z.infer<typeof doctorViewSchema>
