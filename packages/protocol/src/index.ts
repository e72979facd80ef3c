export { AITBC_PREFIXES, aitbcEndpoints } from './aitbc/http.ts';
export { artifactEndpoints } from './artifacts/http.ts';
export type { KeptOutput, LeaseAction, LeaseName } from './artifacts/lease-files.ts';
export {
  KeptOutput as KeptOutputSchema,
  LEASE_HEADERS,
  leaseBundlePath,
  leaseFileMessage,
  leaseOutputPath,
} from './artifacts/lease-files.ts';
export { contentTypeOf, isOutputName, outputPath } from './artifacts/output-name.ts';
export type { FeedAnswer, FeedMessage, FeedRequest, FeedRequestType } from './aitbc/feed.ts';
export { FEED_REQUESTS, FeedMessage as FeedMessageSchema } from './aitbc/feed.ts';
export type { WebhookPayload } from './aitbc/webhooks.ts';
export { WebhookPayload as WebhookPayloadSchema } from './aitbc/webhooks.ts';
export { cocoonEndpoints } from './cocoon/http.ts';
export { loginEndpoints } from './cocoon/login.ts';
export type { Allowance, CallLimit } from './call-limit.ts';
export { createCallLimit } from './call-limit.ts';
export { isObject, parseJson } from './json.ts';
export { createOneAtATime } from './one-at-a-time.ts';
export { hostName, isOwnPage, pageHost } from './own-page.ts';
export type { Auth, Endpoint, Endpoints, Input, Method, Output } from './endpoint.ts';
export { endpoints } from './endpoint.ts';
export { ALLOWED_HOST, hasCode, isPlainHttp, isUnknownAuthority, rootMessage } from './error-code.ts';
export { forgetFirst } from './forget-first.ts';
export type { Peers } from './gemmanet/peers.ts';
export { uptimeMessage } from './gemmanet/peers.ts';
export { gemmanetEndpoints, MAX_BODY_BYTES } from './gemmanet/http.ts';
export type {
  Challenge,
  CoordinatorMessageType,
  CreditUpdate,
  Drain,
  Envelope,
  ErrorNotice,
  Heartbeat,
  NodeMessageType,
  NodeRegister,
  Proof,
  ReceiptTerms,
  ServiceOffer,
  SignedWork,
  TaskAccept,
  TaskAssign,
  TaskCancel,
  TaskChunk,
  TaskProgress,
  TaskResult,
  TaskResume,
  TaskWindow,
} from './gemmanet/messages.ts';
export {
  COORDINATOR_MESSAGES,
  Envelope as EnvelopeSchema,
  HEARTBEAT_SECONDS,
  NODE_MESSAGES,
  NODE_PROTOCOL_VERSION,
  proofMessage,
  STREAM_WINDOW,
} from './gemmanet/messages.ts';
export {
  INFERNET_PREFIX,
  infernetJobEndpoints,
  infernetNodeEndpoints,
  MAX_BATCH_JOBS,
  MAX_LISTED_JOBS,
  MAX_MODEL_ID,
} from './infernet/http.ts';
export {
  ContainerResult as ContainerResultSchema,
  JobRequest as ContainerJobRequestSchema,
} from './infernet/common.ts';
export { containerChains } from './infernet/container-chains.ts';
export { PASS_HEADERS, PASS_SECONDS, passMessage } from './infernet/node-pass.ts';
export type { CallRate, ChainOffer, ContainerOffer, InfernetSite } from './infernet/site.ts';
export { CONTAINER_DEFAULTS, MAX_CHAIN, MAX_CONTAINERS } from './infernet/site.ts';
export type { SignedSubscription } from './infernet/subscription.ts';
export {
  subscribedContainers,
  SUBSCRIPTION_DOMAIN,
  SUBSCRIPTION_TYPES,
  Subscription as SubscriptionSchema,
  SubscriptionSignature as SubscriptionSignatureSchema,
} from './infernet/subscription.ts';
export { creditsToMicro, floorCredits, formatCredits, MICRO_PER_CREDIT, parseCredits, wholeCredits } from './money.ts';
export { neuroshardEndpoints } from './neuroshard/http.ts';
export { inferenceEndpoints } from './neuroshard/inference.ts';
export { shardNetworkEndpoints } from './neuroshard/network.ts';
export { neuroshardNodeEndpoints, NodeSettingsPatch } from './neuroshard/node.ts';
export { trainingEndpoints } from './neuroshard/training.ts';
export { walletEndpoints } from './neuroshard/wallet.ts';
export { openAiEndpoints } from './openai/http.ts';
export type { JobState, JobView } from './plexus/jobs.ts';
export { plexusEndpoints } from './plexus/http.ts';
export { payoutPlanEndpoints } from './plexus/payout-plans.ts';
export { parseQuantity } from './quantity.ts';
export type { ReceiptCrypto, Signer } from './receipts/crypto.ts';
export type {
  Attestation,
  ConsistencyProof,
  InclusionProof,
  Receipt,
  ReceiptPayload,
  ReceiptSignature,
  TreeHead,
} from './receipts/receipt.ts';
export { decodeBase64, encodeBase64, encodeHex } from './receipts/base64.ts';
export type { SignatureVerifier } from './receipts/batch.ts';
export { createSignatureVerifier, MAX_BATCH, signBatch, verifySignature } from './receipts/batch.ts';
export { canonicalBytes, canonicalJson } from './receipts/canonical-json.ts';
export type { CompactRange } from './receipts/compact-range.ts';
export { appendLeaves, compactRange, rangeRoot } from './receipts/compact-range.ts';
export type { ConsistencyClaim, InclusionClaim } from './receipts/merkle.ts';
export {
  consistencyPath,
  inclusionPath,
  leafHash,
  merkleRoot,
  nodeHash,
  verifyConsistency,
  verifyInclusion,
} from './receipts/merkle.ts';
export { Receipt as ReceiptSchema } from './receipts/receipt.ts';
export type { LoggedReceipt, WorkTerms } from './receipts/receipt-payload.ts';
export { attest, attestationMessage, leafData, payloadBytes, receiptPayload } from './receipts/receipt-payload.ts';
export type { ReceiptText } from './receipts/receipt-text.ts';
export { receiptText } from './receipts/receipt-text.ts';
export { keyIdOf } from './receipts/sign.ts';
export type { TileReader, TiledTree } from './receipts/tiled-tree.ts';
export { createTiledTree, TILE_SIZE } from './receipts/tiled-tree.ts';
export type { TreeHeadFields } from './receipts/tree-head.ts';
export { signTreeHead, treeHeadMessage, verifyTreeHead } from './receipts/tree-head.ts';
export type { VerifyOptions } from './receipts/receipt-checks.ts';
export { countAttestations } from './receipts/receipt-checks.ts';
export type { ReceiptCheck, ReceiptCheckName, VerifyReport } from './receipts/verify-receipt.ts';
export { verifyReceipt } from './receipts/verify-receipt.ts';
export { CHARACTERS_PER_REQUEST_UNIT, findService, listServices, serviceFor } from './services/catalogue.ts';
export {
  blender as blenderService,
  ffmpeg as ffmpegService,
  stableDiffusion as stableDiffusionService,
  whisper as whisperService,
} from './services/media-services.ts';
export type { FilmCodec } from './services/film.ts';
export { codecFeature, codecOf, sizeOf } from './services/film.ts';
export { packageFeature, PYTHON_DEFAULTS } from './services/python.ts';
export type { ContainerStep } from './services/container.ts';
export { containerSteps } from './services/container.ts';
export { exceedsDepth, MAX_ANSWER_DEPTH } from './nesting.ts';
export type { RequestReport, TaskInput } from './services/request.ts';
export { checkRequest, contentProblem, hasJsonContent, requestSchema, taskInput } from './services/request.ts';
export type { VersionClause } from './services/requirement.ts';
export { normalName, requirementName, versionClauses } from './services/requirement.ts';
export type {
  CompletedTask,
  FieldProblem,
  ServiceCategory,
  ServiceDefinition,
  ServiceRequirement,
  UnitType,
} from './services/service.ts';
export { WHOLE_JOB } from './services/service.ts';
export { DEFAULT_MAX_TOKENS, MAX_CHAT_MESSAGES, llm as llmService } from './services/text-services.ts';
export {
  countCharacters,
  maximumAnswerUnits,
  maximumTextTokens,
  maximumUnits,
  requestUnits,
  runSeconds,
  secondUnits,
  unitsProblem,
} from './services/units.ts';
export { formatTon, NANO_PER_TON, nanoToTon, parseTon, tonToNano } from './ton-money.ts';
export { schemaWords } from './schema-words.ts';
export { PLEXUS_VERSION } from './version.ts';
