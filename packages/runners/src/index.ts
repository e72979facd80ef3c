export { installLlama, type Installation, type InstallOptions } from './llm/install.ts';
export { defaultModelPath } from './llm/default-model.ts';
export type { GpuChoice } from './llm/llama-binding.ts';
export type { LanguageEngine } from './llm/engine.ts';
export type { UpstreamAddress, UpstreamTimeouts } from './llm/upstream-http.ts';
export type { Detection, Piece, Resume, RunContext, RunErrorCode, RunRequest, RunResult, Runner } from './runner.ts';
export { RunError } from './runner.ts';
export { type DetectOptions, detectRunners, SERVICES } from './registry.ts';
export { createEchoRunner } from './echo/echo.ts';
