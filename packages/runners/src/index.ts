export type { Installation, InstallOptions } from './install/packages.ts';
export { installLlama } from './llm/install.ts';
export { defaultModelPath } from './llm/default-model.ts';
export type { GpuChoice } from './llm/llama-binding.ts';
export type { LanguageEngine } from './llm/engine.ts';
export type { UpstreamAddress, UpstreamTimeouts } from './llm/upstream-http.ts';
export type {
  Detection,
  EngineLook,
  JobFiles,
  Piece,
  Resume,
  RunContext,
  RunErrorCode,
  RunRequest,
  RunResult,
  ModelLayer,
  ModelShape,
  Runner,
} from './runner.ts';
export { orInterrupted } from './interruption.ts';
export { RunError } from './runner.ts';
export { EngineUnavailable } from './engine-unavailable.ts';
export { type MediaOptions, requirePlaces } from './media/detect-media.ts';
export { openPython, type PythonOptions, PythonUnavailable } from './python/detect.ts';
export { limitSandbox, type MachineShare } from './sandbox/limited-sandbox.ts';
export { sweepScratch } from './scratch.ts';
export { createSandboxSource, type SandboxSource } from './sandbox/shared-sandbox.ts';
export { outsideServices } from './outside-services.ts';
export { type DetectOptions, detectRunners, SERVICES, TO_BE_ALLOWED } from './registry.ts';
export type { ContainerAnswer, ContainerCall, ContainerCalls } from './container/container-calls.ts';
export { textOf } from './container/container-calls.ts';
export type { ContainerRunnerOptions, ServedContainer } from './container/container-runner.ts';
export { createContainerRunner } from './container/container-runner.ts';
export { createImageCalls } from './container/image-calls.ts';
export { createUrlCalls } from './container/url-calls.ts';
export { createEchoRunner } from './echo/echo.ts';
export { type ContainerEnd, endText } from './oci/container-end.ts';
export {
  type ContainerEngine,
  createContainerEngine,
  type RunningContainer,
  type StartOptions,
} from './oci/container-engine.ts';
export type { ContainerDefinition, ContainerLimits, RegistryLogin } from './oci/definition.ts';
export { EngineError } from './oci/engine-error.ts';
export { ENGINE_REMEDY, findEngine, type FoundEngine } from './oci/find-engine.ts';
export type { ServicePlace } from './oci/until-answering.ts';
export { createWarmContainers, type WarmContainers } from './oci/warm-containers.ts';
