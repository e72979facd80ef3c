export type { AccountService, AccountServiceDeps, GrantRequest, Idempotency } from './accounts/account-service.ts';
export { createAccountService } from './accounts/account-service.ts';
export type { Account, AccountKind, BalancePart } from './accounts/account.ts';
export { emptyAccount } from './accounts/account.ts';
export type { ApiKey, Role, Scope } from './accounts/api-key.ts';
export { ROLE_SCOPES } from './accounts/api-key.ts';
export type { Authenticator, AuthenticatorDeps } from './accounts/authenticator.ts';
export { createAuthenticator, keyLossOf } from './accounts/authenticator.ts';
export type { Caller } from './accounts/caller.ts';
export type { Guests, GuestsDeps } from './accounts/guests.ts';
export { createGuests } from './accounts/guests.ts';
export { requireOperator, requireScope } from './accounts/caller.ts';
export type { IssuedKey, KeyIssuer } from './accounts/issue-key.ts';
export { issueKey } from './accounts/issue-key.ts';
export type { KeyService, KeyServiceDeps, NewKey } from './accounts/key-service.ts';
export { createKeyService } from './accounts/key-service.ts';
export type { Artifact, Bundle, OutputFile } from './artifacts/artifact.ts';
export type {
  ArtifactStore,
  ArtifactUsage,
  ByteRange,
  Content,
  ContentFacts,
  Intake,
} from './artifacts/artifact-store.ts';
export type { Bundles, BundlesDeps } from './artifacts/bundles.ts';
export { createBundles, MAX_BUNDLE_BYTES, tooLarge } from './artifacts/bundles.ts';
export type { LeaseClaim, LeaseFiles, LeaseFilesDeps } from './artifacts/lease-files.ts';
export { createLeaseFiles } from './artifacts/lease-files.ts';
export type { NewOutput, Outputs, OutputsDeps } from './artifacts/outputs.ts';
export { createOutputs, MAX_OUTPUT_BYTES, MAX_OUTPUTS } from './artifacts/outputs.ts';
export type { NodeClaim, NodeGate, NodeGateDeps } from './nodes/node-gate.ts';
export { createNodeGate } from './nodes/node-gate.ts';
export type { Earnings, NodeEarnings, NodeEarningsDeps, ProofHistory, ProvenWork } from './proofs/node-earnings.ts';
export { createNodeEarnings } from './proofs/node-earnings.ts';
export type { Proof, ProofKind, ProofTotals } from './proofs/proof.ts';
export type { UptimeDesk, UptimeDeskDeps } from './proofs/uptime-desk.ts';
export { createUptimeDesk } from './proofs/uptime-desk.ts';
export type { RoundReport, TrainingRound, TrainingRun } from './training/training.ts';
export type { NodeTraining } from './training/node-training.ts';
export type { RunView, TrainingBook } from './training/training-book.ts';
export { createTrainingBook } from './training/training-book.ts';
export type { LossTrend, TrainingView, Verdict } from './training/training-view.ts';
export { judgeTraining, percent, viewTraining } from './training/training-view.ts';
export { addressOf, readAddress } from './wallet/address.ts';
export type { CooldownKeeperDeps } from './wallet/cooldown-keeper.ts';
export { startCooldownKeeper } from './wallet/cooldown-keeper.ts';
export { sendFee } from './wallet/fee.ts';
export type { Cooldown, Stake } from './wallet/stake.ts';
export { COOLDOWN_DAYS, stakeMultiplier } from './wallet/stake.ts';
export type { Sent, Staked, Unstaked } from './wallet/wallet-commands.ts';
export type { Receipted, WalletService, WalletServiceDeps, WalletView } from './wallet/wallet-service.ts';
export { createWalletService } from './wallet/wallet-service.ts';
export type { Delivery, DeliveryState, WebhookSecret } from './webhooks/delivery.ts';
export { rescueDelayMs, retryDelayMs } from './webhooks/retry-schedule.ts';
export type { SigningSecrets, WebhookService, WebhookServiceDeps } from './webhooks/webhook-service.ts';
export { createWebhookService } from './webhooks/webhook-service.ts';
export type { Applied } from './books/apply.ts';
export { applyGroup, outcomeOf, touchedBy } from './books/apply.ts';
export type { Touched } from './books/touched.ts';
export { nothingTouched } from './books/touched.ts';
export type {
  Books,
  BooksLoad,
  BooksReader,
  DeliveryQuery,
  JobFilter,
  JobIdQuery,
  JobPage,
  OfferQuery,
  OffsetPage,
  PageRequest,
  PostingPage,
} from './books/books.ts';
export type {
  Claim,
  Command,
  CreateKey,
  DeliveryResult,
  EndJob,
  GrantCredits,
  LeaseJob,
  NoteProgress,
  OpenAccount,
  OpenJob,
  Outcome,
  Payment,
  RateJob,
  RecordJob,
  RegisterNode,
  ScoreChange,
} from './books/commands.ts';
export type { Insertion, Leaf, LoadedState } from './books/draft.ts';
export { claimId, Draft } from './books/draft.ts';
export type { StorageErrorCode } from './books/storage-error.ts';
export { StorageError } from './books/storage-error.ts';
export type { DayCount, JobCount } from './books/tallies.ts';
export { dayOf, emptyDay, withEnd } from './books/tallies.ts';
export type { EventFilter, EventWish } from './events/event-filter.ts';
export { eventFilter } from './events/event-filter.ts';
export type { EventFeed, EventFeedDeps, FeedListener } from './events/event-feed.ts';
export { createEventFeed } from './events/event-feed.ts';
export type {
  EventPage,
  FeedEvent,
  FeedEventType,
  JobUpdate,
  MarketplaceUpdate,
  NumberedEvent,
  ReceiptCreated,
} from './events/feed-event.ts';
export { ownerOf } from './events/feed-event.ts';
export type { EventQuery, FeedRow } from './events/feed-rows.ts';
export { feedRow, readFeedRows } from './events/feed-rows.ts';
export { feedText } from './events/feed-text.ts';
export type { EventBus, EventListener, PlexusEvent } from './events/events.ts';
export { createEventBus } from './events/events.ts';
export type { ErrorCode, ErrorDetails } from './errors.ts';
export { DomainError, isRefusal, keyLossIn } from './errors.ts';
export type {
  Attempt,
  AttemptOutcome,
  Candidate,
  Decision,
  Demands,
  EndReason,
  Job,
  JobEnd,
  JobHead,
  JobState,
  NewJob,
  Priority,
  ResourceDemand,
} from './jobs/job.ts';
export { hasEnded, receiptIdOf } from './jobs/job.ts';
export type { FleetAlert } from './fleet/fleet-alerts.ts';
export { alertsOf } from './fleet/fleet-alerts.ts';
export type { FleetDeps, LiveWorkers } from './fleet/fleet-deps.ts';
export type { FleetReader, WorkerFilter } from './fleet/fleet-reader.ts';
export type { FleetMetric, SeenWorker } from './fleet/fleet-samples.ts';
export { FLEET_METRICS } from './fleet/fleet-samples.ts';
export type { LatencyHistogram } from './fleet/latency-buckets.ts';
export { addLatencies, NO_LATENCIES } from './fleet/latency-buckets.ts';
export { prometheusText } from './fleet/prometheus-text.ts';
export type { FleetWorker, WorkerChange } from './fleet/fleet-worker.ts';
export type { Participant, ParticipantTotals } from './fleet/participant.ts';
export { walletAccountId, walletOfAccount } from './fleet/participant.ts';
export type { CountedParticipant, ParticipantService } from './fleet/participant-service.ts';
export { createParticipantService } from './fleet/participant-service.ts';
export type { NewPayout, Payout, PayoutFilter, PayoutSums } from './fleet/payout.ts';
export type { PayoutService } from './fleet/payout-service.ts';
export { createPayoutService } from './fleet/payout-service.ts';
export type { PayoutMessage, PayoutPlan, PayoutRules, PayoutShare } from './fleet/payout-plan.ts';
export { shareOf, unpaidShares } from './fleet/payout-plan.ts';
export type { PayoutPlanService } from './fleet/payout-plan-service.ts';
export { createPayoutPlanService } from './fleet/payout-plan-service.ts';
export type { PollResult } from './fleet/poll-rules.ts';
export { takePoll } from './fleet/poll-rules.ts';
export type { RollUp } from './fleet/roll-up.ts';
export { ROLL_UPS, rollUp } from './fleet/roll-up.ts';
export type { ChunkKey, PackedChunk, Resolution, SeriesChunk, SeriesPoint } from './fleet/series-chunk.ts';
export { packChunk, unpackPoints } from './fleet/series-pack.ts';
export { createSeriesReads } from './fleet/series-reads.ts';
export { taxReport, taxReportName } from './fleet/tax-report.ts';
export type { GpuReading, WorkerReading } from './fleet/worker-reading.ts';
export { readStats } from './fleet/worker-reading.ts';
export type { NewWorker, WatchedWorker, WorkerService } from './fleet/worker-service.ts';
export { createWorkerService } from './fleet/worker-service.ts';
export type { PollFailure, WorkerState, WorkerStatus } from './fleet/worker-state.ts';
export type { WalletLogin } from './fleet/wallet-login.ts';
export { unseenWorker } from './fleet/worker-state.ts';
export type { WorkerStats } from './fleet/worker-stats.ts';
export { statsSince } from './fleet/worker-stats.ts';
export type { JobService, Outlook, Routing, SubmitJob } from './jobs/job-service.ts';
export type { JobServiceDeps, RunningJobService } from './jobs/create-job-service.ts';
export { createJobService } from './jobs/create-job-service.ts';
export type { Dispatcher, DispatcherDeps } from './jobs/dispatcher.ts';
export { createDispatcher } from './jobs/dispatcher.ts';
export type { JobIntake, JobIntakeDeps } from './jobs/job-intake.ts';
export { createJobIntake } from './jobs/job-intake.ts';
export type { JobKeeper, JobKeeperDeps } from './jobs/job-keeper.ts';
export { createJobKeeper } from './jobs/job-keeper.ts';
export type { LeaseDesk, LeaseDeskDeps } from './jobs/lease-desk.ts';
export { createLeaseDesk } from './jobs/lease-desk.ts';
export type { StopTimer, Timers } from './jobs/live-job.ts';
export { containerTallies, nodeTally, pendingIn } from './jobs/container-tallies.ts';
export type { OpenJobLimits } from './jobs/live-jobs.ts';
export type { JobReport, ReportedJobs, ReportedJobsDeps } from './jobs/reported-jobs.ts';
export { createReportedJobs } from './jobs/reported-jobs.ts';
export { LiveJobs } from './jobs/live-jobs.ts';
export type { ProgressNotes, ProgressNotesDeps } from './jobs/progress-notes.ts';
export { createProgressNotes } from './jobs/progress-notes.ts';
export type { Sender, SenderDeps } from './jobs/sender.ts';
export { createSender } from './jobs/sender.ts';
export type { JobStreams, StreamedJob, StreamPiece, StreamRequest } from './jobs/streamed-job.ts';
export type { Settlement, SettlementDeps } from './jobs/settlement.ts';
export { createSettlement } from './jobs/settlement.ts';
export type { Repeating } from './repeating.ts';
export type { TextRetentionDeps } from './jobs/text-retention.ts';
export { startTextRetention } from './jobs/text-retention.ts';
export type { Turns, TurnsDeps } from './jobs/turns.ts';
export { createTurns } from './jobs/turns.ts';
export { WaitingLine } from './jobs/waiting-line.ts';
export type { CreditView } from './ledger/credit-view.ts';
export { createCreditView } from './ledger/credit-view.ts';
export type { JournalEntry, Posting, Purse, Transfer, TransferKind } from './ledger/transfer.ts';
export type { Acceptance, Offer, OfferState } from './marketplace/offer.ts';
export { offerStateAt, transactionIdOf } from './marketplace/offer.ts';
export type { AcceptOffer, AcceptOfferDeps, OfferBid } from './marketplace/accept-offer.ts';
export { createAcceptOffer } from './marketplace/accept-offer.ts';
export type { NewOffer } from './marketplace/make-offer.ts';
export type { Marketplace, MarketplaceDeps, OfferView } from './marketplace/marketplace.ts';
export { createMarketplace } from './marketplace/marketplace.ts';
export type { MinerChoice, MinerChoiceDeps } from './marketplace/miner-choice.ts';
export { createMinerChoice } from './marketplace/miner-choice.ts';
export type { OfferKeeperDeps } from './marketplace/offer-keeper.ts';
export { startOfferKeeper } from './marketplace/offer-keeper.ts';
export { createMinerService } from './miners/create-miner-service.ts';
export type { MinerServiceDeps } from './miners/create-miner-service.ts';
export type { MinerRegistration } from './miners/miner-registration.ts';
export type {
  JobStanding,
  MinerCaller,
  MinerFailure,
  MinerResult,
  MinerService,
  PolledTask,
  RegisterMiner,
} from './miners/miner-service.ts';
export type { PollOptions } from './miners/polling-session.ts';
export type { NodeDirectoryDeps } from './nodes/create-node-directory.ts';
export { createNodeDirectory } from './nodes/create-node-directory.ts';
export type { LiveNode, NodeResources, NodeSession, NodeShape, ServiceSlots } from './nodes/live-node.ts';
export { noteHeartbeat } from './nodes/live-node.ts';
export type { NodeAdmission, NodeAdmissionDeps, NodeCredentials } from './nodes/node-admission.ts';
export { createNodeAdmission } from './nodes/node-admission.ts';
export type { NodePasses, NodePassesDeps } from './nodes/node-passes.ts';
export { createNodePasses } from './nodes/node-passes.ts';
export type { NodeRegistry, NodeRegistryDeps } from './nodes/node-registry.ts';
export { createNodeRegistry } from './nodes/node-registry.ts';
export type { NodeDirectory, NodeStatus, OfferedModel, RankedNode, ServiceLoad } from './nodes/node-directory.ts';
export type { NodeRecord, NodeScore } from './nodes/node-record.ts';
export { emptyScore } from './nodes/node-record.ts';
export { reputationOf } from './nodes/reputation.ts';
export type { ReceiptServiceDeps } from './receipts/create-receipt-service.ts';
export { createReceiptService } from './receipts/create-receipt-service.ts';
export type { DeliveryReceipt } from './receipts/delivery-receipt.ts';
export { createDeliveryReceipt } from './receipts/delivery-receipt.ts';
export type { ReceiptLog, ReceiptLogDeps } from './receipts/receipt-log.ts';
export { createReceiptLog } from './receipts/receipt-log.ts';
export type { WorkClaim, WorkJudge, WorkJudgeDeps, WorkResult } from './receipts/work-judge.ts';
export { createWorkJudge } from './receipts/work-judge.ts';
export { ReadyIndex } from './scheduling/ready-index.ts';
export type { Scheduler, SchedulerDeps } from './scheduling/scheduler.ts';
export { createScheduler } from './scheduling/scheduler.ts';
export type { LogTile, StoredReceipt } from './receipts/stored-receipt.ts';
export type { ReceiptService, Verification } from './receipts/receipt-service.ts';
export type { NetworkFigures, NodeFigures, Statistics } from './statistics/statistics.ts';
export { createStatistics } from './statistics/statistics.ts';
