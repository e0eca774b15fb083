// What a deploy would do, without doing it: the refusals that it would meet before its artifact is known, its steps with
// how long they take at the traffic that there is, the way back, and the room for both releases. Writes no row.

import type { AppConfig, EnvironmentConfig } from '@humdrum/contract/config/app-config.ts'
import { pickEnvironment, runOf } from '@humdrum/contract/config/choose-environment.ts'
import type { PlanView } from '@humdrum/contract/plan-view.ts'
import type { Disk, Memory } from '@humdrum/core/doctor/finding.ts'
import type { Fault, Result } from '@humdrum/core/errors.ts'
import { faults, nextStep, ok } from '@humdrum/core/errors.ts'
import type { Scope, Version } from '@humdrum/core/ids.ts'
import { rolloutName } from '@humdrum/core/ids.ts'
import { headline } from '@humdrum/core/rollout/explain.ts'
import { isOver } from '@humdrum/core/rollout/state.ts'
import { listRejections } from '../store/records.ts'
import type { StoredRollout } from '../store/rollouts.ts'
import { newestRollout } from '../store/rollouts.ts'
import type { Traffic } from '../traffic.ts'
import { checkWayBack, presentOf, refuseMissingVariables, refuseTakenHost, refuseWhileUnderWay } from './accept.ts'
import { reachOf } from './exposure.ts'
import { fullDisk } from './full-disk.ts'
import { checkMeasurable, measurableOf } from './measurable.ts'
import { outlookOf, trafficView } from './outlook.ts'
import type { DeliveryParts } from './parts.ts'
import type { Present } from './plan.ts'

/** What is measured now. */
export type Measured = {
  readonly traffic: (scope: Scope) => Traffic | null
  /** Of every instance that runs; without those of which nothing is known. */
  readonly memoryOf: (scope: Scope) => Promise<readonly { readonly release: Version; readonly bytes: number }[]>
  readonly memory: () => Memory
  /** Where releases are unpacked. */
  readonly disk: () => Disk
}

export type PreviewAsked = { readonly config: AppConfig; readonly environment: string | undefined }

/** Fails with HD2104 or HD2105; every other refusal is part of the answer. */
export const previewDeploy = async (
  parts: DeliveryParts,
  measured: Measured,
  asked: PreviewAsked,
): Promise<Result<PlanView>> => {
  const picked = pickEnvironment(asked.config, asked.environment)
  if (!picked.ok) return picked
  const environment = picked.value
  const scope: Scope = { app: asked.config.app, environment: environment.name }
  const newest = await newestRollout(parts.store.db, scope)
  const present = await presentOf(parts, newest)
  const traffic = measured.traffic(scope)
  const wayBack = present === null ? null : await checkWayBack(parts, present)
  const full = await fullDisk(parts)
  const measurable = await checkMeasurable(parts, measurableOf(environment, present?.release.version ?? null))
  const refusals = [
    ...(full === null ? [] : [{ ok: false, fault: full } as const]),
    refuseWhileUnderWay(newest),
    refuseMissingVariables(parts, runOf(asked.config)),
    await refuseTakenHost(parts, scope, reachOf(environment)),
    wayBack,
    measurable,
  ].flatMap((result) => (result === null || result.ok ? [] : [refusalView(result.fault)]))
  return ok({
    ...scope,
    stable: present?.release.version ?? null,
    rollout: newest === null || isOver(newest.rollout) ? null : underWayView(newest),
    refusals,
    warnings: measurable.ok ? [...measurable.value] : [],
    rejections: await rejectionsOf(parts, scope),
    notChecked: ['whether its bytes were rejected: they are known after the build'],
    ...outlookOf(environment, { isFirst: present === null, traffic }),
    traffic: traffic === null ? null : trafficView(traffic),
    wayBack: present !== null && wayBack?.ok ? wayBackView(present, wayBack.value.wayBack) : null,
    capacity: await capacityOf(measured, { scope, environment, present }),
  })
}

const refusalView = (fault: Fault): PlanView['refusals'][number] => ({
  code: fault.code,
  title: faults[fault.code].sentence,
  detail: fault.reason,
  next: nextStep(fault),
})

const underWayView = ({ rollout }: StoredRollout): PlanView['rollout'] => ({
  id: rolloutName(rollout.id),
  phase: rollout.phase,
  headline: headline(rollout),
})

const rejectionsOf = async ({ store }: DeliveryParts, { app }: Scope): Promise<PlanView['rejections']> =>
  (await listRejections(store.db))
    .filter((rejection) => rejection.app === app)
    .map(({ digest, rollout, reason }) => ({ digest, rollout: rolloutName(rollout), reason }))

type WayBackWords = { readonly checked: readonly string[]; readonly notChecked: readonly string[] }

const wayBackView = ({ release }: Present, { checked, notChecked }: WayBackWords): PlanView['wayBack'] => ({
  release: release.version,
  checked: [...checked, `the variables that ${release.version} asks for are set`],
  notChecked: [...notChecked],
})

type Sides = {
  readonly scope: Scope
  readonly environment: EnvironmentConfig
  readonly present: Present | null
}

/** A new instance is taken to need what one of the present release uses on average. */
const capacityOf = async (
  measured: Measured,
  { scope, environment, present }: Sides,
): Promise<PlanView['capacity']> => {
  const uses = (await measured.memoryOf(scope)).filter(({ release }) => release === present?.release.version)
  const used = uses.reduce((sum, { bytes }) => sum + bytes, 0)
  const { instances } = environment.target
  const needed = uses.length === 0 ? null : Math.round((used / uses.length) * instances)
  const memoryAvailable = measured.memory().availableBytes
  return {
    present: { instances: present?.instances ?? 0, bytes: uses.length === 0 ? null : used },
    candidate: { instances, bytes: needed },
    memoryAvailable,
    diskFree: measured.disk().freeBytes,
    enough: needed === null ? null : needed <= memoryAvailable,
  }
}
