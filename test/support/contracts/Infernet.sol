// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

struct Subscription {
    address owner;
    uint32 activeAt;
    uint32 period;
    uint32 frequency;
    uint16 redundancy;
    bytes32 containerId;
    bool lazy;
    address verifier;
    uint256 paymentAmount;
    address paymentToken;
    address wallet;
}

interface IConsumer {
    function rawReceiveCompute(uint32 subscriptionId, uint32 interval, address node, bytes calldata output) external;
}

/// Subscriptions and their answers, with the functions and events that Infernet's nodes know. For tests; it pays nobody.
contract TestCoordinator {
    event SubscriptionCreated(uint32 indexed id);
    event SubscriptionFulfilled(uint32 indexed id, address indexed node);

    bytes32 private constant SUBSCRIPTION = keccak256(
        "Subscription(address owner,uint32 activeAt,uint32 period,uint32 frequency,uint16 redundancy,bytes32 containerId,bool lazy,address verifier,uint256 paymentAmount,address paymentToken,address wallet)"
    );
    bytes32 private constant DELEGATE = keccak256(
        "DelegateSubscription(uint32 nonce,uint32 expiry,Subscription sub)Subscription(address owner,uint32 activeAt,uint32 period,uint32 frequency,uint16 redundancy,bytes32 containerId,bool lazy,address verifier,uint256 paymentAmount,address paymentToken,address wallet)"
    );

    /// Of the next subscription, as in Infernet's own contract.
    uint32 public id = 1;
    mapping(uint32 => Subscription) private subscriptions;
    mapping(bytes32 => bool) public nodeResponded;
    mapping(bytes32 => uint32) public delegateCreatedIds;
    mapping(bytes32 => uint16) public redundancyCount;
    mapping(uint32 => bytes) public outputs;

    /// It is its own registry.
    function COORDINATOR() external view returns (address) {
        return address(this);
    }

    function getSubscription(uint32 subscriptionId) external view returns (Subscription memory) {
        return subscriptions[subscriptionId];
    }

    function createSubscription(Subscription calldata sub) external returns (uint32) {
        require(sub.owner == msg.sender, "NotOwner");
        return create(sub);
    }

    function deliverCompute(
        uint32 subscriptionId,
        uint32 interval,
        bytes calldata input,
        bytes calldata output,
        bytes calldata proof,
        address
    ) external {
        deliver(subscriptionId, interval, input, output, proof);
    }

    function deliverComputeDelegatee(
        uint32 nonce,
        uint32 expiry,
        Subscription calldata sub,
        uint8 v,
        bytes32 r,
        bytes32 s,
        uint32 interval,
        bytes calldata input,
        bytes calldata output,
        bytes calldata proof,
        address
    ) external {
        bytes32 key = keccak256(abi.encode(sub.owner, nonce));
        uint32 known = delegateCreatedIds[key];
        if (known == 0) {
            require(block.timestamp < expiry, "SignatureExpired");
            require(ecrecover(digestOf(nonce, expiry, sub), v, r, s) == sub.owner, "SignerMismatch");
            known = create(sub);
            delegateCreatedIds[key] = known;
        }
        deliver(known, interval, input, output, proof);
    }

    function create(Subscription calldata sub) private returns (uint32 created) {
        created = id++;
        subscriptions[created] = sub;
        emit SubscriptionCreated(created);
    }

    function deliver(
        uint32 subscriptionId,
        uint32 interval,
        bytes calldata,
        bytes calldata output,
        bytes calldata
    ) private {
        Subscription storage sub = subscriptions[subscriptionId];
        require(sub.owner != address(0), "SubscriptionNotFound");
        require(block.timestamp >= sub.activeAt, "SubscriptionNotActive");
        uint256 current = sub.period == 0 ? 1 : (block.timestamp - sub.activeAt) / sub.period + 1;
        require(interval <= sub.frequency, "SubscriptionCompleted");
        require(interval == current, "IntervalMismatch");
        bytes32 counted = keccak256(abi.encode(subscriptionId, interval));
        require(redundancyCount[counted] < sub.redundancy, "IntervalCompleted");
        redundancyCount[counted] += 1;
        bytes32 key = keccak256(abi.encode(subscriptionId, interval, msg.sender));
        require(!nodeResponded[key], "NodeRespondedAlready");
        nodeResponded[key] = true;
        outputs[subscriptionId] = output;
        if (sub.owner.code.length > 0) {
            IConsumer(sub.owner).rawReceiveCompute(subscriptionId, interval, msg.sender, output);
        }
        emit SubscriptionFulfilled(subscriptionId, msg.sender);
    }

    function digestOf(uint32 nonce, uint32 expiry, Subscription calldata sub) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("InfernetCoordinator"),
                keccak256("1"),
                block.chainid,
                address(this)
            )
        );
        bytes32 subHash = keccak256(abi.encode(SUBSCRIPTION, sub));
        bytes32 hash = keccak256(abi.encode(DELEGATE, nonce, expiry, subHash));
        return keccak256(abi.encodePacked(hex"1901", domain, hash));
    }
}

/// Asks for one computation and keeps its answer.
contract TestConsumer is IConsumer {
    TestCoordinator private coordinator;
    bytes private inputs;
    bytes public received;

    constructor(TestCoordinator coordinator_) {
        coordinator = coordinator_;
    }

    function ask(string calldata containers, bytes calldata inputs_) external returns (uint32) {
        inputs = inputs_;
        return coordinator.createSubscription(
            Subscription(
                address(this),
                uint32(block.timestamp),
                0,
                1,
                1,
                keccak256(abi.encode(containers)),
                false,
                address(0),
                0,
                address(0),
                address(0)
            )
        );
    }

    function getContainerInputs(uint32, uint32, uint32, address) external view returns (bytes memory) {
        return inputs;
    }

    function rawReceiveCompute(uint32, uint32, address, bytes calldata output) external {
        require(msg.sender == address(coordinator), "NotCoordinator");
        received = output;
    }
}
