import { rulesFunction } from '../rules.ts'
import { istio as mesh } from './index.ts'
import type { names } from './names.ts'
import type { IstioAnnotations, IstioConfig } from './options.ts'

/**
 * The rules that a builder for Istio makes from Helm's `global.proxy` and what else decides, and a pod's annotations.
 */
export const istio = rulesFunction<IstioConfig, IstioAnnotations, (typeof names.listeners)[number]>(mesh)
